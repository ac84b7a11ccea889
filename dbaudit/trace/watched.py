"""The attributes of an object, in a dict that tells who reads them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from dbaudit.trace.eager_loads import EagerLoad

_LOADERS = ("sqlalchemy.orm.loading", "sqlalchemy.orm.strategies")


class Watched(dict[str, Any]):
    """What `vars()` of an object gives: SQLAlchemy reads attributes through it, as others do.

    `getter` is the code of SQLAlchemy's attributes, `InstrumentedAttribute.__get__`, which asks
    `key in` first: also for what a commit has expired.
    """

    __slots__ = ("_cls", "_loads", "_untouched")
    getter: CodeType | None = None

    def __init__(self, attributes: dict[str, Any], cls: type) -> None:
        super().__init__(attributes)
        self._cls = cls
        self._loads: list[EagerLoad] = []
        self._untouched: list[EagerLoad] = []

    def came_of(self, load: EagerLoad) -> None:
        """The object is one of a query's."""
        if load not in self._loads:
            self._loads.append(load)
            self._untouched.append(load)
            load.made(self._cls)

    def _read(self, key: str | None) -> None:
        while self._untouched:
            self._untouched.pop().touched(self._cls)
        for load in self._loads:
            if key is None or key in load.keys:
                load.read(self._cls, key)

    def __contains__(self, key: object) -> bool:
        if sys._getframe(1).f_code is self.getter:
            self._read(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        self._by_name(key, sys._getframe(1))
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """As a dict does."""
        self._by_name(key, sys._getframe(1))
        return super().get(key, default)

    def _by_name(self, key: str, reader: FrameType) -> None:
        """Cascades and merges read a relationship too, whatever of it the application does."""
        name = _module(reader)
        is_loaded = any(key in load.keys for load in self._loads)
        if name not in _LOADERS if is_loaded else not name.startswith("sqlalchemy."):
            self._read(key)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        """Somebody keeps a copy, which is read elsewhere."""
        self._read(None)
        return dict, (dict.copy(self),)

    def __del__(self) -> None:
        for load in self._loads:
            load.gone()


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _as_a_whole(method: Callable[..., Any]) -> Callable[..., Any]:
    def read(self: Watched, *given: Any) -> Any:
        if not _module(sys._getframe(1)).startswith("sqlalchemy."):
            self._read(None)
        return method(self, *given)

    return read


for _name in ("__iter__", "__or__", "__ror__", "__repr__", "copy", "items", "keys", "values"):
    setattr(Watched, _name, _as_a_whole(getattr(dict, _name)))


def watch(instance: Any, load: EagerLoad) -> None:
    """Let an object tell who reads what a query loaded with it."""
    attributes = vars(instance)
    if not isinstance(attributes, Watched):
        attributes = Watched(attributes, type(instance))
        object.__setattr__(instance, "__dict__", attributes)
    attributes.came_of(load)
