"""How long a proof may take."""

from __future__ import annotations

import time
from dataclasses import dataclass

#: A statement gets so long at least, whatever was spent before it.
LEAST_LIMIT_MS = 1000.0

#: A slow statement may take so many times its even part of what is left; the quick ones leave it.
_GENEROSITY = 4.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, by the machine's steady clock: no change of the wall clock moves it."""

    at: float

    @classmethod
    def after(cls, ms: float) -> Deadline:
        """The moment so many milliseconds from now."""
        return cls(time.monotonic() + ms / 1000)

    @property
    def left_ms(self) -> float:
        """The milliseconds until then, 0 when it is over."""
        return max(0.0, (self.at - time.monotonic()) * 1000)

    def part(self, share: float) -> Deadline:
        """The moment when so much of what is left now is gone."""
        return Deadline.after(self.left_ms * share)

    def limit_ms(self, statements: int) -> float:
        """How long the next of so many statements may run, so that each still has its turn."""
        left = self.left_ms
        return max(LEAST_LIMIT_MS, min(left, _GENEROSITY * left / max(statements, 1)))
