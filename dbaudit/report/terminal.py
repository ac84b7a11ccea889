"""A scan and an explain as one likes to read them at a prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from dbaudit.findings import Finding
from dbaudit.report.documents import ScanReport
from dbaudit.report.terminal_findings import grouped
from dbaudit.report.terminal_header import header
from dbaudit.report.terminal_plan import query_plan
from dbaudit.report.terminal_screen import Screen, few, lines_of
from dbaudit.report.terminal_text import INDENT, heading, paragraph
from dbaudit.report.wording import (
    counted,
    listed,
    rules_line,
    seconds_text,
    target_label,
)

#: Header, headings and the closing lines take at most so many lines of a screen.
_LINES_AROUND = 14


@dataclass(frozen=True, slots=True)
class ScanView:
    """A scan on the terminal: the few findings that matter first, on one screen.

    With `everything` all findings are shown, those of the baseline too, and each skipped rule and
    note has its reason.
    """

    report: ScanReport
    everything: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Header, findings by severity, what was left out and what was not looked at."""
        yield from _header(self.report)
        if self.everything:
            known = tuple(finding for finding in self.report.findings if not finding.new)
            yield from _all_findings((*self.report.new_findings, *known))
            yield from _every_reason(self.report)
        else:
            screen = Screen(options.max_width, lines_of(console) - _LINES_AROUND)
            more = "dbaudit scan -v shows all, --format json is for machines"
            yield from few(self.report.new_findings, screen, more)
            yield from _reasons_in_short(self.report)


@dataclass(frozen=True, slots=True)
class ExplainView:
    """The queries with their plans as trees, then every finding about them.

    With `everything` each skipped rule and note has its reason.
    """

    report: ScanReport
    everything: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One tree a query, then the findings by severity."""
        for query in self.report.queries:
            yield from query_plan(query)
        yield from _all_findings(self.report.new_findings)
        reasons = _every_reason if self.everything else _reasons_in_short
        yield from reasons(self.report)


def _header(report: ScanReport) -> Iterator[RenderableType]:
    queries = f", {counted(len(report.queries), 'query', 'queries')}" if report.queries else ""
    tail = f"{rules_line(report)}{queries}, {seconds_text(report.seconds)}"
    return header(target_label(report.target), report, tail)


def _all_findings(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    yield from grouped(findings, findings)
    if not findings:
        yield heading("No findings.", style="green")


def _reasons_in_short(report: ScanReport) -> Iterator[RenderableType]:
    unseen = sorted({note.table for note in report.notes})
    parts = [f"skipped: {listed(sorted(s.rule for s in report.skipped))}"] * bool(report.skipped)
    parts += [f"not collected: {listed(unseen)}"] * bool(unseen)
    if parts:
        yield heading(f"{'; '.join(parts)} (-v says why)", style="dim")


def _every_reason(report: ScanReport) -> Iterator[RenderableType]:
    if report.skipped:
        yield heading(f"Skipped rules ({len(report.skipped):,})", style="dim")
    for skipped in sorted(report.skipped, key=lambda skipped: skipped.rule):
        yield paragraph(f"{skipped.rule}: {skipped.reason}", style="dim", indent=INDENT)
    if report.notes:
        yield heading(f"Not collected ({len(report.notes):,})", style="dim")
    for note in report.notes:
        yield paragraph(f"{note.table}: {note.reason}", style="dim", indent=INDENT)
