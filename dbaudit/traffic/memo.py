"""A function of which the results are remembered, as many as memory has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

_REMEMBERED = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V], Generic[K, V]):
    """What a function gives for each value; it is asked once for those that come again soon.

    functools.lru_cache takes twice as long for a value that it knows.
    """

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: K) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[key] = self._function(key)
        return value

    def all(self, keys: Iterable[K]) -> list[V]:
        """What it gives for each of the values."""
        return list(map(self.__getitem__, keys))
