"""What applications sent, as one value, and the JSON document made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaudit.errors import UsageError
from dbaudit.report.documents import ScanReport, scan_document
from dbaudit.report.json_values import Document, json_safe


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run said of a statement."""

    calls: int
    total_ms: float
    mean_ms: float | None


@dataclass(frozen=True, slots=True)
class StatementReport:
    """A statement over all its executions. Times in ms, None where the source does not tell.

    `share` is its part of all statements' time, 0 to 1. Blocks are as pg_stat_statements counts
    them. `earlier` is what the run that was compared with said of it.
    """

    fingerprint: str
    text: str
    calls: int
    total_ms: float
    share: float
    queryid: int | None = None
    mean_ms: float | None = None
    p95_ms: float | None = None
    rows: int | None = None
    failed: int = 0
    shared_blocks: int | None = None
    temp_blocks: int | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class InputReport:
    """What became of one input: `skipped` and `notes` count lines and things by reason."""

    source: str
    format: str
    lines: int = 0
    statements: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)

    @property
    def skipped_lines(self) -> int:
        """How many lines could not be used."""
        return sum(self.skipped.values())


@dataclass(frozen=True, slots=True)
class WorkloadReport:
    """Everything a report of `workload` shows; `scan` holds the findings.

    `statements` are the top ones, in the order asked for, of `distinct`; `calls` and `total_ms`
    are those of all. `seconds` is the time that the input covers. `is_compared` tells whether an
    earlier run was given. `remarks` are sentences on the inputs.
    """

    scan: ScanReport
    statements: tuple[StatementReport, ...]
    inputs: tuple[InputReport, ...]
    distinct: int
    calls: int
    total_ms: float
    seconds: float | None = None
    is_compared: bool = False
    remarks: tuple[str, ...] = ()


def workload_document(report: WorkloadReport) -> Document:
    """The JSON document of `workload`: that of `scan` with statements and inputs."""
    added: Document = {
        "statements": [_statement(each) for each in report.statements],
        "inputs": [_input(each) for each in report.inputs],
        "total": {
            "statements": report.distinct,
            "calls": report.calls,
            "total_ms": round(report.total_ms, 3),
            "seconds": None if report.seconds is None else round(report.seconds, 3),
        },
        "remarks": report.remarks,
    }
    document = scan_document(report.scan)
    return {**document, **{key: json_safe(value) for key, value in added.items()}}


def _statement(statement: StatementReport) -> Document:
    document: Document = {
        "fingerprint": statement.fingerprint,
        "queryid": statement.queryid,
        "text": statement.text,
        "calls": statement.calls,
        "total_ms": round(statement.total_ms, 3),
        "mean_ms": _rounded(statement.mean_ms),
        "p95_ms": _rounded(statement.p95_ms),
        "rows": statement.rows,
        "failed": statement.failed,
        "share": round(statement.share, 6),
        "shared_blocks": statement.shared_blocks,
        "temp_blocks": statement.temp_blocks,
        "tags": statement.tags,
    }
    if statement.earlier is not None:
        earlier = statement.earlier
        document["earlier"] = {
            "calls": earlier.calls,
            "total_ms": earlier.total_ms,
            "mean_ms": earlier.mean_ms,
        }
    return document


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 4)


def _input(each: InputReport) -> Document:
    return {
        "source": each.source,
        "format": each.format,
        "lines": each.lines,
        "statements": each.statements,
        "skipped_lines": each.skipped_lines,
        "skipped": each.skipped,
        "notes": each.notes,
    }


#: What the statements can be sorted by, greatest first.
SORTS: Mapping[str, Callable[[StatementReport], float]] = {
    "total": lambda each: each.total_ms,
    "calls": lambda each: each.calls,
    "mean": lambda each: each.mean_ms or 0.0,
    "p95": lambda each: each.p95_ms or 0.0,
    "rows": lambda each: each.rows or 0,
    "shared": lambda each: each.shared_blocks or 0,
    "temp": lambda each: each.temp_blocks or 0,
}


def check_sort(sort: str) -> None:
    """Raises UsageError for a word that is none of SORTS."""
    if sort not in SORTS:
        raise UsageError(f"--sort {sort!r}: expected {', '.join(SORTS)}")


def top(statements: Sequence[StatementReport], sort: str, most: int) -> tuple[StatementReport, ...]:
    """The first so many by a word of SORTS; of equals the one that took most time."""
    measure = SORTS[sort]
    ordered = sorted(statements, key=lambda each: (-measure(each), -each.total_ms, each.text))
    return tuple(ordered[:most])
