"""What apply, rollback and status report, read from their JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbaudit.report.wording import factor_text, figure_text, ms_text, seconds_text
from dbaudit.units import size_text

Item = Mapping[str, Any]

#: Said once below a table in which it stands.
LOW_IMPACT_NOTE = (
    "low impact: it took less than 10 ms before, so that one run saves little, which "
    "matters where the query runs very often"
)

#: Said once below a table that has a spread.
SPREAD_NOTE = "times are medians of the runs before + after, ± half the distance of the quartiles"
IN_TURN_NOTE = "4/4: runs without and with the new index took turns"
NOISE_NOTE = "noise: the difference may be chance"

#: A smaller factor celebrates nothing.
_LEAST_FACTOR = 2.0

_INDEX_OUTCOMES = {"rolled_back": "taken back"}

# The outcome is the change's: a drop that is kept is an index that is gone.
_DROP_OUTCOMES = {"kept": "dropped", "rolled_back": "put back"}


@dataclass(frozen=True, slots=True)
class MeasuredQuery:
    """A query before and after, in words; `gain` is how many times less, None when unknown.

    `runs` are how often it was executed on both sides, empty where that is not known. `grade` is
    what must be said beside the factor: `slower`, `noise`, `low impact`, or nothing.
    """

    query: str
    before: str
    after: str
    gain: float | None
    is_at_least: bool = False
    runs: str = ""
    grade: str = ""

    @property
    def factor(self) -> str:
        """The gain in words."""
        return f"{'≥ ' if self.is_at_least else ''}{factor_text(self.gain, 1.0)}"


def notes_of(queries: Sequence[MeasuredQuery]) -> str:
    """What explains the words in a table of queries, or empty."""
    grades = {query.grade for query in queries}
    said = (
        (SPREAD_NOTE, any("±" in query.before + query.after for query in queries)),
        (IN_TURN_NOTE, any("/" in query.runs for query in queries)),
        (NOISE_NOTE, "noise" in grades),
        (LOW_IMPACT_NOTE, "low impact" in grades),
    )
    return "; ".join(note for note, applies in said if applies)


def columns_of(queries: Sequence[MeasuredQuery]) -> tuple[tuple[str, str], ...]:
    """The columns of figures worth showing, in order: heading, and the attribute with the text."""
    has_runs = any(query.runs for query in queries)
    has_grades = any(query.grade for query in queries)
    return (
        ("before", "before"),
        ("after", "after"),
        *([("runs", "runs")] if has_runs else []),
        *([("", "grade")] if has_grades else []),
        ("factor", "factor"),
    )


def entries_of(document: Item) -> tuple[Item, ...]:
    """The applied advices in a document: those under "applied" (status), else the document."""
    applied = document.get("applied")
    return (document,) if applied is None else tuple(applied)


def measured_queries(entry: Item) -> tuple[MeasuredQuery, ...]:
    """Every measured query once, the greatest gain first.

    They are those of the whole plan where the document lists them, else those of its indexes.
    """
    queries = entry.get("queries") or [
        query for index in entry.get("indexes") or () for query in index.get("queries") or ()
    ]
    found = dict.fromkeys(_measured(query) for query in queries)
    return tuple(sorted(found, key=lambda one: (-(one.gain or 0.0), one.query)))


def is_undoable(entry: Item) -> bool:
    """Whether something of the run is still in place, so that `rollback` has something to do."""
    changes = (*(entry.get("indexes") or ()), *(entry.get("drops") or ()))
    return any(change.get("outcome") == "kept" or change.get("trial") for change in changes)


def index_outcome(index: Item) -> str:
    """What became of an index that was to be built."""
    outcome = str(index.get("outcome"))
    return _INDEX_OUTCOMES.get(outcome, outcome)


def drop_outcome(drop: Item) -> str:
    """What became of an index that was to be dropped."""
    outcome = str(drop.get("outcome"))
    if drop.get("trial"):
        return "on trial"
    return _DROP_OUTCOMES.get(outcome, outcome)


def at_work_line(document: Item) -> str:
    """What is told where an apply or rollback is at work; else empty."""
    pid = document.get("at_work")
    return f"A dbaudit is at work on this database (process {pid})." if pid else ""


def trial_facts(trial: Item) -> str:
    """One of the "trials" of a status, but for its reason."""
    scans = ", ".join(f"{number} on {server}" for server, number in trial["scans"].items())
    return (
        f"since {minute_text(trial['since'])}, until {minute_text(trial['until'])}, "
        f"scans: {scans or 'unknown'}, ledger {trial['ledger_id']}"
    )


def ledger_line(entry: Item) -> str:
    """Which run an entry is, and when and whether it ended, where that is known."""
    at = f", {minute_text(str(entry['at']))}" if entry.get("at") else ""
    state = ", at work now" if entry.get("running") else ""
    state = ", interrupted" if entry.get("interrupted") else state
    return f"ledger {entry['ledger_id']}{at}{state}"


def minute_text(at: str) -> str:
    """A time in UTC for people: 2026-01-31 13:30 UTC."""
    return f"{at[:16].replace('T', ' ')} UTC"


def facts_of(index: Item) -> Iterator[str]:
    """The figures of one index that are known: its best gain, size, time to build, users."""
    if index.get("gain") is not None:
        yield factor_text(float(index["gain"]), 1.0)
    if index.get("size_bytes") is not None:
        yield size_text(int(index["size_bytes"]))
    if index.get("build_ms") is not None:
        yield f"built in {seconds_text(float(index['build_ms']) / 1000)}"
    if index.get("outcome") == "kept" and index.get("valid") is False:
        yield "not valid"
    used_by = index.get("used_by") or ()
    if used_by:
        yield f"used by {', '.join(map(str, used_by))}"


def _measured(query: Item) -> MeasuredQuery:
    variant = query.get("variant") or "given"
    name = query["query"] if variant == "given" else f"{query['query']} ({variant})"
    before, after = _figure(query, "before"), _figure(query, "after")
    return MeasuredQuery(
        query=name,
        before=f"> {before}" if query.get("timed_out") else before,
        after=after,
        gain=query.get("gain"),
        is_at_least=bool(query.get("is_at_least")),
        runs=_runs(query),
        grade=_grade(query),
    )


def _runs(query: Item) -> str:
    """`7+7`, or `4/4` where they took turns; empty where it was not executed.

    Documents of earlier versions do not tell it.
    """
    before, after = query.get("runs_before"), query.get("runs_after")
    if not before or not after:
        return ""
    return f"{before}{'/' if query.get('interleaved') else '+'}{after}"


def _grade(query: Item) -> str:
    """What makes a factor less than it looks; `is_beyond_noise` is not in earlier documents."""
    gain = query.get("gain") or 0.0
    if query.get("became_slower"):
        return "slower"
    is_change = factor_text(gain, 1.0) != factor_text(1.0, 1.0)
    if _runs(query) and query.get("is_beyond_noise") is False and is_change:
        return "noise"
    return "low impact" if query.get("is_low_impact") and gain >= _LEAST_FACTOR else ""


def _figure(query: Item, when: str) -> str:
    cost = query.get(f"cost_{when}")
    both_timed = query.get("ms_before") is not None and query.get("ms_after") is not None
    if both_timed or cost is None:
        return f"{ms_text(query.get(f'ms_{when}'))}{_spread(query, when)}"
    return f"cost {figure_text(cost)}"


def _spread(query: Item, when: str) -> str:
    """` ±3%`, of the median; nothing where it is not known."""
    low, high = query.get(f"ms_{when}_low"), query.get(f"ms_{when}_high")
    median = query.get(f"ms_{when}")
    if low is None or high is None or not median:
        return ""
    return f" ±{(high - low) / 2 / median:.0%}"
