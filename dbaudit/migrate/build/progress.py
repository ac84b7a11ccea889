"""A concurrent build or drop, followed on a second connection while the first one is busy with it.

It tells how far it is and who is waited for, and it cancels what has waited too long. Phases of
work may take as long as they need. A lock_timeout is none of that: it counts anew for each of the
transactions that are waited for, and cannot say which of them was in the way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dbaudit.errors import QueryError, TargetError
from dbaudit.migrate.build.phases import phase_words, seconds_left, share_of_whole
from dbaudit.migrate.build.waiting import Action, Blocker, in_the_way, outlasted
from dbaudit.migrate.events import BuildProgress, OnEvent, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session, connect
from dbaudit.targets.writer import Writer

#: Short statements end before the second connection is made.
POLL_SECONDS = 0.25

#: A wait that is worth a line that stays, for those who read it in a log.
LONG_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the statement is at: `phase` and its `share` done of a build, `blocker` of a wait."""

    phase: str
    share: float | None
    blocker: Blocker | None


@dataclass(slots=True)
class Watch:
    """One statement of the writer, followed from a thread; `gave_up` says why it was cancelled."""

    writer: Writer
    name: str
    action: Action
    options: ApplyOptions
    on_event: OnEvent
    gave_up: str = ""

    def follow(self, stopped: threading.Event) -> None:
        """Look again and again until it is stopped."""
        if stopped.wait(POLL_SECONDS):
            return
        try:
            with connect(self.writer.session.target) as session:
                self._follow(session, stopped)
        except TargetError as error:
            self.on_event(Warned(f"the progress of {self.name} cannot be told: {error}"))

    def _follow(self, session: Session, stopped: threading.Event) -> None:
        clock = Clock(time.monotonic())
        while not stopped.wait(POLL_SECONDS):
            try:
                sample = _sample(session, self.writer.pid)
            except QueryError:  # a busy server: the next look may do
                continue
            if sample is None:
                continue
            clock.tick(sample, time.monotonic())
            self._tell(sample, clock)
            if sample.blocker is not None and clock.is_worth_a_word():
                waits = in_the_way(sample.blocker, self.action)
                self.on_event(Warned(f"{self.name}: {waits}"))
            if sample.blocker is not None and clock.waited >= self.options.wait_ms / 1000:
                self.gave_up = outlasted(sample.blocker, self.action, self.options)
                session.rows("select pg_catalog.pg_cancel_backend(%s)", (self.writer.pid,))
                return

    def _tell(self, sample: Sample, clock: Clock) -> None:
        share = share_of_whole(sample.phase, sample.share)
        words = phase_words(sample.phase) or "waiting for the table"
        left = seconds_left(share, clock.worked)
        waiting_for = sample.blocker.who if sample.blocker else ""
        told = BuildProgress(self.name, words, share, left, waiting_for, self.action)
        self.on_event(told)


@dataclass(slots=True)
class Clock:
    """How long a statement has worked, and waited in the phase that it is in; seconds."""

    at: float
    phase: str = ""
    waited: float = 0.0
    worked: float = 0.0
    is_told: bool = False

    def tick(self, sample: Sample, now: float) -> None:
        """Count the time since the last look as the state that is seen now."""
        if sample.phase != self.phase:
            self.phase, self.waited, self.is_told = sample.phase, 0.0, False
        if sample.blocker is not None:
            self.waited += now - self.at
        else:
            self.worked += now - self.at
        self.at = now

    def is_worth_a_word(self) -> bool:
        """Whether this wait has become long, once for each of them."""
        was_told, self.is_told = self.is_told, self.is_told or self.waited >= LONG_WAIT_SECONDS
        return self.is_told and not was_told


@contextmanager
def watched_statement(
    writer: Writer, name: str, action: Action, options: ApplyOptions, on_event: OnEvent
) -> Iterator[Watch]:
    """Follow what the writer runs in the block, from a thread and a connection of its own.

    The thread has ended when the block has: a cancel can meet no later statement.
    """
    watch = Watch(writer, name, action, options, on_event)
    stopped = threading.Event()
    thread = threading.Thread(
        target=watch.follow, args=(stopped,), name="dbaudit-progress", daemon=True
    )
    thread.start()
    try:
        yield watch
    finally:
        stopped.set()
        thread.join()


def _sample(session: Session, pid: int) -> Sample | None:
    rows = session.rows(sql_file("build_progress"), (pid,))
    if not rows:
        return None
    phase, blocks_done, blocks_total, tuples_done, tuples_total, is_waiting, *who = rows[0]
    share = _share(blocks_done, blocks_total) or _share(tuples_done, tuples_total)
    return Sample(phase or "", share, Blocker("", *who) if is_waiting else None)


def _share(done: int | None, total: int | None) -> float | None:
    """The view's counters are of the phase at hand, and zero where it has none."""
    return min(1.0, done / total) if done and total else None
