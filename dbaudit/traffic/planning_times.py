"""The time of parse and bind, kept by session for the execution that they belong to."""

from __future__ import annotations

from collections.abc import Iterable

from dbaudit.traffic.memo import Memo
from dbaudit.traffic.plans_in_log import MAX_WAITING
from dbaudit.traffic.tally import InputTally

ALONE = "durations without a statement: log_duration is on, log_statement is not"

#: "parse" or "bind", or None for a whole execution; and the prepared statement without its portal.
PartOf = tuple[str | None, str]


class PlanningTimes:
    """What parsing and planning took, until their statement is executed.

    What turns out to belong to none is noted in `tally`.
    """

    def __init__(self, tally: InputTally) -> None:
        self.tally = tally
        #: session -> (prepared statement, ms, entries that did not name it)
        self._planned: dict[str, tuple[str, float, int]] = {}

    def __contains__(self, session: str) -> bool:
        return session in self._planned

    def __bool__(self) -> bool:
        return bool(self._planned)

    def parsed(self, session: str, name: str, ms: float) -> None:
        """A statement was parsed: what came before was of another one."""
        self._planned[session] = (name, ms, 0)

    def bound(self, session: str, name: str, ms: float) -> None:
        """A statement was bound, and maybe parsed before."""
        planned = self._planned.get(session)
        if planned is not None and planned[0] == name:
            ms += planned[1]
        self._planned[session] = (name, ms, 0)

    def took(self, session: str, ms: float) -> None:
        """Something took so long, which is not told."""
        _, planning_ms, alone = self._planned.get(session, ("", 0.0, 0))
        self._planned[session] = ("", planning_ms + ms, alone + 1)

    def with_planning(self, session: str, name: str, ms: float | None) -> float | None:
        """The duration with that of parse and bind, when they were of the same statement."""
        of, planning_ms, alone = self._planned.pop(session)
        if ms is not None and name and (of == name or not of):
            return _whole_microseconds(ms + planning_ms)
        self.tally.note(ALONE, alone)
        return ms

    def with_any(self, session: str, ms: float) -> float:
        """The duration with that of parse and bind, which were of the session's last statement."""
        planned = self._planned.pop(session, None)
        return ms if planned is None else _whole_microseconds(ms + planned[1])

    def durations(
        self, sessions: Iterable[str], parts: Iterable[PartOf], times: Iterable[float]
    ) -> list[float | None]:
        """The durations of those that are executions, with those of their parse and bind."""
        ended: list[float | None] = []
        planned = self._planned
        # What is most frequent is written out: a call for each entry would double the time.
        for session, (part, name), ms in zip(sessions, parts, times, strict=True):
            before = planned.get(session)
            if part is None:
                if before is None:
                    ended.append(ms)
                elif name and before[0] == name:
                    ended.append(_whole_microseconds(ms + before[1]))
                    del planned[session]
                else:
                    ended.append(self.with_planning(session, name, ms))
            elif part == "bind" and before is not None and before[0] == name:
                planned[session] = (name, ms + before[1], 0)
            else:
                planned[session] = (name, ms, 0)
        return ended

    def give_up(self, session: str) -> None:
        """The statement was not executed."""
        self._planned.pop(session, None)

    def forget(self) -> None:
        """Sessions end without a word: what is kept of them must not add up."""
        if len(self._planned) > MAX_WAITING:
            self._planned.clear()

    def rest(self) -> None:
        """The log ended: note what belongs to no statement."""
        for _, _, alone in self._planned.values():
            self.tally.note(ALONE, alone)
        self._planned.clear()


def _part(written: str) -> PartOf:
    kind, _, name = written.partition(" ")
    return None if kind in ("statement", "execute") else kind, name.partition("/")[0]


#: Of a message's kind ("bind S_1/C_2") which part of which execution it tells.
part_of = Memo(_part)


def _whole_microseconds(ms: float) -> float:
    """As round(ms, 3), in a third of the time."""
    return int(ms * 1000 + 0.5) / 1000
