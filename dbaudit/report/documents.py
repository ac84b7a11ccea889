"""What a scan or an explain found, as one value, and the JSON document made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dbaudit import __version__
from dbaudit.findings import SEVERITIES, Finding, ObjectRef, Remedy, Severity, SkippedRule
from dbaudit.report.json_values import Document, json_safe, utc_text

if TYPE_CHECKING:
    from dbaudit.snapshot.snapshot import Note, TargetInfo

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class SelectedRule:
    """A rule that the run selected, whether it could be judged or was skipped."""

    id: str
    category: str


@dataclass(frozen=True, slots=True)
class QueryReport:
    """A query of the run with its plan.

    `cost` is the planner's, in its units; `actual_ms` the execution time where it was measured;
    `plan` the root node as EXPLAIN (FORMAT JSON) prints it. Where `error` says why the query could
    not be explained, cost and plan are None. `file` is as a person would name it.
    """

    name: str
    fingerprint: str
    file: str | None = None
    weight: float = 1.0
    cost: float | None = None
    actual_ms: float | None = None
    plan: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ScanReport:
    """Everything a report of `scan` or `explain` shows.

    `rules` are those selected, `skipped` the ones among them that could not be judged. Findings
    that a baseline knows stay in `findings` with `new` False.
    """

    target: TargetInfo
    started_at: datetime
    seconds: float
    findings: tuple[Finding, ...] = ()
    rules: tuple[SelectedRule, ...] = ()
    skipped: tuple[SkippedRule, ...] = ()
    queries: tuple[QueryReport, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def rules_run(self) -> int:
        """How many of the selected rules were judged."""
        without = {skipped.rule for skipped in self.skipped}
        return sum(rule.id not in without for rule in self.rules)

    @property
    def suppressed(self) -> int:
        """How many findings the baseline knows."""
        return sum(not finding.new for finding in self.findings)

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that no baseline knows, worst first."""
        return tuple(sorted((f for f in self.findings if f.new), key=lambda f: f.sort_key))

    def counts(self) -> dict[Severity, int]:
        """How many findings of each severity are new: those of the baseline do not count."""
        found = Counter(finding.severity for finding in self.new_findings)
        return {severity: found[severity] for severity in SEVERITIES}


def scan_document(report: ScanReport) -> Document:
    """The JSON document of `scan` and `explain` (schema version 1), its order fixed by its content.

    The counts by severity in `summary` are of new findings; `suppressed` counts those of the
    baseline, which stay among `findings` with `new` false.
    """
    findings = sorted(report.findings, key=lambda finding: finding.sort_key)
    document: Document = {
        **document_head(report.target),
        "started_at": utc_text(report.started_at),
        "seconds": round(report.seconds, 3),
        "summary": _summary(report),
        "findings": [finding_document(finding) for finding in findings],
        "queries": [_query_document(query) for query in report.queries],
        "notes": [{"table": note.table, "reason": note.reason} for note in report.notes],
    }
    return {key: json_safe(value) for key, value in document.items()}


def document_head(target: TargetInfo) -> Document:
    """The keys that every document begins with: schema_version, tool, target."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dbaudit", "version": __version__},
        "target": {
            "engine": target.engine,
            "version": target.version,
            "database": target.database,
            "host": target.host,
        },
    }


def finding_document(finding: Finding) -> Document:
    """One finding as it stands in the documents."""
    document: Document = {
        "id": finding.id,
        "rule": finding.rule,
        "category": finding.category,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "object": _object_document(finding.object),
        "message": finding.message,
        "evidence": finding.evidence,
        "remedy": _remedy_document(finding.remedy),
        "new": finding.new,
    }
    return {key: json_safe(value) for key, value in document.items()}


def _summary(report: ScanReport) -> Document:
    skipped = sorted(report.skipped, key=lambda skipped: skipped.rule)
    return {
        **{severity.value: count for severity, count in report.counts().items()},
        "suppressed": report.suppressed,
        "rules_run": report.rules_run,
        "rules_skipped": [{"rule": s.rule, "reason": s.reason} for s in skipped],
    }


def _object_document(ref: ObjectRef) -> Document:
    return {"kind": ref.kind, "schema": ref.schema, "name": ref.name, "table": ref.table}


def _remedy_document(remedy: Remedy | None) -> Document | None:
    if remedy is None:
        return None
    return {"summary": remedy.summary, "sql": remedy.sql, "undo_sql": remedy.undo_sql}


def _query_document(query: QueryReport) -> Document:
    return {
        "name": query.name,
        "file": query.file,
        "fingerprint": query.fingerprint,
        "weight": query.weight,
        "cost": query.cost,
        "actual_ms": query.actual_ms,
        "plan": query.plan,
        "error": query.error,
    }
