"""Units of work that go on from one part of a log to the next, which another process reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopKey, Turns
from dbaudit.traffic.loop_count import most
from dbaudit.traffic.loop_patterns import LoopPatterns
from dbaudit.traffic.loop_session import Opened, Session, is_inside, was_inside
from dbaudit.traffic.shape import Form, Kind, Shape
from dbaudit.traffic.shapes import Seen, Step

#: Of a unit that is too long to be handed over so many steps are, or some more: enough to know the
#: loop that goes on there.
HANDED_OVER = 100
#: So many statements tell what goes on behind them.
_GOING_ON = 10

#: A loop, its turns before a part, and with those in it.
Joined = tuple[LoopKey, int, int]


def split(session: Session, executions: int) -> list[Step]:
    """The begin of a unit that is to be handed over; a query that stands for it leads the rest.

    `executions` of a statement make a loop at least.
    """
    steps = session.steps
    at = _border(steps, executions)
    name, last_at = steps[0][1].session, steps[at - 1][1].at
    inside = is_inside(steps[:at])
    session.is_inside = None
    session.leave(at, [_stand_in(name, last_at)])
    session.is_inside = was_inside(steps[at:]) if inside is None else inside
    session.opened = Opened(name)
    session.is_head = False
    return steps[:at]


def _border(steps: Sequence[Step], executions: int) -> int:
    """A place that no loop goes through which has hardly begun; the end where it is not far."""
    names = [seen.form.name for seen, _ in steps]
    if len(names) <= 2 * HANDED_OVER:
        return len(names)
    for at in range(HANDED_OVER, len(names) // 2, HANDED_OVER // 2):
        before = Counter(names[at - HANDED_OVER : at])
        if not any(0 < before[name] < executions for name in names[at : at + _GOING_ON]):
            return at
    return HANDED_OVER


def join(
    ours: Session, opened: Opened, theirs: Session | None, patterns: LoopPatterns
) -> list[Joined]:
    """Put what leads a unit in the place of what stands in for it in the part that follows.

    `ours` was cut where that part begins; `patterns` are those of that part, `theirs` is the
    session there if it is known still.
    """
    parent = ours.steps[0] if ours.carried and ours.steps else None
    keys = patterns.led_by(_fingerprint(opened.session), parent, ours.carried)
    told = {key: known for key in opened.turns if (known := keys.get(key, key)) is not None}
    before = {key: most(ours.carried.get(known, Turns())) for key, known in told.items()}
    turns = {key: opened.turns[key] + ours.carried.get(told[key], Turns()) for key in told}
    if theirs is not None and theirs.is_inside is None:
        theirs.is_inside = ours.is_inside
    if theirs is not None and theirs.opened is opened:
        theirs.carried = {
            known: turns[key] if counted is opened.turns.get(key) else counted
            for key, counted in theirs.carried.items()
            if (known := keys.get(key, key)) is not None
        }
        if not opened.is_searched:
            theirs.carried = ours.carried
        _lead(theirs, parent)
    return [(told[key], before[key], most(turns[key])) for key in told]


def _lead(session: Session, parent: Step | None) -> None:
    """Put the parent, if there is one, in the place of what stands in for it."""
    session.opened = None
    if session.steps and session.steps[0][0].form.name == _fingerprint(session.steps[0][1].session):
        session.steps[:1] = [] if parent is None else [parent]


def _stand_in(session: str, at: float) -> Step:
    shape = Shape(_fingerprint(session), "", Kind.SELECT, reads_function=True)
    return Seen(Form(shape, "", 0, 0), ()), Execution(at, session, "")


def _fingerprint(session: str) -> str:
    """That of no statement."""
    return f"before {session}"
