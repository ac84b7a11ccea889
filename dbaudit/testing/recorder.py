"""Records what tests send: to a file for all of them, in memory for the test that is judged."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from dbaudit.testing.judge import judged
from dbaudit.testing.rules import Rules
from dbaudit.trace import Tracer
from dbaudit.trace.writer import FileWriter
from dbaudit.traffic.eager_load import EagerLoad, EagerLoads, add_eager_loads
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.trace_file import told_by

#: Statements of one test that are kept to look for loops; of more, those after them are counted.
MAX_KEPT = 20_000

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Recorder:
    """Hooks every library that is installed, until it is closed."""

    def __init__(self, root: str, path: Path | None) -> None:
        self._writer = FileWriter(str(path)) if path is not None else None
        # Reentrant: objects may go, and tell of what was not read of them, within it.
        self._lock = RLock()
        self._eager_loads: EagerLoads = {}
        self._is_judging = False
        self._sent: list[Execution] = []
        self._count = 0
        self._ms = 0.0
        self._tracer = Tracer(self._take, root=root, writer=self._writer).everything()

    def close(self) -> None:
        """Take every hook back and write what waits."""
        self._tracer.close()

    def watch_eager_loads(self) -> None:
        """Record which relationships are loaded with the rows of a query and never read."""
        self._tracer.eager_loads()

    @property
    def eager_loads(self) -> EagerLoads:
        """What is known of them when all tests have ended."""
        gc.collect()  # objects of a cycle are not read any more either
        return self._eager_loads

    def add_eager_loads(self, loads: Iterable[EagerLoad]) -> None:
        """Add what another process has found out."""
        with self._lock:
            add_eager_loads(self._eager_loads, loads)

    @contextmanager
    def unit(self, name: str, *, is_judged: bool = False) -> Iterator[None]:
        """What is sent meanwhile, by whatever thread, belongs to one test."""
        self._sent, self._count, self._ms = [], 0, 0.0
        self._is_judging = is_judged
        try:
            with self._tracer.everywhere(name):
                yield
        finally:
            self._is_judging = False

    def _take(self, line: dict[str, Any]) -> None:
        if self._writer is not None:
            self._writer.put(_encode(line).encode() + b"\n")
        if "eager" in line:
            self.add_eager_loads([EagerLoad.of_record(line)])
            return
        if not self._is_judging:
            return
        execution = told_by(line, InputTally("a test"))
        if not isinstance(execution, Execution):
            return
        with self._lock:
            self._count += 1
            self._ms += execution.duration_ms or 0.0
            if len(self._sent) < MAX_KEPT:
                self._sent.append(execution)

    def problems(self, rules: Rules) -> str:
        """What the test that ended did against its rules, to be read on one screen, or nothing."""
        return judged(rules, self._sent, self._count, self._ms)
