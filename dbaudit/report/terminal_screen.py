"""The findings that matter most, as many as a screen holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console, RenderableType

from dbaudit.findings import Finding
from dbaudit.report.selection import few_that_matter
from dbaudit.report.terminal_findings import grouped, height
from dbaudit.report.terminal_text import heading, paragraph
from dbaudit.report.wording import counts_by_rule

#: What a screen holds at least, and what is shown where there is none.
_LINES = 40


@dataclass(frozen=True, slots=True)
class Screen:
    """The room for findings: columns and lines."""

    width: int
    lines: int


def lines_of(console: Console) -> int:
    """How many lines of the console one likes to read at once."""
    return max(console.height, _LINES) if console.is_terminal else _LINES


def few(findings: Sequence[Finding], screen: Screen, more: str) -> Iterator[RenderableType]:
    """The few that matter most; where some are left out, how many and `more`: how to see them."""
    shown, rest = few_that_matter(findings, screen.lines, partial(height, width=screen.width))
    yield from grouped(shown, findings)
    if not findings:
        yield heading("No new findings.", style="green")
    if rest:
        yield heading(f"… and {len(rest):,} more: {counts_by_rule(rest)}", style="none")
        yield paragraph(more, style="dim")
