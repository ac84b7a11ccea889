"""Logs summed up in bounded memory, by as many processes as there are cores."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import active_children, get_context

from dbaudit.errors import LogError
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile, divide
from dbaudit.traffic.logged_plans import LoggedPlans
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.reading import ReadOptions, read_logs
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.steps import Steps
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.totals import Totals

#: A process takes half a second to begin; a second one must have more to read than that.
_LEAST_BYTES_A_PROCESS = 48 * 2**20
#: Executions that are summed up together.
_TOGETHER = 500
_TUPLES_BETWEEN_COLLECTIONS = 200_000


@dataclass(slots=True)
class Sums:
    """What is known of all executions that were read; `tallies` are by source.

    `plans` are the documents of auto_explain with the statement's text, the costliest by text.
    """

    totals: Totals = field(default_factory=Totals)
    finder: LoopFinder = field(default_factory=LoopFinder)
    plans: LoggedPlans = field(default_factory=LoggedPlans)
    tallies: dict[str, InputTally] = field(default_factory=dict)

    def add(self, executions: Iterable[Execution], shapes: Shapes) -> None:
        """Add executions in the order of their source."""
        rest = iter(executions)
        while some := list(islice(rest, _TOGETHER)):
            self.add_steps(Steps.of(some, shapes))

    def add_steps(self, steps: Steps) -> None:
        """Add executions and what was seen of them, in the order of their source."""
        self.totals.add(steps)
        self.finder.add_all(steps)
        if steps.told is not None and any(steps.told.plan):
            for seen, execution in steps.pairs:
                self.plans.add(seen[0].name, execution)

    def account(self, tallies: Iterable[InputTally]) -> None:
        """Add the accounts of inputs, or of parts of them."""
        for tally in tallies:
            if tally.source in self.tallies:
                self.tallies[tally.source].add(tally)
            else:
                self.tallies[tally.source] = tally

    def merge(self, later: Sums) -> None:
        """Add what another process read, later in time; `later` must not be used any more."""
        self.totals.merge(later.totals)
        self.finder.go_on(later.finder)
        self.plans.merge(later.plans)
        self.account(later.tallies.values())


def sums_of_logs(
    logs: Sequence[LogFile], options: ReadOptions, processes: int | None = None
) -> Sums:
    """All that logs hold, read by several processes where that pays.

    Raises LogError for a log that cannot be read.
    """
    shares = divide(logs, _processes(logs) if processes is None else processes)
    if len(shares) < 2:
        return _sums_of_share(tuple(logs), options, LoopFinder())
    return _in_parallel(shares, options)


def _processes(logs: Sequence[LogFile]) -> int:
    sizes = (os.stat(log.path).st_size for log in logs if not log.is_stdin)  # noqa: PTH116
    return max(1, min(len(os.sched_getaffinity(0)), sum(sizes) // _LEAST_BYTES_A_PROCESS))


def _sums_of_share(logs: Sequence[LogFile], options: ReadOptions, finder: LoopFinder) -> Sums:
    sums, tallies = Sums(finder=finder), list[InputTally]()
    with _seldom_collected():
        sums.add(read_logs(logs, options, tallies), Shapes())
        finder.pause()
    sums.account(tallies)
    return sums


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for cycles seldom: tuples are made by the million here, and hold none.

    It saves a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(_TUPLES_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _in_parallel(shares: Sequence[Sequence[LogFile]], options: ReadOptions) -> Sums:
    """The first share is read here, the others by a process each, and added in order of time."""
    with ProcessPoolExecutor(len(shares) - 1, get_context("spawn"), _end_by_interrupt) as pool:
        others = [
            pool.submit(_sums_of_share, share, options, LoopFinder(goes_on=True))
            for share in shares[1:]
        ]
        is_done = False
        try:
            sums = _sums_of_share(shares[0], options, LoopFinder())
            for other in others:
                sums.merge(other.result())
            is_done = True
        except BrokenProcessPool:
            raise LogError(
                "a process that read a part of the logs was ended from outside; run it again"
            ) from None
        finally:
            if not is_done:
                _stop(pool)
    return sums


def _end_by_interrupt() -> None:
    """Ctrl-C reaches every process of the terminal; only the first one has something to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(pool: ProcessPoolExecutor) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    for process in active_children():
        process.terminate()
