"""What became of every line of an input: nothing is skipped without being counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dbaudit.traffic.eager_load import EagerLoads, add_eager_loads


@dataclass(slots=True)
class InputTally:
    """The account of one input, filled while it is read.

    `lines` are all its lines; each is part of an entry or in `skipped`, which counts lines by the
    reason why they could not be used. `entries` are what the server wrote (csvlog's records,
    stderr's messages with their details), `statements` the executions that came of them; the other
    entries tell of something else, or were left out by time. `notes` counts what was read but is
    not quite as it should be: characters that were replaced, parameters that were cut. Of what is
    no statement a trace tells `eager_loads`, by place and relationship.
    """

    source: str
    format: str | None = None
    bytes: int = 0
    lines: int = 0
    entries: int = 0
    statements: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    eager_loads: EagerLoads = field(default_factory=dict)

    @property
    def skipped_lines(self) -> int:
        """How many lines could not be used, for whatever reason."""
        return self.skipped.total()

    def skip(self, reason: str, lines: int = 1) -> None:
        """Count lines that could not be used."""
        if lines:
            self.skipped[reason] += lines

    def note(self, what: str, times: int = 1) -> None:
        """Count something that whoever reads the result should know."""
        if times:
            self.notes[what] += times

    def add(self, other: InputTally) -> None:
        """Add what another reader found in another part of the same input."""
        self.format = self.format or other.format
        self.bytes += other.bytes
        self.lines += other.lines
        self.entries += other.entries
        self.statements += other.statements
        self.skipped.update(other.skipped)
        self.notes.update(other.notes)
        add_eager_loads(self.eager_loads, other.eager_loads.values())
