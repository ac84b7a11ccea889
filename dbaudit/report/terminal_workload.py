"""What applications sent, on the terminal: the statements that cost most, then the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dbaudit.report.printable import one_line
from dbaudit.report.terminal_findings import grouped
from dbaudit.report.terminal_header import header
from dbaudit.report.terminal_screen import Screen, few, lines_of
from dbaudit.report.terminal_text import INDENT, heading, paragraph
from dbaudit.report.workload import WorkloadReport
from dbaudit.report.workload_wording import (
    CELLS,
    input_line,
    input_remarks,
    totals_line,
    workload_label,
)

#: From this width on a statement stands in its row; below it on a line of its own.
_WIDE = 100
_LEAST_TEXT = 24
#: Words that wrap leave a little of two lines unused.
_WRAP_LOSS = 12
_GAP = "  "


@dataclass(frozen=True, slots=True)
class WorkloadView:
    """The statements by total time and what was found in them.

    With `everything` no statement is cut and every finding shown.
    """

    report: WorkloadReport
    everything: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Header, statements, findings, inputs."""
        report = self.report
        yield from header(workload_label(report), report.scan, totals_line(report))
        if report.statements:
            yield heading(_top_line(report))
            yield from _rows(report, options.max_width, whole=self.everything)
        findings = report.scan.new_findings
        if self.everything:
            yield from grouped(findings, findings)
        else:
            screen = Screen(options.max_width, lines_of(console))
            yield from few(findings, screen, "-v shows all, --format json is for machines")
        yield from _inputs(report)


def _top_line(report: WorkloadReport) -> str:
    shown, share = len(report.statements), sum(each.share for each in report.statements)
    if shown == report.distinct:
        return "Statements"
    return f"Statements ({shown:,} of {report.distinct:,}, {100 * share:.0f} % of the time)"


def _rows(report: WorkloadReport, width: int, *, whole: bool) -> Iterator[RenderableType]:
    """A line of figures a statement; its text stands beside them, or below where it is narrow."""
    columns = _columns(report)
    cells = [[CELLS[column](each) for column in columns] for each in report.statements]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    room = width - sum(widths) - len(_GAP) * len(widths)
    is_beside = width >= _WIDE and room >= _LEAST_TEXT and not whole
    yield Text(_figures(columns, widths) + ("statement" if is_beside else ""), style="dim")
    for each, figures in zip(report.statements, cells, strict=True):
        text = one_line(each.text)
        line = _figures(figures, widths)
        if is_beside:
            yield Text(line + _cut(text, room), no_wrap=True)
            continue
        yield Text(line.rstrip(), style="bold", no_wrap=True)
        shown = text if whole else _cut(text, 2 * (width - INDENT) - _WRAP_LOSS)
        yield paragraph(shown, indent=INDENT)


def _columns(report: WorkloadReport) -> list[str]:
    each = report.statements
    return [
        *("share", "total", "calls", "mean"),
        *["p95"] * any(one.p95_ms is not None for one in each),
        *["rows"] * any(one.rows is not None for one in each),
        *["blocks"] * any(one.shared_blocks is not None for one in each),
        *["temp"] * any(one.temp_blocks for one in each),
        *["change"] * report.is_compared,
    ]


def _figures(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return "".join(cell + _GAP for cell in padded)


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def _inputs(report: WorkloadReport) -> Iterator[RenderableType]:
    yield Text()
    for each in report.inputs:
        yield paragraph(input_line(each), style="dim")
        for remark in input_remarks(each):
            yield paragraph(remark, style="dim", indent=INDENT)
    for remark in report.remarks:
        yield paragraph(remark, style="dim")
