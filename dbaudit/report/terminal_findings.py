"""One finding, and findings grouped by severity, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from dbaudit.findings import Confidence, Finding, Severity
from dbaudit.report.printable import one_line
from dbaudit.report.terminal_text import INDENT, heading, paragraph, sql_lines
from dbaudit.report.wording import object_label

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}
_HEADINGS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "Info"}


def grouped(shown: Sequence[Finding], of: Sequence[Finding]) -> Iterator[RenderableType]:
    """The findings under a heading per severity; it says how many there are in all (`of`)."""
    for severity in Severity:
        group = [finding for finding in shown if finding.severity is severity]
        total = sum(finding.severity is severity for finding in of)
        if group:
            count = f"{total:,}" if total == len(group) else f"{len(group):,} of {total:,}"
            yield heading(f"{_HEADINGS[severity]} ({count})", style=STYLES[severity])
            for finding in group:
                yield from finding_lines(finding)


def finding_lines(finding: Finding) -> Iterator[RenderableType]:
    """What it is about, what is said of it, and the SQL that mends it."""
    yield title(finding)
    yield paragraph(finding.message, indent=INDENT)
    for sql in _statements(finding):
        yield from sql_lines(sql)
    if finding.remedy and _shows_summary(finding) and finding.remedy.summary:
        yield paragraph(f"→ {finding.remedy.summary}", style="cyan", indent=INDENT)


def title(finding: Finding) -> Text:
    """Mark, object, rule, and what lessens the claim: its confidence, the baseline."""
    text = Text().append(f"{_MARKS[finding.severity]} ", style=STYLES[finding.severity])
    text.append(one_line(object_label(finding.object)), style="bold")
    text.append(f"  {one_line(finding.rule)}", style="dim")
    if finding.confidence is not Confidence.CERTAIN:
        text.append(f" ({finding.confidence})", style="dim italic")
    if not finding.new:
        text.append(" (known)", style="dim")
    return text


def height(finding: Finding, width: int) -> int:
    """About how many lines the finding takes at this width; words that wrap early may add one."""
    texts = [title(finding).plain, " " * INDENT + one_line(finding.message)]
    texts += [text.plain for sql in _statements(finding) for text in sql_lines(sql)]
    if finding.remedy and _shows_summary(finding):
        texts.append(" " * INDENT + finding.remedy.summary)
    return sum(max(1, -(-cell_len(text) // width)) for text in texts)


def _shows_summary(finding: Finding) -> bool:
    """Where SQL stands it says all, but for a loop's: the code is what must be changed."""
    return not _statements(finding) or finding.category == "workload"


def _statements(finding: Finding) -> tuple[str, ...]:
    return finding.remedy.sql if finding.remedy else ()
