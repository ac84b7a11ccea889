"""Judge what applications sent: the rules over it, each loop's finding with its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dbaudit.audit.cure_check import PlanCheck, check_batches
from dbaudit.audit.traffic import Traffic, traffic_of_counters
from dbaudit.errors import UsageError
from dbaudit.findings import Finding, Remedy
from dbaudit.report.wording import target_label
from dbaudit.rules.evaluate import Evaluation, evaluate
from dbaudit.rules.load import is_about_traffic
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo
from dbaudit.targets.session import Session
from dbaudit.traffic.cure import Cure, cure
from dbaudit.traffic.eager_load import EagerLoads, add_eager_loads
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.tables import LOOPS, STATEMENTS, pattern_id, traffic_frames
from dbaudit.workload.catalog import Catalog, catalog_from_snapshot


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


def with_cures(
    findings: Sequence[Finding],
    snapshot: Snapshot,
    traffic: Traffic,
    session: Session | None = None,
) -> Iterable[Finding]:
    """The findings, those of a loop with the statement that replaces it."""
    patterns = {pattern_id(pattern): pattern for pattern in traffic.patterns}
    catalog = catalog_from_snapshot(snapshot) if "tables" in snapshot.frames else Catalog({})
    for finding in findings:
        pattern = patterns.get(str(finding.evidence.get("pattern", "")))
        if pattern is None:
            yield finding
            continue
        found = cure(pattern, catalog, _tags(pattern, traffic))
        checks = check_batches(session, found.batches) if session is not None else []
        yield _cured(finding, found, checks)


def _cured(finding: Finding, found: Cure, checks: Sequence[PlanCheck]) -> Finding:
    """The finding with its cure; of what the target cannot plan only the reason is told."""
    failed = [check.error for check in checks if check.error is not None]
    if failed:
        summary = f"{found.summary}; its SQL could not be checked on the target: {failed[0]}"
        return replace(finding, remedy=Remedy(summary, found.sql))
    if not checks:
        return replace(finding, remedy=Remedy(found.summary, found.sql))
    each = sum(check.cost_each or 0.0 for check in checks)
    batch = sum(check.cost_batch or 0.0 for check in checks)
    costs = {"executions": checks[0].executions, "cost_each": each, "cost_batch": batch}
    summary = (
        f"{found.summary}; for {checks[0].executions} executions the planner's cost is "
        f"{batch:.4g} instead of {each:.4g}"
    )
    evidence = {**finding.evidence, "plan_check": costs}
    return replace(finding, evidence=evidence, remedy=Remedy(summary, found.sql))


def _tags(pattern: LoopPattern, traffic: Traffic) -> Mapping[str, str]:
    """The most frequent value of each tag of the pattern's children."""
    best: dict[str, tuple[int, str]] = {}
    for child in pattern.children:
        totals = traffic.totals.statements.get(child.fingerprint)
        for (name, value), count in (totals.tags if totals else {}).items():
            best[name] = max(best.get(name, (0, "")), (count, value))
    return {name: value for name, (_, value) in best.items()}
