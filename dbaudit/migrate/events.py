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
    """A query is being measured, the `number`-th of `total` in a round.

    `when` is `before`, `after`, or `in turn` with and without an index. The first round warms up.
    """

    when: str
    query: str
    number: int
    total: int
    round: int = 1


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A `build`, `drop` or `attach` begins; `statement` is what runs."""

    action: str
    name: str
    statement: str


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build or drop is: its phase, and the share of the whole done (0 to 1), where known.

    `seconds_left` is an estimate from the time that the share took; `waiting_for` names the
    transaction that is waited for, if any. It comes from another thread than the one that called
    `apply`.
    """

    name: str
    phase: str
    share: float | None
    seconds_left: float | None = None
    waiting_for: str = ""
    action: str = "build"


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
