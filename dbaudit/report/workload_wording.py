"""How statements and inputs are put into words, the same in every report of `workload`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dbaudit.report.wording import counted, figure_text, seconds_text, target_label
from dbaudit.report.workload import InputReport, StatementReport, WorkloadReport


def workload_label(report: WorkloadReport) -> str:
    """What was looked at: the database where one was asked, else the inputs."""
    if report.scan.target.version:
        return target_label(report.scan.target)
    sources = [each.source for each in report.inputs]
    return sources[0] if len(sources) == 1 else counted(len(sources), "input")


def totals_line(report: WorkloadReport) -> str:
    """`1,204 calls of 37 statements, 12 min 3 s of database time in 2 h`."""
    calls = f"{counted(report.calls, 'call')} of {counted(report.distinct, 'statement')}"
    span = "" if report.seconds is None else f" in {span_text(report.seconds)}"
    return f"{calls}, {seconds_text(report.total_ms / 1000)} of database time{span}"


def span_text(seconds: float) -> str:
    """A long time: `45 s`, `3 min 20 s`, `5.2 h`, `3.1 days`."""
    if seconds < 3600:
        return seconds_text(seconds)
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def time_text(ms: float | None) -> str:
    """A time in ms with three digits, a dash where it is not known."""
    return "-" if ms is None else f"{figure_text(ms)} ms"


def trend_text(each: StatementReport) -> str:
    """How the mean changed since the earlier run: `+38 %`, `2.4x`, `new`."""
    if each.earlier is None:
        return "new"
    if not each.earlier.mean_ms or each.mean_ms is None:
        return "-"
    factor = each.mean_ms / each.earlier.mean_ms
    return f"{factor:.1f}x" if factor >= 2 else f"{100 * (factor - 1):+.0f} %"


def input_line(each: InputReport) -> str:
    """`pg.log (stderr): 1,000 lines, 600 statements, 3 lines skipped`."""
    parts = [counted(each.lines, "line")] * bool(each.lines)
    parts.append(counted(each.statements, "statement"))
    if each.skipped_lines:
        parts.append(f"{counted(each.skipped_lines, 'line')} skipped")
    return f"{each.source} ({each.format}): {', '.join(parts)}"


def input_remarks(each: InputReport) -> Iterator[str]:
    """`3 times: a line of another program`, for what was skipped and what was noted."""
    for reason, times in [*each.skipped.items(), *each.notes.items()]:
        yield f"{times:,} times: {reason}" if times > 1 else reason


def _count_text(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


#: The columns of figures, and the text of a statement's cell in each.
CELLS: Mapping[str, Callable[[StatementReport], str]] = {
    "share": lambda each: f"{100 * each.share:.1f} %",
    "total": lambda each: seconds_text(each.total_ms / 1000),
    "calls": lambda each: f"{each.calls:,}",
    "mean": lambda each: time_text(each.mean_ms),
    "p95": lambda each: time_text(each.p95_ms),
    "rows": lambda each: _count_text(each.rows),
    "blocks": lambda each: _count_text(each.shared_blocks),
    "temp": lambda each: _count_text(each.temp_blocks),
    "change": trend_text,
}
