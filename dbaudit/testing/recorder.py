"""Records what tests send: to a file for all of them, in memory for the test that is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from dbaudit.testing.judge import judged
from dbaudit.testing.rules import Rules
from dbaudit.trace import Tracer
from dbaudit.trace.writer import FileWriter
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.trace_file import traced_execution

#: Statements of one test that are kept to look for loops; of more, those after them are counted.
MAX_KEPT = 20_000

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Recorder:
    """Hooks every library that is installed, until it is closed."""

    def __init__(self, root: str, path: Path | None) -> None:
        self._writer = FileWriter(str(path)) if path is not None else None
        self._lock = Lock()
        self._is_judging = False
        self._sent: list[Execution] = []
        self._count = 0
        self._ms = 0.0
        self._tracer = Tracer(self._take, root=root, writer=self._writer).everything()

    def close(self) -> None:
        """Take every hook back and write what waits."""
        self._tracer.close()

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
        if not self._is_judging:
            return
        execution = traced_execution(line, InputTally("a test"))
        if execution is None:
            return
        with self._lock:
            self._count += 1
            self._ms += execution.duration_ms or 0.0
            if len(self._sent) < MAX_KEPT:
                self._sent.append(execution)

    def problems(self, rules: Rules) -> str:
        """What the test that ended did against its rules, to be read on one screen, or nothing."""
        return judged(rules, self._sent, self._count, self._ms)
