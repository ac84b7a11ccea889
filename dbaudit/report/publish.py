"""A report in every format asked for, each brought to its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console, RenderableType

from dbaudit.findings import Severity
from dbaudit.report.documents import ScanReport, scan_document
from dbaudit.report.json_values import json_text
from dbaudit.report.junit import scan_junit
from dbaudit.report.markdown import scan_markdown
from dbaudit.report.markdown_workload import workload_markdown
from dbaudit.report.output import Destination, Format, deliver
from dbaudit.report.terminal_text import file_console, terminal_text
from dbaudit.report.workload import WorkloadReport, workload_document

#: How each machine format of a report is made; its keys and the terminal are what is offered.
Renderings = Mapping[Format, Callable[[], str]]


def scan_renderings(report: ScanReport, threshold: Severity | None) -> Renderings:
    """The machine formats of `scan` and `explain`; `threshold` is that of `--fail-on`."""
    return {
        Format.JSON: lambda: json_text(scan_document(report)),
        Format.MARKDOWN: lambda: scan_markdown(report),
        Format.JUNIT: lambda: scan_junit(report, threshold),
    }


def workload_renderings(report: WorkloadReport, threshold: Severity | None) -> Renderings:
    """The machine formats of `workload`; `threshold` is that of `--fail-on`."""
    return {
        Format.JSON: lambda: json_text(workload_document(report)),
        Format.MARKDOWN: lambda: workload_markdown(report),
        Format.JUNIT: lambda: scan_junit(report.scan, threshold),
    }


def publish(
    destinations: Sequence[Destination],
    view: RenderableType,
    renderings: Renderings,
    console: Console,
) -> None:
    """Write the report everywhere; `view` is its terminal form, `console` the one of stdout.

    Stdout comes first: what is shown is not lost when a file cannot be written (ReportError).
    """
    for destination in sorted(destinations, key=lambda each: each.path is not None):
        if destination.format is Format.TERMINAL:
            shown_on = console if destination.path is None else file_console()
            text = terminal_text(view, shown_on)
        else:
            text = renderings[destination.format]()
        deliver(destination, text)
