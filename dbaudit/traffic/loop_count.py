"""Counts the loops of units of work; one that a cut goes through counts as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from dbaudit.traffic.loop import Loop, LoopLimits, Turns
from dbaudit.traffic.loop_patterns import LoopPatterns
from dbaudit.traffic.loop_search import Found, loops_in
from dbaudit.traffic.loop_session import Session, is_inside
from dbaudit.traffic.loop_unit import Unit
from dbaudit.traffic.shapes import Step

#: Of a unit that is cut where no loop is, the eighth part is searched again: one may begin there.
_SEARCHED_AGAIN = 8


class LoopCounter:
    """Searches units of work and sums up the loops in them."""

    def __init__(self, limits: LoopLimits) -> None:
        self.patterns = LoopPatterns()
        self._limits = limits

    def ended(self, session: Session) -> None:
        """Count the loops of a unit that has ended."""
        for found in self._loops(session):
            self._count(session, found)

    def cut(self, session: Session) -> None:
        """Count the loops of a unit that goes on, and leave behind what is done with.

        The last turns of a loop that goes on stay, for the rest of it to be found by.
        """
        self._cut(session, self._limits.executions)

    def cut_off(self, session: Session) -> None:
        """Count the loops of a unit of which the rest is known elsewhere."""
        self._cut(session, 0)

    def _cut(self, session: Session, held: int) -> None:
        size, done = len(session.steps), 0
        begin, going_on = size, list[Found]()
        for found in self._loops(session):
            loop, span = found
            if span.last < size - len(loop.children) - 1:
                self._count(session, found)
                done = max(done, span.last + 1)
            elif held and (at := _begin_of_short(found, held)) >= size // 2:
                begin = at
            elif not loop.is_alone:
                going_on.append(found)
        if going_on:
            self._go_on(session, going_on, held)
        else:
            session.carried = {}
            session.leave(max(done, min(size - size // _SEARCHED_AGAIN, begin)))

    def _go_on(self, session: Session, going_on: Sequence[Found], held: int) -> None:
        """Leave behind all but the last turns of loops, and what leads them."""
        names = {name for found in going_on for name in found.loop.turns}
        is_short = any(found.loop.times <= held for found in going_on)
        first = _last_turns(session.steps, names, 0 if is_short else held)
        kept = session.steps[first:]
        session.carried = {
            found.loop.key: self._count(session, found._replace(loop=_less(found.loop, kept)))
            for found in going_on
        }
        parents = [f.span.parent for f in going_on if f.span.parent is not None]
        session.leave(first, [session.steps[at] for at in parents[-1:]])

    def _loops(self, session: Session) -> Iterator[Found]:
        steps = session.steps
        names = [seen[0].name for seen, _ in steps]
        if len(names) - len(set(names)) >= self._limits.executions - 1:  # one may be so often
            inside = bool(session.is_inside)
            unit = Unit(steps, names, inside, session.request, session.was_cut)
            yield from loops_in(unit, self._limits)

    def _count(self, session: Session, found: Found) -> Turns:
        """Count a loop, or what goes on of one; its turns so far."""
        loop, opened = found.loop, session.opened
        is_open = opened is not None and not opened.is_searched
        before: Turns | None = None
        if _begins_with(session.steps, found):
            before = session.carried.get(loop.key, Turns() if is_open else None)
        if before is None:
            self.patterns.add(loop)
            return loop.turns
        turns = before + loop.turns
        self.patterns.add_rest(loop)
        if opened is not None and (is_open or loop.key in opened.turns):
            opened.turns[loop.key] = turns
        else:
            self.patterns.lengthen(loop.key, most(before), most(turns))
        return turns


def most(turns: Turns) -> int:
    """How often the most frequent statement ran."""
    return max(turns.values(), default=0)


def _begin_of_short(found: Found, turns: int) -> int:
    """Where a loop begins that is too short to be cut, or must be seen whole; else -1."""
    span, loop = found.span, found.loop
    if not loop.is_alone and loop.times > 2 * turns:
        return -1
    return span.first - 1 if span.parent is None else span.parent


def _begins_with(steps: Sequence[Step], found: Found) -> bool:
    """Whether no more stands before a loop than what leads it, and a part of a turn."""
    first, turn = found.span.first, len(found.loop.children)
    before = steps[: first if first <= 3 * turn + 1 else 0]
    boundaries = sum(is_inside([step]) is not None for step in before)
    return bool(before or not first) and len(before) - boundaries <= turn


def _last_turns(steps: Sequence[Step], names: Collection[str], count: int) -> int:
    """From which step on each of the names comes so often; the end where that is too far back."""
    missing = dict.fromkeys(names, count) if count else {}
    for at in range(len(steps) - 1, len(steps) // 2, -1):
        if not missing:
            return at + 1
        name = steps[at][0].form.name
        if name in missing:
            missing[name] -= 1
            if missing[name] <= 0:
                del missing[name]
    return len(steps)


def _less(loop: Loop, steps: Sequence[Step]) -> Loop:
    """The loop without its executions among the steps."""
    own = [(seen.form.name, execution) for seen, execution in steps if seen.form.name in loop.turns]
    ms = dict(loop.child_ms)
    for name, execution in own:
        ms[name] -= execution.duration_ms or 0.0
    sent = [execution for _, execution in own if execution.told.context is None]
    return replace(
        loop,
        turns=loop.turns - Turns(name for name, _ in own),
        executions=loop.executions - len(sent),
        total_ms=loop.total_ms - sum(execution.duration_ms or 0.0 for execution in sent),
        child_ms=ms,
    )
