"""The findings of loops with what cures them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dbaudit.audit.traffic import Traffic
from dbaudit.findings import Finding, Remedy
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.traffic.cure import Cure, cure
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.tables import pattern_id
from dbaudit.workload.catalog import Catalog, catalog_from_snapshot

if TYPE_CHECKING:
    from dbaudit.audit.cure_check import PlanCheck
    from dbaudit.targets.session import Session


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
        yield _cured(finding, found, _checks(session, found))


def _checks(session: Session | None, found: Cure) -> Sequence[PlanCheck]:
    if session is None:
        return []
    # Logs are read without the driver: it takes as long to load as a short one to read.
    from dbaudit.audit.cure_check import check_batches  # noqa: PLC0415

    return check_batches(session, found.batches)


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
