"""What pg_stat_statements counted: since its reset, or between two snapshots.

The counters are sums since they were reset, all of them or (from PostgreSQL 17 on) each for itself,
and the server throws out the least executed statements where it has no room. So a difference is
taken of one statement's counters only where they were not begun anew in between.
https://www.postgresql.org/docs/current/pgstatstatements.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from dbaudit.errors import UsageError
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.workload.fingerprint import fingerprint, normalised

#: Collection takes a moment: what began so shortly after the first snapshot is not told from it.
_SLACK_SECONDS = 2.0

_Key = tuple[int, str, bool]


@dataclass(frozen=True, slots=True)
class Counters:
    """What was counted of a statement. Times in ms, blocks as the server counts them."""

    calls: int = 0
    total_exec_time: float = 0.0
    rows: int = 0
    shared_blks_hit: int = 0
    shared_blks_read: int = 0
    temp_blks_read: int = 0
    temp_blks_written: int = 0

    def plus(self, other: Counters, sign: int = 1) -> Counters:
        """The sum, or with sign -1 the difference."""
        return Counters(
            *(getattr(self, f.name) + sign * getattr(other, f.name) for f in fields(self))
        )


@dataclass(frozen=True, slots=True)
class CountedStatement:
    """A statement that pg_stat_statements counted, over all roles; `text` is normalised.

    `sql` is the server's own text, with $1, $2 … for constants.
    """

    fingerprint: str
    queryid: int
    text: str
    sql: str
    counters: Counters


@dataclass(frozen=True, slots=True)
class Counted:
    """All statements of one database; `seconds` is the time that they were counted for.

    `seconds` is None where it is not known. `notes` say what is missing.
    """

    statements: tuple[CountedStatement, ...]
    seconds: float | None
    notes: tuple[str, ...] = ()


def counted_since_reset(snapshot: Snapshot) -> Counted:
    """What was counted until the snapshot was taken. Raises UsageError where nothing was."""
    rows = _rows(snapshot)
    ages = [row["reset_age_seconds"] for row in rows.values()]
    seconds = None if not ages or ages[0] is None else float(ages[0])
    return Counted(_summed((row, _counters(row)) for row in rows.values()), seconds)


def counted_between(first: Snapshot, second: Snapshot) -> Counted:
    """What was counted between two snapshots of one database.

    Counters that began anew meanwhile count from there, and a note says so. Raises UsageError for
    snapshots of two databases, in the wrong order, or without pg_stat_statements.
    """
    _refuse_unlike(first, second)
    before, after = _rows(first), _rows(second)
    seconds = (second.collected_at - first.collected_at).total_seconds()
    counted: list[tuple[Mapping[str, Any], Counters]] = []
    anew = 0
    for key, row in after.items():
        now = _counters(row)
        then = _counters(before[key]) if key in before else Counters()
        if _began_anew(row, now, then, seconds):
            anew += key in before
            then = Counters()
        difference = now.plus(then, -1)
        if difference.calls > 0:
            counted.append((row, difference))
    return Counted(_summed(counted), seconds, tuple(_notes(before, after, anew, seconds)))


def _refuse_unlike(first: Snapshot, second: Snapshot) -> None:
    one, other = first.target, second.target
    if (one.database, one.host) != (other.database, other.host):
        raise UsageError(
            f"the snapshots are of two databases, {one.database} on {one.host or 'this machine'} "
            f"and {other.database} on {other.host or 'this machine'}; give two of the same"
        )
    if second.collected_at <= first.collected_at:
        raise UsageError("the second snapshot is not younger than the first; give the older first")


def _rows(snapshot: Snapshot) -> dict[_Key, Mapping[str, Any]]:
    """The rows of `statements` that clients sent, without those whose text is hidden."""
    if "statements" not in snapshot.frames:
        reasons = [note.reason for note in snapshot.notes if note.table == "statements"]
        raise UsageError(
            f"nothing was counted of {snapshot.target.database}: "
            f"{'; '.join(reasons) or 'the snapshot holds no statements'}"
        )
    rows = [_clean(row) for row in snapshot.frame("statements").to_dict("records")]
    return {
        (row["queryid"], row["rolname"], row["toplevel"]): row
        for row in rows
        if row["queryid"] is not None and row["toplevel"] is not False
    }


def _clean(row: Mapping[Any, Any]) -> dict[str, Any]:
    """NaN as None: DuckDB gives columns that are null throughout as such."""
    return {str(key): None if value != value else value for key, value in row.items()}  # noqa: PLR0124


def _counters(row: Mapping[str, Any]) -> Counters:
    values = {f.name: row[f.name] or 0 for f in fields(Counters)}
    whole = {name: int(value) for name, value in values.items() if name != "total_exec_time"}
    return Counters(total_exec_time=float(values["total_exec_time"]), **whole)


def _began_anew(row: Mapping[str, Any], now: Counters, then: Counters, seconds: float) -> bool:
    """By the server's word, or because a sum fell."""
    ages = [age for age in (row["stats_age_seconds"], row["reset_age_seconds"]) if age is not None]
    is_younger = any(age < seconds - _SLACK_SECONDS for age in ages)
    has_fallen = now.calls < then.calls or now.total_exec_time < then.total_exec_time - 1e-6
    return is_younger or has_fallen


def _notes(
    before: Mapping[_Key, Mapping[str, Any]],
    after: Mapping[_Key, Mapping[str, Any]],
    anew: int,
    seconds: float,
) -> Iterable[str]:
    reset = next((row["reset_age_seconds"] for row in after.values()), None)
    if reset is not None and reset < seconds - _SLACK_SECONDS:
        yield (
            f"the counters were reset {reset / 60:.0f} min before the second snapshot: what was "
            "counted before is lost"
        )
    elif anew:
        yield f"the counters of {anew} statements began anew between the snapshots"
    gone = len(before.keys() - after.keys())
    thrown_out = _dealloc(after) - _dealloc(before)
    if gone and (thrown_out > 0 or _dealloc(after) == 0):
        yield (
            f"{gone} statements of the first snapshot are not in the second: the server threw out "
            "the least executed ones; raise pg_stat_statements.max to keep them"
        )


def _dealloc(rows: Mapping[_Key, Mapping[str, Any]]) -> int:
    return max((int(row["dealloc"] or 0) for row in rows.values()), default=0)


def _summed(
    counted: Iterable[tuple[Mapping[str, Any], Counters]],
) -> tuple[CountedStatement, ...]:
    """One statement a fingerprint, the one that took most time first."""
    found: dict[str, CountedStatement] = {}
    for row, counters in counted:
        key = fingerprint(row["query"])
        known = found.get(key)
        if known is None:
            sql = row["query"]
            found[key] = CountedStatement(key, row["queryid"], normalised(sql), sql, counters)
        else:
            found[key] = replace(known, counters=known.counters.plus(counters))
    return tuple(sorted(found.values(), key=lambda each: -each.counters.total_exec_time))
