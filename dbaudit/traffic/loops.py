"""Loops in a stream of executions, session by session, in bounded memory.

A session's statements are kept until its unit of work ends: with a pause, another request, or too
many of them. Then the unit is searched, and forgotten.

A log may be read in parts, by a finder each. What a session sent first in a part is withheld there:
the finder of the part before takes it as if it had read on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopKey, LoopLimits
from dbaudit.traffic.loop_patterns import LoopPatterns
from dbaudit.traffic.loop_search import loops_in
from dbaudit.traffic.loop_unit import Unit
from dbaudit.traffic.shape import Kind
from dbaudit.traffic.shapes import Seen, Step
from dbaudit.traffic.steps import Steps

#: A unit is searched at this length even if it goes on; what goes on is joined to what was found.
MAX_UNIT = 2_000
#: Sessions, and statements of all sessions, that are kept. A statement takes about 500 bytes.
MAX_SESSIONS = 10_000
MAX_STEPS = 100_000
#: Statements that are withheld at the begin of a part; loops longer than this count there anew. To
#: hand one over from process to process takes ten times as long as to read it.
MAX_HEADS = 5_000
#: Where no duration is told, the time between two statements holds that of the first, and where the
#: log tells seconds only, up to one more: the longest gap is so many times as long then. So it is
#: within a known request or transaction, where a single pause means nothing.
_UNTIMED = 10
#: So many statements before a pause may have led to what follows it.
_LEADING = 2


@dataclass(slots=True)
class _Session:
    steps: list[Step] = field(default_factory=list)
    last_at: float = float("-inf")
    request: str | None = None
    is_inside: bool = False
    was_cut: bool = False
    #: The turns so far of loops that reach to the end of a unit that was cut.
    carried: dict[LoopKey, int] = field(default_factory=dict)
    #: Whether its unit may have begun in the part before.
    is_head: bool = False


class LoopFinder:
    """Takes executions in the order of their source and gathers the loops in them.

    `goes_on` says that they are a part of a log, and that another finder read what comes before.
    """

    def __init__(self, limits: LoopLimits | None = None, *, goes_on: bool = False) -> None:
        self.limits = limits or LoopLimits()
        self.patterns = LoopPatterns()
        self._sessions: dict[str, _Session] = {}
        self._steps = 0
        self._heads: list[Step] = []
        #: Until when a session may go on from the part before; unknown until the first statement.
        self._heads_until = None if goes_on else float("-inf")
        #: Whether the source tells whole seconds only, as far as it is known.
        self.is_coarse = True
        self._longest_gap = self.limits.longest_gap_ms / 1000
        self._longest_untimed = _UNTIMED * self._longest_gap

    def add(self, seen: Seen, execution: Execution) -> None:
        """Take one execution."""
        self.add_all(Steps([(seen, execution)]))

    def add_all(self, steps: Steps) -> None:
        """Take executions in their order; of many at once each takes a third of the time."""
        every, sessions, longest = steps.every, self._sessions, self._longest_gap
        told = zip(
            *(_watched(steps), steps.pairs, every.at, every.session, every.duration_ms),
            _requests(steps),
            strict=True,
        )
        # All in one loop, without a call for most executions: it is gone through by the million.
        for is_watched, step, at, name, ms, request in told:
            if not is_watched:
                continue
            session = sessions.get(name)
            if session is None:
                session = self._new_session(name, at)
            if self.is_coarse and at % 1:
                self.is_coarse = False
            gap = at - session.last_at - (ms / 1000 if ms else 0.0)
            if request != session.request:
                self._close(session)
                session.request = request
            elif gap > longest and self._is_pause(gap, session, step):
                self._pause(session, step)
            session.last_at = at
            session.steps.append(step)
            self._steps += 1
            if len(session.steps) >= MAX_UNIT:
                self._cut(session)
            elif self._steps >= MAX_STEPS:
                self._make_room()

    def _is_pause(self, gap: float, session: _Session, following: Step) -> bool:
        """Whether a gap longer than the longest one ends a unit."""
        if gap > self._longest_untimed:
            return True
        is_vague = self.is_coarse or following[1].duration_ms is None
        return not (is_vague or _goes_on(session, following))

    def finish(self) -> LoopPatterns:
        """Search what is left; the loops of everything that was taken."""
        for session in self._sessions.values():
            self._close(session)
        self._sessions.clear()
        return self.patterns

    def pause(self) -> None:
        """Search what cannot go on in a part that follows."""
        latest = max((session.last_at for session in self._sessions.values()), default=0.0)
        for session in self._sessions.values():
            if session.last_at < latest - self._longest_untimed:
                self._close(session)

    def go_on(self, later: LoopFinder) -> None:
        """Take over what another finder has of the part that follows; it must not be used more."""
        self.patterns.merge(later.patterns)
        self.is_coarse &= later.is_coarse
        if later._heads:
            self.add_all(Steps(later._heads))
        for name, session in later._sessions.items():
            if session.is_head:
                if session.steps:
                    self.add_all(Steps(session.steps))
                continue
            if name in self._sessions:
                self._close(self._sessions[name])
            self._sessions[name] = session
            self._steps += len(session.steps)

    def _new_session(self, name: str, at: float) -> _Session:
        if len(self._sessions) >= MAX_SESSIONS:
            self._make_room()
        if self._heads_until is None:
            self._heads_until = at + self._longest_untimed
        session = self._sessions[name] = _Session(is_head=at <= self._heads_until)
        return session

    def _close(self, session: _Session) -> None:
        """Search a unit that has ended, or withhold it for whoever read what comes before."""
        if not session.steps:
            return
        if session.is_head and len(self._heads) + len(session.steps) <= MAX_HEADS:
            self._heads += session.steps
            self._leave(session)
        else:
            self._search(session)
        session.is_head = False
        session.steps = []
        session.carried = {}
        session.was_cut = False

    def _pause(self, session: _Session, following: Step) -> None:
        """End a unit for its pause; the query before it may lead what follows in the same work.

        To make objects of many rows takes long, before the first of them is looked at.
        """
        steps = session.steps[-_LEADING:]
        is_same = _goes_on(session, following)
        self._close(session)
        if is_same:
            name = following[0].form.name
            session.steps = [step for step in steps if _may_lead(step, name)][-1:]
            self._steps += len(session.steps)

    def _cut(self, session: _Session) -> None:
        """Search a unit that goes on; the query that led to its last loop leads what follows."""
        if session.is_head and len(self._heads) + len(session.steps) < MAX_HEADS:
            return
        session.is_head = False
        parent = self._search(session)
        session.steps = [] if parent is None else [parent]
        self._steps += len(session.steps)
        session.was_cut = True

    def _search(self, session: _Session) -> Step | None:
        """The loops of the steps; the parent of one that reaches to their end."""
        steps = session.steps
        parent: Step | None = None
        names = [seen[0].name for seen, _ in steps]
        if len(names) - len(set(names)) >= self.limits.executions - 1:  # one may be so often
            unit = Unit(steps, names, session.is_inside, session.request, session.was_cut)
            carried, session.carried = session.carried, {}
            for found in loops_in(unit, self.limits):
                loop, turn = found.loop, len(found.loop.children)
                before = carried.get(loop.key, 0) if found.span.first <= turn else 0
                self.patterns.add(loop, before)
                if found.span.last >= len(steps) - turn - 1:
                    session.carried[loop.key] = before + loop.times
                    at = found.span.parent
                    parent = parent if at is None else steps[at]
        self._leave(session)
        return parent

    def _leave(self, session: _Session) -> None:
        """What remains of a unit when it is done with: whether it ended inside a transaction."""
        self._steps -= len(session.steps)
        for seen, _ in reversed(session.steps):
            shape = seen[0].shape
            if shape.ends_transaction or shape.begins_transaction:
                session.is_inside = shape.begins_transaction
                return

    def _make_room(self) -> None:
        """Let go the half of the sessions that have been silent for longest."""
        by_age = sorted(self._sessions.items(), key=lambda item: item[1].last_at)
        for name, session in by_age[: len(by_age) // 2 + 1]:
            self._close(session)
            del self._sessions[name]


def _goes_on(session: _Session, following: Step) -> bool:
    """Whether an execution is known to be of the request or transaction of the one before."""
    if session.request is not None:
        return True
    last = session.steps[-1][1].transaction if session.steps else None
    if last is not None:
        return last == following[1].transaction
    for seen, _ in reversed(session.steps):
        if seen[0].shape.begins_transaction or seen[0].shape.ends_transaction:
            return seen[0].shape.begins_transaction
    return session.is_inside


def _may_lead(step: Step, name: str) -> bool:
    shape = step[0].shape
    return shape.kind is Kind.SELECT and shape.reads_or_writes and shape.fingerprint != name


def _watched(steps: Steps) -> Sequence[bool]:
    """Which of the executions mean anything to whoever looks for loops."""
    if steps.are_one_call_each:
        return [form.is_watched for form in steps.forms]
    calls = (told.calls for told in steps.every.told)
    return [
        form.is_watched and number == 1 for form, number in zip(steps.forms, calls, strict=True)
    ]


def _requests(steps: Steps) -> Iterable[str | None]:
    """The request of each execution, by what the source or its comment tells."""
    rare = steps.told
    told: Iterable[str | None] = repeat(None, len(steps)) if rare is None else rare.request
    if not steps.has_tags:
        return told
    return [name or tags.request for name, tags in zip(told, steps.tags, strict=True)]
