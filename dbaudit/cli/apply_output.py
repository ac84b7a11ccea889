"""What `apply` and `rollback` show while they work and when they are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dbaudit.report.output import Destination, Format

if TYPE_CHECKING:
    from dbaudit.cli.console import Streams
    from dbaudit.migrate.concerns import Concern
    from dbaudit.migrate.events import BuildProgress, Event, OnEvent

#: What a progress bar takes of a line: the spinner, the bar and its figures.
_BAR_WIDTH = 44

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
    with streams.progress() as progress:
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
    room = max(20, width - _BAR_WIDTH)
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
        case events.Measuring(when, query, number, total):
            return f"measuring {when}: {query}", number / total
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
    """What a build is at: the wait or the time left first, as names may be long."""
    doing = f"{progress.action} {progress.name}: {progress.phase}"
    if progress.waiting_for:
        return f"{doing}: {progress.waiting_for}"
    if progress.seconds_left is not None:
        return f"{doing}, {_time_text(progress.seconds_left)} left"
    return doing


def _time_text(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
