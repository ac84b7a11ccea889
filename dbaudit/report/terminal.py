"""A scan and an explain as one likes to read them at a prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dbaudit import __version__
from dbaudit.findings import Finding
from dbaudit.report.documents import ScanReport
from dbaudit.report.printable import one_line
from dbaudit.report.selection import few_that_matter
from dbaudit.report.terminal_findings import STYLES, grouped, height
from dbaudit.report.terminal_plan import query_plan
from dbaudit.report.terminal_text import INDENT, heading, paragraph
from dbaudit.report.wording import (
    counted,
    counts_by_rule,
    listed,
    rules_line,
    seconds_text,
    severity_count,
    target_label,
)

#: One screen; header, headings and the closing lines take at most so many of its lines.
SCREEN_LINES = 40
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
            width = options.max_width
            screen = max(console.height, SCREEN_LINES) if console.is_terminal else SCREEN_LINES
            yield from _one_screen(self.report.new_findings, width, screen - _LINES_AROUND)
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
    target = one_line(target_label(report.target))
    yield Text.assemble(("dbaudit", "bold"), (f" {__version__}  ", "dim"), target)
    counts = Text()
    for severity, count in report.counts().items():
        counts.append(severity_count(severity, count), style=STYLES[severity] if count else "dim")
        counts.append("  ")
    if report.suppressed:
        counts.append(f"{report.suppressed:,} known  ", style="dim")
    queries = f", {counted(len(report.queries), 'query', 'queries')}" if report.queries else ""
    tail = f"{rules_line(report)}{queries}, {seconds_text(report.seconds)}"
    yield counts.append(tail, style="dim")


def _all_findings(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    yield from grouped(findings, findings)
    if not findings:
        yield heading("No findings.", style="green")


def _one_screen(findings: Sequence[Finding], width: int, lines: int) -> Iterator[RenderableType]:
    shown, rest = few_that_matter(findings, lines, partial(height, width=width))
    yield from grouped(shown, findings)
    if not findings:
        yield heading("No new findings.", style="green")
    if rest:
        yield heading(f"… and {len(rest):,} more: {counts_by_rule(rest)}", style="none")
        yield paragraph("dbaudit scan -v shows all, --format json is for machines", style="dim")


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
