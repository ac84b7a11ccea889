"""Judge what a test sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from shutil import get_terminal_size
from textwrap import TextWrapper

from dbaudit.testing.rules import Rules
from dbaudit.traffic.cure import cure
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.orm import Wanted, advice
from dbaudit.traffic.prepared import PreparedStatements
from dbaudit.traffic.shapes import Shapes
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint

#: The screen: so many problems, statements and characters of a statement are shown.
SHOWN = 3
SHOWN_STATEMENTS = 12
SHOWN_CHARACTERS = 200

#: A test is one unit of work, however slow the machine or a debugger in between.
_LONGEST_GAP_MS = 3_600_000.0
_TITLES = {
    LoopKind.N_PLUS_ONE: "N+1 queries",
    LoopKind.ROW_BY_ROW_WRITE: "rows written one by one",
    LoopKind.REPEATED_QUERY: "the same query again and again",
}
_NO_CATALOG = Catalog({})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something against the rules: a title, and lines of a label and a text."""

    title: str
    lines: tuple[tuple[str, str], ...]
    where: frozenset[str] = frozenset()


def judged(rules: Rules, sent: Sequence[Execution], count: int, ms: float) -> str:
    """The message of a test that did not keep to its rules; empty where it did."""
    problems = [*_over_budget(rules, sent, count, ms)]
    if rules.n_plus_one:
        found = [*_loops(rules, sent), *_lazy_loads(rules, sent)]
        problems += [each for each in found if not _is_allowed(rules, each)]
    if not problems:
        return ""
    shown = [_text(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(f"and {len(problems) - SHOWN} more")
    return "\n\n".join(shown)


def _over_budget(
    rules: Rules, sent: Sequence[Execution], count: int, ms: float
) -> Iterable[Problem]:
    if rules.max_queries is not None and count > rules.max_queries:
        title = f"{count} statements were sent, allowed are {rules.max_queries}"
        yield Problem(title, tuple(_census(sent)))
    if rules.max_ms is not None and ms > rules.max_ms:
        title = f"statements took {ms:.1f} ms, allowed are {rules.max_ms:g} ms"
        slowest = sorted(sent, key=lambda each: -(each.duration_ms or 0.0))[:SHOWN]
        yield Problem(
            title,
            tuple((f"{e.duration_ms:.1f} ms", _placed(e.text, e.told.place)) for e in slowest),
        )


def _census(sent: Sequence[Execution]) -> Iterable[tuple[str, str]]:
    """Each statement with its place, how often it was sent."""
    counted = Counter((each.text, each.told.place) for each in sent)
    for (text, place), times in counted.most_common(SHOWN_STATEMENTS):
        yield f"{times} x", _placed(text, place)
    if len(counted) > SHOWN_STATEMENTS:
        yield "…", f"and {len(counted) - SHOWN_STATEMENTS} others"


def _loops(rules: Rules, sent: Sequence[Execution]) -> Iterable[Problem]:
    limits = LoopLimits(
        executions=rules.limit, keys=min(3, rules.limit), longest_gap_ms=_LONGEST_GAP_MS
    )
    shapes, finder = Shapes(), LoopFinder(limits)
    for execution in map(PreparedStatements().resolved, sent):
        finder.add(shapes.seen(execution), execution)
    for pattern in finder.finish().patterns():
        if pattern.kind is not LoopKind.ROW_BY_ROW_WRITE or rules.writes:
            yield _loop(pattern)


def _loop(pattern: LoopPattern) -> Problem:
    # One text for each statement of a turn: examples may differ in values alone.
    children = list({fingerprint(e.text): e.text for e in reversed(pattern.examples)}.values())
    loads = sorted({example.loads for example in pattern.examples if example.loads})
    remedy = cure(pattern, _NO_CATALOG, {})
    lines = [("sent", f"{pattern.executions} times")]
    parent = pattern.parent_example
    if parent is not None:
        lines.append(("for", _placed(parent.text, parent.place)))
    lines += [("sent each time", _short(text)) for text in reversed(children)]
    lines += [("at", place) for place in pattern.places]
    lines += [("loads", each) for each in loads]
    lines.append(("cure", remedy.summary))
    lines += [("as in", _short(each.batch.sql)) for each in remedy.batches]
    where = frozenset((*pattern.places, *loads, *map(_flat, children)))
    return Problem(_TITLES[pattern.kind], tuple(lines), where)


def _lazy_loads(rules: Rules, sent: Sequence[Execution]) -> Iterable[Problem]:
    """Relationships loaded from one line for several objects, too few of them for a loop."""
    loaded: dict[tuple[str, str], list[Execution]] = {}
    for each in sent:
        place, loads = each.told.place, each.told.loads
        if place and loads and loads.startswith("lazy "):
            loaded.setdefault((place, loads), []).append(each)
    for (place, loads), found in loaded.items():
        objects = len({each.parameters for each in found})
        if rules.lazy_limit <= objects and len(found) < rules.limit:
            library = found[0].told.library
            form = advice(library, Wanted("select", loads=loads)) or "load them at once"
            lines = (
                ("sent", f"{len(found)} times"),
                ("sent each time", _short(found[0].text)),
                ("at", place),
                ("loads", loads),
                ("cure", form),
            )
            where = frozenset((place, loads, _flat(found[0].text)))
            yield Problem(_TITLES[LoopKind.N_PLUS_ONE], lines, where)


def _is_allowed(rules: Rules, problem: Problem) -> bool:
    """Whether its place, what is loaded ("Book.author") or its statement is allowed."""
    names = {*problem.where, *(name.partition(" ")[2] for name in problem.where)}
    return any(fnmatchcase(name, pattern) for pattern in rules.allow for name in names)


def _text(problem: Problem) -> str:
    """The problem within the width of the screen."""
    width = max((len(label) for label, _ in problem.lines), default=0)
    wrapper = TextWrapper(
        get_terminal_size().columns,
        subsequent_indent=" " * (width + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = (wrapper.fill(f"  {label:<{width}}  {text}") for label, text in problem.lines)
    return "\n".join((f"dbaudit: {problem.title}", *lines))


def _placed(text: str, place: str | None) -> str:
    return f"{_short(text)}  {place}" if place else _short(text)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    flat = _flat(text)
    return flat if len(flat) <= SHOWN_CHARACTERS else flat[:SHOWN_CHARACTERS] + " …"
