"""What `apply` and `rollback` tell while they work, for whoever draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbaudit.migrate.outcome import DropOutcome, IndexOutcome


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person should know; the work goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Measuring:
    """A query is being measured, the `number`-th of `total`; `when` is `before` or `after`."""

    when: str
    query: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A `build`, `drop` or `attach` begins; `statement` is what runs."""

    action: str
    name: str
    statement: str


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """pg_stat_progress_create_index: the phase, and its share done (0 to 1) where it is known.

    It comes from another thread than the one that called `apply`.
    """

    name: str
    phase: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """`apply` waits `seconds` before it tries again, and why."""

    name: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class IndexDone:
    """An index has its outcome."""

    index: IndexOutcome


@dataclass(frozen=True, slots=True)
class DropDone:
    """A drop has its outcome."""

    drop: DropOutcome


Event = Warned | Measuring | StepStarted | BuildProgress | Waiting | IndexDone | DropDone
OnEvent = Callable[[Event], None]
