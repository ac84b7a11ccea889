"""How far a long piece of work has come; the command line draws it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

#: Called as one unit of a step begins, with its name.
Advance = Callable[[str], None]


class Steps(Protocol):
    """Shows the steps of a piece of work."""

    def step(self, name: str, total: int | None) -> AbstractContextManager[Advance]:
        """Begin a step of so many units (None when unknown); the context gives its Advance."""


class SilentSteps:
    """Steps that nobody watches."""

    def step(self, name: str, total: int | None) -> AbstractContextManager[Advance]:
        """A step that is not shown."""
        return nullcontext(lambda _: None)
