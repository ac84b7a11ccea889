"""The first two lines on the terminal: what was looked at, and how much was found."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from dbaudit import __version__
from dbaudit.report.documents import ScanReport
from dbaudit.report.printable import one_line
from dbaudit.report.terminal_findings import STYLES
from dbaudit.report.wording import severity_count


def header(where: str, report: ScanReport, tail: str) -> Iterator[RenderableType]:
    """Where it looked; then the findings by severity, the known ones, and the tail."""
    yield Text.assemble(("dbaudit", "bold"), (f" {__version__}  ", "dim"), one_line(where))
    counts = Text()
    for severity, count in report.counts().items():
        counts.append(severity_count(severity, count), style=STYLES[severity] if count else "dim")
        counts.append("  ")
    if report.suppressed:
        counts.append(f"{report.suppressed:,} known  ", style="dim")
    yield counts.append(tail, style="dim")
