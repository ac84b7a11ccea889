"""An advice, and what was applied, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dbaudit.advise.advice import Advice, AdvisedDrop, AdvisedIndex, CurvePoint
from dbaudit.identifiers import qualified
from dbaudit.report.applied import (
    Item,
    MeasuredQuery,
    at_work_line,
    columns_of,
    drop_outcome,
    entries_of,
    facts_of,
    index_outcome,
    measured_queries,
    notes_of,
    trial_facts,
)
from dbaudit.report.markdown_text import code, details, inline, sql_block, table
from dbaudit.report.plot import curve_title, is_worth_showing
from dbaudit.report.rewrites import markdown_rewrites, markdown_statistics
from dbaudit.report.wording import (
    advice_line,
    factor_text,
    figure_text,
    search_line,
)
from dbaudit.units import size_text


def advice_markdown(advice: Advice) -> str:
    """What to build and drop, with costs before and after, and what was left out."""
    not_covered = [f"- {code(n.query)}: {inline(n.reason)}" for n in advice.not_covered]
    rejected = [f"- {code(r.ddl)}: {inline(r.reason)}" for r in advice.rejected]
    lines = [
        "## dbaudit: index advice",
        "",
        f"{inline(advice_line(advice))}. {inline(search_line(advice.search))}.",
        "",
        *_curve(advice.curve),
        *(line for index in advice.indexes for line in _index(index)),
        *(line for drop in advice.drops for line in _drop(drop)),
        *markdown_rewrites(advice.rewrites),
        *markdown_statistics(advice.statistics),
        *_folded("Not covered", not_covered),
        *_folded("Rejected", rejected),
        *(f"- {inline(note)}" for note in advice.notes),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def applied_markdown(document: Item) -> str:
    """The document of `apply`, `rollback` or `status`: queries before and after, each outcome."""
    entries = entries_of(document)
    lines = ["## dbaudit: applied", ""]
    for entry in entries:
        lines += _entry(entry)
    if not entries:
        lines.append("Nothing was applied.")
    lines += _standing(document)
    return "\n".join(lines).rstrip("\n") + "\n"


def _curve(curve: Sequence[CurvePoint]) -> Iterator[str]:
    if not is_worth_showing(curve):
        return
    yield f"### {inline(curve_title(curve))}"
    yield ""
    rows = [
        (
            code(point.index) if point.index else "no index",
            size_text(point.size_bytes),
            figure_text(point.cost),
            factor_text(curve[0].cost, point.cost),
        )
        for point in curve
    ]
    yield from table(("build up to", "storage", "workload cost", "factor"), rows)


def _index(index: AdvisedIndex) -> Iterator[str]:
    on = code(qualified(index.schema, index.table))
    yield f"### Build {code(index.name)}"
    yield ""
    reason = f" {inline(index.reason)}" if index.reason else ""
    facts = f"{index.method} on {on}, {size_text(index.size_bytes)}, {inline(index.confidence)}"
    yield f"{facts}.{reason}"
    yield ""
    yield from sql_block((index.ddl,))
    served = sorted(index.serves, key=lambda s: s.cost_after - s.cost_before)
    rows = [(code(s.query), *_figures(s.cost_before, s.cost_after)) for s in served]
    if rows:
        yield from table(("query", "cost before", "after", "factor"), rows)


def _figures(before: float, after: float) -> tuple[str, str, str]:
    return figure_text(before), figure_text(after), factor_text(before, after)


def _drop(drop: AdvisedDrop) -> Iterator[str]:
    yield f"### Drop {code(drop.name)}"
    yield ""
    yield f"{size_text(drop.size_bytes)}. {inline(drop.reason)}"
    yield ""
    yield from sql_block((drop.ddl,))


def _folded(what: str, lines: Sequence[str]) -> Iterable[str]:
    return details(f"{what} ({len(lines):,})", (*lines, "")) if lines else ()


def _entry(entry: Item) -> Iterator[str]:
    yield from _measured(measured_queries(entry))
    indexes = entry.get("indexes") or ()
    for index in indexes:
        yield _outcome(index, index_outcome(index), ", ".join(facts_of(index)))
    for drop in entry.get("drops") or ():
        yield _outcome(drop, drop_outcome(drop), "existing index")
    yield ""
    yield from sql_block(index["ddl"] for index in indexes if index.get("outcome") == "kept")
    if entry.get("ledger_id"):
        yield f"Ledger {code(str(entry['ledger_id']))}"
        yield ""


def _standing(document: Item) -> Iterator[str]:
    """What a status tells besides the runs: trials, what is left over, who is at work."""
    for trial in document.get("trials") or ():
        yield _outcome(trial, "on trial", trial_facts(trial))
    left_over = document.get("left_over") or ()
    for left in left_over:
        yield _outcome(left, "left over", f"on {left['table']}")
    yield from sql_block(statement for left in left_over for statement in left["sql"])
    for line in (at_work_line(document), *(document.get("notes") or ())):
        if line:
            yield inline(line)
            yield ""


def _measured(queries: Sequence[MeasuredQuery]) -> Iterator[str]:
    columns = columns_of(queries)
    rows = [(code(q.query), *(getattr(q, field) for _, field in columns)) for q in queries]
    if rows:
        yield from table(("query", *(title for title, _ in columns)), rows)
    if note := notes_of(queries):
        yield inline(note)
        yield ""


def _outcome(item: Item, outcome: str, facts: str) -> str:
    reason = f": {inline(str(item['reason']))}" if item.get("reason") else ""
    known = f" ({inline(facts)})" if facts else ""
    return f"- {code(str(item['name']))} {outcome}{known}{reason}"
