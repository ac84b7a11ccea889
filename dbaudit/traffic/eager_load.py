"""Relationships that queries of an ORM loaded with their rows, as traces tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

#: One query of so many objects, or so many executions, tell that nothing reads a relationship:
#: fewer may have been left before it was.
MIN_OBJECTS, MIN_EXECUTIONS = 2, 5


@dataclass(frozen=True, slots=True)
class EagerLoad:
    """A relationship that the query at a place loads, over all of its executions.

    `executions` and `objects` are those of which nothing was read, `largest` the most objects of
    one execution; `is_used` says that an object of another one was read. `at` is when it was told
    last, in seconds since the epoch.
    """

    place: str
    relationship: str
    option: str
    library: str
    executions: int = 0
    objects: int = 0
    largest: int = 0
    is_used: bool = False
    at: float = 0.0

    @property
    def is_unused(self) -> bool:
        """Whether it can be said that nothing reads it."""
        is_sure = self.largest >= MIN_OBJECTS or self.executions >= MIN_EXECUTIONS
        return is_sure and not self.is_used

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """What a line of a trace tells. Raises TypeError, ValueError or KeyError for another."""
        objects, is_used = int(record["objects"]), bool(record["used"])
        place, relationship = str(record["place"]), str(record["eager"])
        option, library = str(record["option"]), str(record["by"])
        executions = int(not is_used)
        at = float(record["time"])
        return cls(
            *(place, relationship, option, library, executions, objects, objects), is_used, at
        )

    def plus(self, other: EagerLoad) -> EagerLoad:
        """The same with what another line, or another part of a trace, tells of it."""
        return replace(
            self,
            executions=self.executions + other.executions,
            objects=self.objects + other.objects,
            largest=max(self.largest, other.largest),
            is_used=self.is_used or other.is_used,
            at=max(self.at, other.at),
        )


EagerLoads = dict[tuple[str, str], EagerLoad]


def add_eager_loads(known: EagerLoads, loads: Iterable[EagerLoad]) -> EagerLoads:
    """Add to what is known of each place's relationships; gives it back."""
    for load in loads:
        key = load.place, load.relationship
        known[key] = known[key].plus(load) if key in known else load
    return known
