"""What the ledger holds: one entry before each step and one after it, never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Step(StrEnum):
    """What is done to the target."""

    APPLY = "apply"  # the whole run: `done` holds its document
    BUILD = "build"
    TAKE_BACK = "take_back"  # a built index is dropped again
    DROP = "drop"
    RESTORE = "restore"  # a dropped index is built again


class State(StrEnum):
    """How far a step is. Without `done` or `failed` behind it, `begun` was interrupted."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; `at` is the time in UTC, ISO 8601, given by the ledger.

    `detail` holds what is needed to undo the step, or to tell how it ended.
    """

    ledger_id: str
    step: Step
    state: State
    schema: str = ""
    name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


class Ledger(Protocol):
    """Where the entries are kept; they are safe on disk when `append` returns."""

    @property
    def place(self) -> str:
        """Where it is, as people are told."""

    def append(self, entry: Entry) -> None:
        """Write one entry down."""

    def entries(self) -> list[Entry]:
        """All entries, the oldest first."""
