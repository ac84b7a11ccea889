"""What `apply` and `rollback` show while they work and when they are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from dbaudit.report.output import Destination, Format

if TYPE_CHECKING:
    from dbaudit.cli.console import Streams
    from dbaudit.migrate.events import BuildProgress, Event, OnEvent
    from dbaudit.migrate.preflight.concerns import Concern

#: What the spinner and the bar take of a line, with the spaces between.
_BAR_WIDTH = 14
_TAKEN_WIDTH = _BAR_WIDTH + 4

#: As much of an index's name as leaves room for the rest in 80 columns.
_NAME_WIDTH = 20

FORMATS = (Format.TERMINAL, Format.JSON, Format.MARKDOWN)


def deliver(
    document: Mapping[str, Any], destinations: Sequence[Destination], streams: Streams
) -> None:
    """Write the document of apply, rollback or status in each format asked for."""
    from dbaudit.report.json_values import json_safe, json_text
    from dbaudit.report.markdown_advice import applied_markdown
    from dbaudit.report.publish import publish
    from dbaudit.report.terminal_applied import AppliedView

    safe = json_safe(document)
    renderings = {
        Format.JSON: lambda: json_text(safe),
        Format.MARKDOWN: lambda: applied_markdown(safe),
    }
    publish(destinations, AppliedView(safe), renderings, streams.out)


def show_concerns(concerns: Sequence[Concern], streams: Streams) -> None:
    """What the preflight found, a line each; refusals are told even when quiet."""
    for concern in concerns:
        if concern.severity == "refusal":
            streams.err.print(f"refused: {concern}", style="red", soft_wrap=True)
        else:
            streams.note(f"warning: {concern}")


def question(concerns: Sequence[Concern]) -> str:
    """What is asked before anything is changed."""
    if any(concern.severity == "refusal" for concern in concerns):
        return "Apply the changes that are not refused?"
    return "Apply these changes?"


@contextmanager
def drawn_events(streams: Streams, known: Sequence[Concern] = ()) -> Iterator[OnEvent]:
    """Draw events on stderr: one moving line on a terminal, a line for what stays.

    What is `known` to the person already is not told again.
    """
    told = {str(concern) for concern in known}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=_BAR_WIDTH),
    )
    hidden = streams.is_quiet or not streams.err.is_terminal
    with Progress(*columns, console=streams.err, transient=True, disable=hidden) as progress:
        task = progress.add_task("preparing", total=None)

        def on_event(event: Event) -> None:
            line, share = _line(event)
            progress.update(
                task,
                description=_cut(line, streams.err.width),
                total=None if share is None else 100,
                completed=0 if share is None else round(share * 100),
            )
            if _stays(event, told):
                streams.note(line)

        yield on_event


def _cut(line: str, width: int) -> str:
    """The line as it fits before a bar, so that it never wraps."""
    room = max(20, width - _TAKEN_WIDTH)
    return line if len(line) <= room else f"{line[: room - 1]}…"


def _stays(event: Event, told: set[str]) -> bool:
    """What the report does not say again."""
    from dbaudit.migrate.events import Waiting, Warned

    is_known = isinstance(event, Warned) and event.message in told
    return isinstance(event, Warned | Waiting) and not is_known


def _line(event: Event) -> tuple[str, float | None]:
    """What an event says on one line, and how much of it is done (0 to 1), where known."""
    from dbaudit.migrate import events

    match event:
        case events.Warned(message):
            return f"note: {message}", None
        case events.Measuring(when, query, number, total, round_):
            again = f", round {round_}" if round_ > 1 else ""
            return f"measuring {when}: {query}{again}", number / total
        case events.StepStarted(action, name, _):
            return f"{action} {name}", None
        case events.BuildProgress(share=share):
            return _progress_line(event), share
        case events.Waiting(name, reason, seconds):
            return f"{name}: {reason}; trying again in {seconds:.0f} s", None
        case events.IndexDone(index):
            return f"{index.name}: {index.outcome.replace('_', ' ')}, {index.reason}", None
        case events.DropDone(drop):
            return f"{drop.name}: {drop.outcome.replace('_', ' ')}, {drop.reason}", None


def _progress_line(progress: BuildProgress) -> str:
    """What a build or drop is at, its name shortened so that the rest is seen too."""
    if progress.waiting_for:
        state = f"waits for {progress.waiting_for}"
    else:
        state = progress.phase
        if progress.share is not None:
            state += f", {progress.share:.0%}"
        if progress.seconds_left is not None:
            state += f", {_time_text(progress.seconds_left)} left"
    name = progress.name
    if len(name) > _NAME_WIDTH:
        name = f"{name[: _NAME_WIDTH // 2]}…{name[-_NAME_WIDTH // 2 + 1 :]}"
    return f"{progress.action} {name}: {state}"


def _time_text(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
