"""What became of a plan: frozen values, and the JSON of `apply`, `status` and `rollback`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import dbaudit
from dbaudit.errors import ApplyError

SCHEMA_VERSION = 1

#: A query that took less has little to gain, whatever the factor: nobody waits for it, and on a
#: small table every factor looks great. It counts only where the query runs very often.
LOW_IMPACT_MS = 10.0

IndexVerdict = Literal["kept", "rolled_back", "failed", "skipped"]
#: A drop that stays is `kept`, as an index that stays is: the outcome is the change's.
DropVerdict = IndexVerdict


@dataclass(frozen=True, slots=True)
class QueryGain:
    """One query before and after, in ms where it was executed, else None and the planner's cost.

    `gain` is before over after, in times when both are there, else in costs. `timed_out` says that
    `ms_before` is the limit at which it was stopped; then, and where `ms_after` is too short to be
    told from noise, `is_at_least` says that the gain is this or more. `is_low_impact` says that it
    took less than LOW_IMPACT_MS before.

    `ms_before` and `ms_after` are medians of so many `runs_…`; `ms_…_low` and `ms_…_high` are the
    quartiles. `is_beyond_noise` says that the two sides differ by more than chance,
    `became_slower` that the query lost by it. `interleaved`: runs with and without the new index
    took turns, so that "before" is the same server without the index. `gain_alone` is what one
    index gains the query while the other new ones stay, where several have to do with it and that
    was measured. `note` says why it was not executed. `fingerprint` is that of its SQL.
    """

    query: str
    variant: str
    ms_before: float | None
    ms_after: float | None
    cost_before: float | None
    cost_after: float | None
    gain: float
    timed_out: bool = False
    is_at_least: bool = False
    is_low_impact: bool = False
    runs_before: int = 0
    runs_after: int = 0
    ms_before_low: float | None = None
    ms_before_high: float | None = None
    ms_after_low: float | None = None
    ms_after_high: float | None = None
    is_beyond_noise: bool = False
    became_slower: bool = False
    interleaved: bool = False
    gain_alone: float | None = None
    note: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """What became of one index. `gain` is the best of its queries', None when not verified.

    `table_rows` are those of its table, as the build counted them; `beside` the names of the plan's
    other indexes of its table that stood when it was judged.
    """

    name: str
    schema: str
    table: str
    ddl: str
    built: bool
    valid: bool
    outcome: IndexVerdict
    reason: str
    used_by: tuple[str, ...] = ()
    build_ms: float | None = None
    size_bytes: int | None = None
    table_rows: int | None = None
    queries: tuple[QueryGain, ...] = ()
    gain: float | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """An index on trial: since when and until (UTC), and its scans on each server meanwhile."""

    since: str
    until: str
    scans: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DropOutcome:
    """What became of one drop: `kept` when the index is gone, `rolled_back` when it is back.

    `trial` is that of an index that is not dropped yet: it is `skipped` meanwhile.
    """

    name: str
    schema: str
    outcome: DropVerdict
    reason: str
    trial: TrialFacts | None = None


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """The database that was changed."""

    version: str
    database: str
    host: str
    engine: str = "postgresql"


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """The outcome of `apply` or `rollback`; `ledger_at` says where it is written down.

    `queries` are all the measured queries of the plan, whether an index serves them or not.
    """

    target: TargetFacts
    ledger_id: str
    ledger_at: str
    indexes: tuple[IndexOutcome, ...]
    drops: tuple[DropOutcome, ...]
    queries: tuple[QueryGain, ...] = ()


def result_document(result: ApplyResult) -> dict[str, Any]:
    """The JSON of `apply` and `rollback`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dbaudit", "version": dbaudit.__version__},
        "target": asdict(result.target),
        "ledger_id": result.ledger_id,
        "ledger_at": result.ledger_at,
        "indexes": [_index_document(index) for index in result.indexes],
        "drops": [asdict(drop) for drop in result.drops],
        "queries": [asdict(query) for query in result.queries],
    }


def _index_document(index: IndexOutcome) -> dict[str, Any]:
    queries = [asdict(query) for query in index.queries]
    lists = {"used_by": list(index.used_by), "beside": list(index.beside), "queries": queries}
    return {**asdict(index), **lists}


def status_document(target: TargetFacts, applied: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The JSON of `status`; `applied` are documents of `apply`, the newest first."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dbaudit", "version": dbaudit.__version__},
        "target": asdict(target),
        "applied": [dict(document) for document in applied],
    }


def require_no_failure(result: ApplyResult) -> None:
    """Raise ApplyError when something failed."""
    changes: tuple[IndexOutcome | DropOutcome, ...] = (*result.indexes, *result.drops)
    failed = [change for change in changes if change.outcome == "failed"]
    if failed:
        first = failed[0]
        more = f" (and {len(failed) - 1} more failed)" if len(failed) > 1 else ""
        raise ApplyError(f"{first.name}: {first.reason}{more}")


def require_success(result: ApplyResult) -> None:
    """Raise ApplyError when something failed or everything that was changed was taken back."""
    require_no_failure(result)
    changes: tuple[IndexOutcome | DropOutcome, ...] = (*result.indexes, *result.drops)
    taken_back = [change for change in changes if change.outcome == "rolled_back"]
    if taken_back and not any(change.outcome == "kept" for change in changes):
        raise ApplyError(f"everything was taken back; {taken_back[0].name}: {taken_back[0].reason}")
