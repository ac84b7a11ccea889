"""From an audit to the report's value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dbaudit.audit.explained import Explained
from dbaudit.audit.scan import Audit
from dbaudit.audit.worst import worst_variants
from dbaudit.findings import Finding
from dbaudit.report.documents import QueryReport, ScanReport, SelectedRule
from dbaudit.rules.rule import Rule
from dbaudit.workload.fingerprint import fingerprint


def scan_report(
    audit: Audit,
    findings: Sequence[Finding],
    rules: Sequence[Rule],
    started_at: datetime,
    seconds: float,
) -> ScanReport:
    """The value that every rendering is made from."""
    return ScanReport(
        target=audit.snapshot.target,
        started_at=started_at,
        seconds=seconds,
        findings=tuple(findings),
        rules=tuple(SelectedRule(rule.id, rule.category) for rule in rules),
        skipped=audit.evaluation.skipped,
        queries=tuple(_query(entry) for entry in worst_variants(audit.workload.explained)),
        notes=audit.snapshot.notes,
    )


def _query(entry: Explained) -> QueryReport:
    query = entry.bound.query
    return QueryReport(
        name=query.name,
        fingerprint=fingerprint(query.sql),
        file=_as_named(query.file) if query.file else None,
        weight=query.weight,
        cost=entry.plan.root.total_cost if entry.plan else None,
        actual_ms=entry.plan.execution_ms if entry.plan else None,
        plan=entry.document["Plan"] if entry.document else None,
        error=entry.error,
    )


def _as_named(file: Path) -> str:
    """The path as a person would name it: relative where it lies below the current folder."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
