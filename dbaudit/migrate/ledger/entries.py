"""What the ledger holds: one entry before each step and one after it, never changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from dbaudit.errors import ApplyError


class Step(StrEnum):
    """What is done to the target."""

    APPLY = "apply"  # the whole run: `done` holds its document
    BUILD = "build"
    TAKE_BACK = "take_back"  # a built index is dropped again
    DROP = "drop"
    RESTORE = "restore"  # a dropped index is built again
    TRIAL = "trial"  # an index is watched before it is dropped


class State(StrEnum):
    """How far a step is. Without `done` or `failed` behind it, `begun` was interrupted.

    A trial goes on while it is `begun`; `failed` says that the index was used meanwhile.
    """

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; `at` is the time in UTC, ISO 8601, by the target's own clock.

    `detail` holds what is needed to undo the step, or to tell how it ended.
    """

    ledger_id: str
    step: Step
    state: State
    schema: str = ""
    name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


def entry_of(row: Sequence[Any], place: str) -> Entry:
    """The entry in a row: its number, ledger_id, step, state, schema, name, detail and time.

    Raises ApplyError for one that this version does not understand: what it left on the target
    cannot be judged.
    """
    number, ledger_id, step, state, schema, name, detail, at = row
    where = f"{place}, entry {number}"
    try:
        return Entry(ledger_id, Step(step), State(state), schema, name, _read(detail), at)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            reason = "its detail is not what dbaudit wrote; undo what was changed there by hand"
        else:
            reason = f"{error}: it is of a newer dbaudit; use that one here"
        raise ApplyError(f"{where}: {reason}") from None


def _read(detail: str) -> Mapping[str, Any]:
    found = json.loads(detail)
    if not isinstance(found, dict):
        raise json.JSONDecodeError("expected an object", detail, 0)
    return found


class Ledger(Protocol):
    """Where the entries are kept; they are safe on disk when `append` returns."""

    @property
    def place(self) -> str:
        """Where it is, as people are told."""

    def append(self, entry: Entry) -> None:
        """Write one entry down."""

    def entries(self) -> list[Entry]:
        """All entries, the oldest first."""
