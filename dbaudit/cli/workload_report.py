"""From the sums of what was sent to the report's value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbaudit.audit.traffic import Traffic
from dbaudit.errors import UsageError
from dbaudit.report.documents import ScanReport
from dbaudit.report.workload import Earlier, InputReport, StatementReport, WorkloadReport, top
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.totals import StatementTotals

EarlierRun = Mapping[str, Earlier]


def workload_report(
    traffic: Traffic, scan: ScanReport, sort: str, most: int, earlier: EarlierRun | None
) -> WorkloadReport:
    """The value that every rendering is made from; `earlier` is by fingerprint."""
    total_ms = traffic.totals.total_ms
    statements = [_statement(each, total_ms) for each in traffic.totals.by_time()]
    shown = top(statements, sort, most)
    if earlier is not None:
        shown = tuple(replace(each, earlier=earlier.get(each.fingerprint)) for each in shown)
    return WorkloadReport(
        scan=scan,
        statements=shown,
        inputs=tuple(_input(each) for each in traffic.inputs),
        distinct=len(statements),
        calls=traffic.totals.calls,
        total_ms=total_ms,
        seconds=traffic.seconds,
        is_compared=earlier is not None,
        remarks=traffic.remarks,
    )


def _statement(totals: StatementTotals, total_ms: float) -> StatementReport:
    return StatementReport(
        fingerprint=totals.shape.fingerprint,
        text=totals.shape.text,
        calls=totals.calls,
        total_ms=totals.total_ms,
        share=totals.total_ms / total_ms if total_ms else 0.0,
        queryid=totals.query_id,
        mean_ms=totals.mean_ms,
        p95_ms=totals.p95_ms,
        rows=totals.rows,
        failed=totals.errors,
        shared_blocks=totals.shared_blocks,
        temp_blocks=totals.temp_blocks,
        tags=_tags(totals),
    )


def _tags(totals: StatementTotals) -> dict[str, dict[str, int]]:
    """The values of each tag with how often it came, the most frequent first."""
    found: dict[str, dict[str, int]] = {}
    for (name, value), count in sorted(totals.tags.items(), key=lambda item: -item[1]):
        found.setdefault(name, {})[value] = count
    return found


def _input(tally: InputTally) -> InputReport:
    return InputReport(
        source=tally.source,
        format=tally.format or "unknown",
        lines=tally.lines,
        statements=tally.statements,
        skipped=dict(tally.skipped),
        notes=dict(tally.notes),
    )


def read_earlier(path: Path | None) -> EarlierRun | None:
    """The statements of an earlier run's JSON. Raises UsageError for a file that is none."""
    if path is None:
        return None
    try:
        document: Any = json.loads(path.read_text("utf-8"))
        return {each["fingerprint"]: _earlier(each) for each in document["statements"]}
    except OSError as error:
        raise UsageError(f"--against {path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"--against {path}: not the JSON of an earlier run; make one with: "
            "dbaudit workload … --format json=FILE"
        ) from None


def _earlier(statement: Mapping[str, Any]) -> Earlier:
    mean = statement["mean_ms"]
    return Earlier(
        calls=int(statement["calls"]),
        total_ms=float(statement["total_ms"]),
        mean_ms=None if mean is None else float(mean),
    )
