"""What applications sent, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.report.markdown import scan_markdown
from dbaudit.report.markdown_text import code, inline, table
from dbaudit.report.wording import counted
from dbaudit.report.workload import WorkloadReport
from dbaudit.report.workload_wording import (
    CELLS,
    input_line,
    input_remarks,
    totals_line,
    workload_label,
)

#: A cell with a longer statement makes the table unreadable; the JSON has it whole.
_MOST_CHARACTERS = 200


def workload_markdown(report: WorkloadReport) -> str:
    """The statements as a table, the findings as in a scan, the inputs."""
    findings = scan_markdown(report.scan).partition("\n")[2]
    lines = [
        f"## dbaudit: {inline(workload_label(report))}",
        "",
        totals_line(report),
        "",
        *_statements(report),
        *_inputs(report),
        findings.lstrip("\n"),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _statements(report: WorkloadReport) -> Iterator[str]:
    if not report.statements:
        return
    columns = ["share", "total", "calls", "mean", "p95", *["change"] * report.is_compared]
    rows = [
        (code(_cut(each.text)), *(CELLS[column](each) for column in columns))
        for each in report.statements
    ]
    yield f"### {counted(len(rows), 'statement')}"
    yield ""
    yield from table(("statement", *columns), rows)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _inputs(report: WorkloadReport) -> Iterator[str]:
    for each in report.inputs:
        yield f"- {inline(input_line(each))}"
        yield from (f"  - {inline(remark)}" for remark in input_remarks(each))
    for remark in report.remarks:
        yield f"- {inline(remark)}"
    yield ""
