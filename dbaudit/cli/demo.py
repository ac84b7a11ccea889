"""`dbaudit demo`: the whole loop on an example system in an embedded PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbaudit.cli import options as opt
from dbaudit.cli.apply_output import FORMATS, drawn_events
from dbaudit.cli.console import Streams, streams
from dbaudit.cli.progress import DrawnSteps
from dbaudit.report.output import Format, check_destinations, parse_destinations

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dbaudit.audit.steps import Steps
    from dbaudit.demo.run import DemoOutcome
    from dbaudit.migrate.events import OnEvent
    from dbaudit.report.documents import ScanReport

DEFAULT_SYSTEM = "web-cache"


def demo(
    system: Annotated[
        str, typer.Argument(metavar="[SYSTEM]", help="Which example system.")
    ] = DEFAULT_SYSTEM,
    list_: Annotated[bool, typer.Option("--list", help="List the example systems.")] = False,
    scale: Annotated[
        int | None,
        typer.Option("--scale", min=1, help="Rows of the system's largest table."),
    ] = None,
    hand_written: Annotated[
        bool,
        typer.Option(
            "--hand-written-indexes", help="Begin with the indexes that the system's authors made."
        ),
    ] = False,
    formats: opt.Formats = None,
    output: opt.Output = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Run the whole loop on an example system.

    Load it without its indexes, scan, advise, apply, verify, report. It runs in a PostgreSQL that
    dbaudit starts itself, and leaves nothing behind.
    """
    from dbaudit.demo.run import run_demo
    from dbaudit.demo.systems import find_system, list_systems
    from dbaudit.migrate.outcome import require_success
    from dbaudit.report.publish import publish

    said = streams(quiet=quiet, no_color=no_color)
    if list_:
        for known in list_systems():
            said.out.print(f"{known.name:16} {known.title}: {known.summary}", soft_wrap=True)
        return
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    started = (datetime.now(UTC), time.monotonic())
    outcome = run_demo(find_system(system), scale, DrawnScreen(said), hand_written=hand_written)
    report = _report(outcome, *started)
    publish(
        destinations,
        _view(outcome, report, everything=verbose > 0),
        _renderings(outcome, report),
        said.out,
    )
    require_success(outcome.result)


@dataclass(frozen=True, slots=True)
class DrawnScreen:
    """The demo's progress on stderr."""

    streams: Streams

    @contextmanager
    def loading(self) -> Iterator[Callable[[str, int, int], None]]:
        """A bar of batches."""
        with self.streams.progress() as progress:
            task = progress.add_task("loading", total=None)
            yield lambda label, done, total: progress.update(
                task, description=f"loading {label}", completed=done, total=total
            )

    @contextmanager
    def steps(self) -> Iterator[Steps]:
        """A bar a step."""
        with self.streams.progress() as progress:
            yield DrawnSteps(progress)

    def applying(self) -> AbstractContextManager[OnEvent]:
        """A moving line, as `apply` shows it."""
        return drawn_events(self.streams)


def _report(outcome: DemoOutcome, started_at: datetime, started: float) -> ScanReport:
    from dbaudit.cli.scan_report import scan_report

    findings = outcome.audit.evaluation.findings
    seconds = time.monotonic() - started
    return scan_report(outcome.audit, findings, outcome.rules, started_at, seconds)


def _view(outcome: DemoOutcome, report: ScanReport, *, everything: bool) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from dbaudit.migrate.outcome import result_document
    from dbaudit.report.terminal import ScanView
    from dbaudit.report.terminal_advice import AdviceView
    from dbaudit.report.terminal_applied import AppliedView
    from dbaudit.report.wording import advice_line

    advice = AdviceView(outcome.advice, everything) if everything else None
    return Group(
        Text(f"{outcome.system.title}, before\n", style="bold"),
        ScanView(report, everything),
        "",
        advice or Text(advice_line(outcome.advice), style="bold"),
        "",
        Text("Applied and measured\n", style="bold"),
        AppliedView({**result_document(outcome.result), "ledger_id": None}),  # gone by now
    )


def _renderings(outcome: DemoOutcome, report: ScanReport) -> Mapping[Format, Callable[[], str]]:
    from dbaudit.report.json_values import json_safe, json_text
    from dbaudit.report.markdown import scan_markdown
    from dbaudit.report.markdown_advice import advice_markdown, applied_markdown

    document = json_safe(_document(outcome, report))
    return {
        Format.JSON: lambda: json_text(document),
        Format.MARKDOWN: lambda: "\n".join(
            (scan_markdown(report), advice_markdown(outcome.advice), applied_markdown(document))
        ),
    }


def _document(outcome: DemoOutcome, report: ScanReport) -> dict[str, Any]:
    """The document of `apply` with the system's name and the findings added."""
    from dbaudit.migrate.outcome import result_document
    from dbaudit.report.documents import finding_document

    return {
        **result_document(outcome.result),
        "system": outcome.system.name,
        "findings": [finding_document(finding) for finding in report.findings],
    }
