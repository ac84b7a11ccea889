"""A session's statements since its unit of work began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dbaudit.traffic.loop import LoopKey, Turns
from dbaudit.traffic.shapes import Step

#: So many statements before a pause may have led to what follows it.
_LEADING = 2


@dataclass(slots=True)
class Opened:
    """The loops that may have begun before a unit's steps, where another finder has its begin.

    `turns` are those so far; all that is found at the begin is among them until `is_searched`.
    """

    session: str
    turns: dict[LoopKey, Turns] = field(default_factory=dict)
    is_searched: bool = False


@dataclass(slots=True)
class Session:
    """What is kept of a session.

    `is_inside` says whether a transaction was open before its steps, None where nothing tells;
    `was_cut` that the steps are the rest of a unit. `carried` are the turns so far of loops that
    reach to the end of what was cut off. `is_head` says that the unit may have begun in the part
    before, `opened` what is known of the loops in one that did.
    """

    steps: list[Step] = field(default_factory=list)
    last_at: float = float("-inf")
    request: str | None = None
    is_inside: bool | None = False
    was_cut: bool = False
    carried: dict[LoopKey, Turns] = field(default_factory=dict)
    is_head: bool = False
    opened: Opened | None = None

    def leave(self, count: int, leading: Iterable[Step] = ()) -> None:
        """Leave the first steps behind, now that they are searched; but for what leads the rest."""
        inside = is_inside(self.steps[:count])
        self.is_inside = self.is_inside if inside is None else inside
        self.steps = [*leading, *self.steps[count:]]
        self.was_cut |= count > 0
        if self.opened is not None:
            self.opened.is_searched = True

    def end(self) -> None:
        """Forget the unit."""
        self.leave(len(self.steps))
        self.carried = {}
        self.was_cut = self.is_head = False
        self.opened = None

    def goes_on(self, following: Step) -> bool:
        """Whether an execution is known to be of the request or transaction of the last one."""
        if self.request is not None:
            return True
        last = self.steps[-1][1].transaction if self.steps else None
        if last is not None:
            return last == following[1].transaction
        inside = is_inside(self.steps)
        return bool(self.is_inside if inside is None else inside)

    def leading(self, following: Step) -> list[Step]:
        """The query before a pause that may lead what follows in the same work.

        To make objects of many rows takes long, before the first of them is looked at.
        """
        if not self.goes_on(following):
            return []
        name = following[0].form.name
        return [step for step in self.steps[-_LEADING:] if _may_lead(step, name)][-1:]


def is_inside(steps: Sequence[Step]) -> bool | None:
    """Whether a transaction is open behind the steps; None where they do not tell."""
    for seen, _ in reversed(steps):
        shape = seen.form.shape
        if shape.begins_transaction or shape.ends_transaction:
            return shape.begins_transaction
    return None


def was_inside(steps: Sequence[Step]) -> bool | None:
    """Whether a transaction was open before the steps; None where they do not tell."""
    for seen, _ in steps:
        shape = seen.form.shape
        if shape.begins_transaction or shape.ends_transaction:
            return shape.ends_transaction
    return None


def _may_lead(step: Step, name: str) -> bool:
    shape = step[0].form.shape
    return shape.may_lead and shape.fingerprint != name
