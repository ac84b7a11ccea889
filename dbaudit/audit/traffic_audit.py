"""Judge what applications sent: the rules over it, each loop's finding with its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dbaudit.audit.traffic import Traffic
from dbaudit.findings import Finding, Remedy
from dbaudit.rules.evaluate import Evaluation, evaluate
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.snapshot import Snapshot, TargetInfo
from dbaudit.traffic.cure import Cure, cure
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.tables import pattern_id, traffic_frames
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
    return snapshot.with_frames(traffic_frames(traffic.totals, traffic.patterns))


def judged(snapshot: Snapshot, traffic: Traffic, rules: Iterable[Rule]) -> Evaluation:
    """The rules over a snapshot `with_traffic`; findings of loops get their cures."""
    found = evaluate(snapshot, rules)
    return replace(found, findings=tuple(with_cures(found.findings, snapshot, traffic)))


def with_cures(
    findings: Sequence[Finding], snapshot: Snapshot, traffic: Traffic
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
        yield replace(finding, remedy=_remedy(found))


def _remedy(found: Cure) -> Remedy:
    return Remedy(found.summary, found.sql)


def _tags(pattern: LoopPattern, traffic: Traffic) -> Mapping[str, str]:
    """The most frequent value of each tag of the pattern's children."""
    best: dict[str, tuple[int, str]] = {}
    for child in pattern.children:
        totals = traffic.totals.statements.get(child.fingerprint)
        for (name, value), count in (totals.tags if totals else {}).items():
            best[name] = max(best.get(name, (0, "")), (count, value))
    return {name: value for name, (_, value) in best.items()}
