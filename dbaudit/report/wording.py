"""How objects, counts, times, sizes and factors are put into words, the same in every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dbaudit.findings import Finding, ObjectKind, ObjectRef, Severity
from dbaudit.identifiers import quote_ident
from dbaudit.units import size_text

if TYPE_CHECKING:
    from dbaudit.advise.advice import Advice, SearchFacts
    from dbaudit.report.documents import ScanReport
    from dbaudit.snapshot.snapshot import TargetInfo

_ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_ON_A_TABLE = (ObjectKind.INDEX, ObjectKind.POLICY)
_IN_A_SCHEMA = (
    ObjectKind.TABLE,
    ObjectKind.COLUMN,
    ObjectKind.SEQUENCE,
    ObjectKind.FUNCTION,
    *_ON_A_TABLE,
)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 index`, `2,000 indexes`: the count with its noun."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def severity_count(severity: Severity, count: int) -> str:
    """`1 error`, `3 warnings`, `5 info`."""
    return counted(count, severity.value, "info" if severity is Severity.INFO else None)


def object_label(ref: ObjectRef) -> str:
    """The object with its kind, as SQL would name it: `index public.orders_idx on orders`."""
    if ref.kind not in _IN_A_SCHEMA:
        return f"{ref.kind} {ref.name}"
    inside = [] if ref.kind in _ON_A_TABLE else [ref.table]
    parts = [ref.schema, *inside, ref.name]
    label = f"{ref.kind} " + ".".join(quote_ident(part) for part in parts if part)
    on = ref.kind in _ON_A_TABLE and ref.table
    return f"{label} on {quote_ident(on)}" if on else label


def target_label(target: TargetInfo) -> str:
    """`PostgreSQL 18.6, database shop on db.example.com`; a socket is on this machine."""
    engine = _ENGINES.get(target.engine, target.engine)
    is_socket = target.host.startswith(("/", "@"))
    host = " on this machine" if is_socket else f" on {target.host}" if target.host else ""
    return f"{engine} {target.version}, database {target.database}{host}"


def summary_line(report: ScanReport) -> str:
    """`1 error, 3 warnings, 5 info, 2 known; 88 rules run, 3 skipped`."""
    parts = [severity_count(severity, count) for severity, count in report.counts().items()]
    if report.suppressed:
        parts.append(f"{report.suppressed:,} known")
    return f"{', '.join(parts)}; {rules_line(report)}"


def rules_line(report: ScanReport) -> str:
    """`88 rules run, 3 skipped`."""
    skipped = f", {len(report.skipped):,} skipped" if report.skipped else ""
    return f"{counted(report.rules_run, 'rule')} run{skipped}"


def counts_by_rule(findings: Iterable[Finding]) -> str:
    """`unused-index 4, table-bloat 1`: the most frequent first."""
    found = Counter(finding.rule for finding in findings)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return listed([f"{rule} {count:,}" for rule, count in ordered])


def listed(words: Sequence[str], most: int = 8) -> str:
    """`a, b, c`; past `most` words the rest is counted: `a, b, and 12 others`."""
    rest = len(words) - most
    shown = ", ".join(words[:most])
    return shown if rest <= 0 else f"{shown}, and {counted(rest, 'other')}"


def statement(sql: str) -> str:
    """The statement with its semicolon; one that ends in a line comment stays as it is."""
    text = sql.strip()
    last_line = text.rpartition("\n")[2]
    return text if text.endswith(";") or last_line.lstrip().startswith("--") else text + ";"


def seconds_text(seconds: float) -> str:
    """A duration: `850 ms`, `1.9 s`, `3 min 20 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s"


def ms_text(ms: float | None) -> str:
    """A query's time in ms with three digits that count, or a dash where it was not measured."""
    return "-" if ms is None else f"{figure_text(ms)} ms"


def figure_text(value: float | None) -> str:
    """A cost or time: `17,283`, `84.4`, `0.052`; a dash for None."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"


def factor_text(before: float | None, after: float | None) -> str:
    """How many times less it is after than before: `12x`; a dash where it cannot be said."""
    if before is None or not after:
        return "-"
    factor = before / after
    return f"{factor:,.0f}x" if factor >= 10 else f"{factor:.2g}x"


def advice_line(advice: Advice) -> str:
    """`2 indexes (45 MB) bring the workload's cost from 1,000 to 210 (4.8x less)`."""
    if not advice.indexes:
        return f"No index to advise: the workload's cost stays {figure_text(advice.cost_before)}"
    size = size_text(sum(index.size_bytes for index in advice.indexes))
    indexes = counted(len(advice.indexes), "index", "indexes")
    bring = "brings" if len(advice.indexes) == 1 else "bring"
    before, after = figure_text(advice.cost_before), figure_text(advice.cost_after)
    factor = factor_text(advice.cost_before, advice.cost_after)
    return (
        f"{indexes} ({size}) {bring} the workload's cost from {before} to {after} ({factor} less)"
    )


def search_line(search: SearchFacts) -> str:
    """`What-if planner: shadow, PostgreSQL 18.6; 120 calls, 1.0 s`."""
    calls = counted(search.what_if_calls, "call")
    planner = f"{search.planner}, PostgreSQL {search.planner_version}"
    return f"What-if planner: {planner}; {calls}, {seconds_text(search.seconds)}"
