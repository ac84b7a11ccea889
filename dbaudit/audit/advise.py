"""`advise`: the workload planned, and the index set that it deserves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.advice import Advice, NotCovered
from dbaudit.audit.explained import Explained
from dbaudit.audit.propose import ProposeOptions, begun_cluster, propose
from dbaudit.audit.scan import ScanOptions, planned_snapshot
from dbaudit.audit.steps import Steps
from dbaudit.audit.traffic import Traffic
from dbaudit.errors import UsageError
from dbaudit.query import BoundQuery, Query
from dbaudit.snapshot.snapshot import TargetInfo
from dbaudit.targets.session import Session


@dataclass(frozen=True, slots=True)
class Advised:
    """An advice, what it is for, and the statements that prove it."""

    target: TargetInfo
    advice: Advice
    statements: tuple[BoundQuery, ...]


def advise(
    session: Session,
    registered: Sequence[Query],
    options: ProposeOptions,
    steps: Steps,
    *,
    is_registered_only: bool = False,
    traffic: Traffic | None = None,
) -> Advised:
    """Propose indexes for the registered queries and those of pg_stat_statements, or of `traffic`.

    Raises UsageError when there is no query to advise on, ShadowError without a planner.
    """
    planning = ScanOptions(counted=not is_registered_only, propose=None, traffic=traffic)
    with begun_cluster(options) as take_cluster:
        snapshot, workload = planned_snapshot(session, registered, planning, steps)
        if not workload.explained:
            raise UsageError(
                "no queries to advise on: register some in queries/*.sql (see: dbaudit init), or "
                "install pg_stat_statements"
            )
        advice = propose(session, snapshot, workload, options, steps, take_cluster)
    missed = (*advice.not_covered, *_unplanned(workload.explained))
    advice = replace(advice, not_covered=missed)
    statements = tuple(entry.bound for entry in workload.explained if entry.plan is not None)
    return Advised(snapshot.target, advice, statements)


def _unplanned(explained: Iterable[Explained]) -> list[NotCovered]:
    """The queries that the target itself cannot plan, each with what it says."""
    entries = list(explained)
    planned = {entry.bound.name for entry in entries if entry.plan is not None}
    failed = {e.bound.name: str(e.error) for e in entries if e.bound.name not in planned}
    return [NotCovered(name, reason) for name, reason in failed.items()]
