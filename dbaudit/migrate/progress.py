"""How far a build is, asked on a second connection while the first one is busy building."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dbaudit.errors import TargetError
from dbaudit.migrate.events import BuildProgress, OnEvent, Warned
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session, connect
from dbaudit.targets.writer import Writer

#: Short builds end before the second connection is made.
POLL_SECONDS = 0.25


@contextmanager
def reported(writer: Writer, name: str, on_event: OnEvent) -> Iterator[None]:
    """Tell of the progress of what the writer builds meanwhile, from a thread of its own."""
    stopped = threading.Event()
    thread = threading.Thread(
        target=_poll, args=(writer, name, on_event, stopped), name="dbaudit-progress", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _poll(writer: Writer, name: str, on_event: OnEvent, stopped: threading.Event) -> None:
    if stopped.wait(POLL_SECONDS):
        return
    try:
        with connect(writer.session.target) as session:
            while not stopped.wait(POLL_SECONDS):
                if progress := _progress(session, writer.pid, name):
                    on_event(progress)
    except TargetError as error:
        on_event(Warned(f"the progress of {name} cannot be told: {error}"))


def _progress(session: Session, pid: int, name: str) -> BuildProgress | None:
    rows = session.rows(sql_file("build_progress"), (pid,))
    if not rows:
        return None
    phase, blocks_done, blocks_total, tuples_done, tuples_total = rows[0]
    return BuildProgress(
        name, phase, _share(blocks_done, blocks_total) or _share(tuples_done, tuples_total)
    )


def _share(done: int | None, total: int | None) -> float | None:
    """The view's counters are of the phase at hand, and zero where it has none."""
    return min(1.0, done / total) if done and total else None
