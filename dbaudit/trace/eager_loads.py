"""Relationships that queries load eagerly, and whether anything reads them.

A query is judged when all of its objects are gone, so that nothing can read them any more. A
relationship counts as unused only where the application read other attributes of each object, this
one of none, and nothing of what it loaded.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

#: Places whose relationships are known to be read; there are no more in an application.
_REMEMBERED = 8192


class Relationship(NamedTuple):
    """`Book.author`, loaded with `option` (joinedload); `above` is the one that it hangs on."""

    key: str
    owner: type
    target: type
    option: str
    above: tuple[type, str] | None

    @property
    def name(self) -> str:
        """As SQLAlchemy says it."""
        return f"{self.owner.__name__}.{self.key}"


class EagerLoads:
    """Those of one tracer. A relationship that was read is told once for each place."""

    def __init__(self, put: Callable[[dict[str, Any]], object]) -> None:
        self._put = put
        self._used: set[tuple[str, str]] = set()

    def of_query(self, place: str, loaded: Sequence[Relationship]) -> EagerLoad | None:
        """What is to be watched of a query that loads these; None where all are known as used."""
        left = [each for each in loaded if (place, each.name) not in self._used]
        return EagerLoad(self, place, left) if left else None

    def used(self, place: str, relationship: Relationship) -> None:
        """Something reads it."""
        if len(self._used) >= _REMEMBERED:
            self._used.clear()
        if (place, relationship.name) not in self._used:
            self._used.add((place, relationship.name))
            self._tell(place, relationship, objects=0, used=True)

    def unused(self, place: str, relationship: Relationship, objects: int) -> None:
        """So many objects are gone, and nothing read it of one of them."""
        if (place, relationship.name) not in self._used:
            self._tell(place, relationship, objects=objects, used=False)

    def _tell(self, place: str, relationship: Relationship, **counted: Any) -> None:
        self._put(
            {
                "v": 1,
                "time": round(time.time(), 6),
                "by": "sqlalchemy",
                "place": place,
                "eager": relationship.name,
                "option": relationship.option,
                **counted,
            }
        )


class EagerLoad:
    """One execution of a query that loads relationships eagerly, and what becomes of its objects.

    Only counters are kept; the objects keep it, not it the objects.
    """

    def __init__(self, loads: EagerLoads, place: str, loaded: Sequence[Relationship]) -> None:
        self.keys = frozenset(each.key for each in loaded)
        self._loads = loads
        self._place = place
        self._loaded = loaded
        self._read: set[Relationship] = set()
        self._alive = 0
        self._objects: Counter[type] = Counter()
        self._touched: Counter[type] = Counter()

    def made(self, cls: type) -> None:
        """An object came of it."""
        self._alive += 1
        self._objects[cls] += 1

    def touched(self, cls: type) -> None:
        """An object of it is used: then what loaded it is, too."""
        self._touched[cls] += 1
        self._are_used(each for each in self._loaded if issubclass(cls, each.target))

    def read(self, cls: type, key: str | None = None) -> None:
        """A relationship of an object is read, or all that it has."""
        self._are_used(
            each
            for each in self._loaded
            if (key is None or each.key == key) and issubclass(cls, each.owner)
        )

    def _are_used(self, found: Iterator[Relationship]) -> None:
        for each in found:
            if each not in self._read:
                self._read.add(each)
                self._loads.used(self._place, each)

    def gone(self) -> None:
        """An object is gone. With the last one it is known what was not read."""
        self._alive -= 1
        if self._alive:
            return
        read = {(each.owner, each.key) for each in self._read}
        for each in self._loaded:
            objects = _of(each.owner, self._objects)
            is_known = objects and objects == _of(each.owner, self._touched)
            # What hangs on one that nothing reads is that one's.
            if is_known and each not in self._read and each.above in (None, *read):
                self._loads.unused(self._place, each, objects)
        # Rows that are fetched in portions give more objects.
        self._objects.clear()
        self._touched.clear()


def _of(cls: type, counted: Counter[type]) -> int:
    return sum(count for each, count in counted.items() if issubclass(each, cls))
