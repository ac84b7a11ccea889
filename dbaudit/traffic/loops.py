"""Loops in a stream of executions, session by session, in bounded memory.

A session's statements are kept until its unit of work ends: with a pause, another request, or too
many of them. Then the unit is searched, and forgotten.

A log may be read in parts, by a finder each. What a session sent first in a part is withheld there:
the finder of the part before takes it as if it had read on. Where that is too much, only its begin
is handed over; the rest is searched as if a query led it, which is known when the parts are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopLimits
from dbaudit.traffic.loop_count import LoopCounter
from dbaudit.traffic.loop_parts import Joined, join, split
from dbaudit.traffic.loop_patterns import LoopPatterns
from dbaudit.traffic.loop_session import Opened, Session
from dbaudit.traffic.shapes import Seen, Step
from dbaudit.traffic.steps import Steps

#: A unit is searched at this length even if it goes on; what goes on is joined to what was found.
MAX_UNIT = 2_000
#: Sessions, and statements of all sessions, that are kept. A statement takes about 500 bytes.
MAX_SESSIONS = 10_000
MAX_STEPS = 100_000
#: Statements that are withheld at the begin of a part. To hand one over from process to process
#: takes ten times as long as to read it.
MAX_HEADS = 5_000
#: Where no duration is told, the time between two statements holds that of the first, and where the
#: log tells seconds only, up to one more: the longest gap is so many times as long then. So it is
#: within a known request or transaction, where a single pause means nothing.
_UNTIMED = 10


class LoopFinder:
    """Takes executions in the order of their source and gathers the loops in them.

    `goes_on` says that they are a part of a log, and that another finder read what comes before.
    """

    def __init__(self, limits: LoopLimits | None = None, *, goes_on: bool = False) -> None:
        self.limits = limits or LoopLimits()
        self._counter = LoopCounter(self.limits)
        self._sessions: dict[str, Session] = {}
        self._steps = 0
        self._heads: list[Step] = []
        #: The units of which only the begin was handed over, by session.
        self._opened: dict[str, Opened] = {}
        #: Until when a session may go on from the part before; unknown until the first statement.
        self._heads_until = None if goes_on else float("-inf")
        #: Whether the source tells whole seconds only, as far as it is known.
        self.is_coarse = True
        self._longest_gap = self.limits.longest_gap_ms / 1000
        self._longest_untimed = _UNTIMED * self._longest_gap

    @property
    def patterns(self) -> LoopPatterns:
        """The loops that were found until now."""
        return self._counter.patterns

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

    def _is_pause(self, gap: float, session: Session, following: Step) -> bool:
        """Whether a gap longer than the longest one ends a unit."""
        if gap > self._longest_untimed:
            return True
        is_vague = self.is_coarse or following[1].duration_ms is None
        return not (is_vague or session.goes_on(following))

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
        self.is_coarse &= later.is_coarse
        if later._heads:
            self.add_all(Steps(later._heads))
        joined = [each for opened in later._opened.values() for each in self._join(opened, later)]
        self.patterns.merge(later.patterns)
        for key, before, times in joined:
            self.patterns.lengthen(key, before, times)
        for name, session in later._sessions.items():
            if session.is_head:
                if session.steps:
                    self.add_all(Steps(session.steps))
                continue
            if name in self._sessions:
                self._close(self._sessions[name])
            self._sessions[name] = session
            self._steps += len(session.steps)

    def _join(self, opened: Opened, later: LoopFinder) -> list[Joined]:
        """What the loops in a unit that goes on in a later part are longer than here or there."""
        ours = self._sessions.get(opened.session) or self._new_session(opened.session, 0.0)
        self._steps -= len(ours.steps)
        self._counter.cut_off(ours)
        joined = join(ours, opened, later._sessions.get(opened.session), later.patterns)
        ours.end()
        return joined

    def _new_session(self, name: str, at: float) -> Session:
        if len(self._sessions) >= MAX_SESSIONS:
            self._make_room()
        if self._heads_until is None:
            self._heads_until = at + self._longest_untimed
        is_head = at <= self._heads_until and name not in self._opened
        session = self._sessions[name] = Session(is_head=is_head)
        return session

    def _close(self, session: Session) -> None:
        """Search a unit that has ended, or withhold it for whoever read what comes before."""
        if not session.steps:
            return
        if session.is_head and len(self._heads) + len(session.steps) > MAX_HEADS:
            self._split(session)
        self._steps -= len(session.steps)
        if session.is_head:
            self._heads += session.steps
        else:
            self._counter.ended(session)
        session.end()

    def _split(self, session: Session) -> None:
        """Hand over the begin of a unit of which not all can be withheld."""
        handed = split(session, self.limits.executions)
        self._heads += handed
        self._steps -= len(handed) - 1
        assert session.opened is not None
        self._opened[session.opened.session] = session.opened

    def _pause(self, session: Session, following: Step) -> None:
        """End a unit for its pause; the query before it may lead what follows in the same work."""
        leading = session.leading(following)
        self._close(session)
        session.steps = leading
        self._steps += len(leading)

    def _cut(self, session: Session) -> None:
        """Search a unit that goes on."""
        if session.is_head:
            if len(self._heads) + len(session.steps) >= MAX_HEADS:
                self._split(session)
            return
        self._steps -= len(session.steps)
        self._counter.cut(session)
        self._steps += len(session.steps)

    def _make_room(self) -> None:
        """Let go the half of the sessions that have been silent for longest."""
        by_age = sorted(self._sessions.items(), key=lambda item: item[1].last_at)
        for name, session in by_age[: len(by_age) // 2 + 1]:
            self._close(session)
            del self._sessions[name]


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
