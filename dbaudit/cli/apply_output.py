"""What `apply` and `rollback` show while they work and when they are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dbaudit.report.output import Destination, Format

if TYPE_CHECKING:
    from dbaudit.cli.console import Streams
    from dbaudit.migrate.events import Event, OnEvent

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


@contextmanager
def drawn_events(streams: Streams) -> Iterator[OnEvent]:
    """Draw events on stderr: one moving line on a terminal, a line for what stays."""
    with streams.progress() as progress:
        task = progress.add_task("preparing", total=None)

        def on_event(event: Event) -> None:
            line, share = _line(event)
            progress.update(
                task,
                description=line,
                total=None if share is None else 100,
                completed=0 if share is None else round(share * 100),
            )
            if _stays(event):
                streams.note(line)

        yield on_event


def _stays(event: Event) -> bool:
    """What the report does not say again."""
    from dbaudit.migrate.events import Waiting, Warned

    return isinstance(event, Warned | Waiting)


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
        case events.BuildProgress(name, phase, share):
            return f"build {name}: {phase}", share
        case events.Waiting(name, reason, seconds):
            return f"{name}: {reason}; trying again in {seconds:.0f} s", None
        case events.IndexDone(index):
            return f"{index.name}: {index.outcome.replace('_', ' ')}, {index.reason}", None
        case events.DropDone(drop):
            return f"{drop.name}: {drop.outcome.replace('_', ' ')}, {drop.reason}", None
