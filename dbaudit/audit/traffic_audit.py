"""Judge what applications sent: the rules over it, each loop's finding with its cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dbaudit.audit.traffic import Traffic, traffic_of_counters
from dbaudit.errors import UsageError
from dbaudit.report.wording import target_label
from dbaudit.rules.evaluate import Evaluation, evaluate
from dbaudit.rules.load import is_about_traffic
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo
from dbaudit.traffic.eager_load import EagerLoads, add_eager_loads
from dbaudit.traffic.tables import LOOPS, STATEMENTS, traffic_frames

if TYPE_CHECKING:
    from dbaudit.targets.session import Session


def snapshot_of_traffic(traffic: Traffic) -> Snapshot:
    """A snapshot of what is known without a database: nothing but what it was sent."""
    counts: dict[str, int] = {}
    for statement in traffic.totals.statements.values():
        for (database, _, _), calls in statement.origins.items():
            counts[database or ""] = counts.get(database or "", 0) + calls
    database = max(counts, key=lambda name: counts[name], default="")
    return Snapshot(TargetInfo("postgresql", "", database, ""), datetime.now(UTC), {})


def with_traffic(snapshot: Snapshot, traffic: Traffic) -> Snapshot:
    """The snapshot with the tables of what was sent."""
    loads: EagerLoads = {}
    for tally in traffic.inputs:
        add_eager_loads(loads, tally.eager_loads.values())
    return snapshot.with_frames(traffic_frames(traffic.totals, traffic.patterns, loads.values()))


def judged(
    snapshot: Snapshot, traffic: Traffic, rules: Iterable[Rule], session: Session | None = None
) -> Evaluation:
    """The rules over a snapshot `with_traffic`; findings of loops get their cures.

    With a session the cures are planned on the target. Raises TargetError when it is lost.
    """
    found = evaluate(snapshot, rules)
    if not traffic.patterns:
        return found
    # The parser takes longer to load than a short log to read, which may hold no loop.
    from dbaudit.audit.loop_cures import with_cures  # noqa: PLC0415

    cured = tuple(with_cures(found.findings, snapshot, traffic, session))
    return replace(found, findings=cured)


def judged_by_counters(
    snapshot: Snapshot, rules: Sequence[Rule], session: Session | None = None
) -> tuple[Snapshot, Evaluation]:
    """The rules over a snapshot with what its pg_stat_statements tells of what was sent.

    Where that is nothing, a note says why. Raises TargetError when the session is lost.
    """
    if not any(is_about_traffic(rule) for rule in rules):
        return snapshot, evaluate(snapshot, rules)
    try:
        traffic = traffic_of_counters([(target_label(snapshot.target), snapshot)])
    except UsageError as error:
        notes = [Note(table, str(error)) for table in (STATEMENTS, LOOPS)]
        snapshot = snapshot.with_frames({}, notes)
        return snapshot, evaluate(snapshot, rules)
    snapshot = with_traffic(snapshot, traffic)
    return snapshot, judged(snapshot, traffic, rules, session)
