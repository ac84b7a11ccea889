"""Where in the application a statement was sent: its own innermost frame, and what an ORM does."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import NamedTuple

from dbaudit.trace.awaiting import THREAD_HANDLER, awaiting_frames
from dbaudit.trace.evidence import EVIDENCE, PLACES

_LIBRARIES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120
#: Files that are remembered; an application that makes files of code has no more than it has room.
_REMEMBERED = 8192


class Place(NamedTuple):
    """`line` is file:line, `loads` what an ORM loads there, `through` the libraries in between."""

    line: str | None
    loads: str | None
    through: Sequence[str]


class _File(NamedTuple):
    path: str | None  # the application's own, relative to the root
    library: str
    loads: Mapping[str, Callable[[FrameType], str | None]]
    places: Mapping[str, Callable[[FrameType], str | None]]


class Places:
    """Finds places of one project; every file is judged once."""

    def __init__(self, root: str) -> None:
        self._root = os.path.abspath(root) + os.sep  # noqa: PTH100
        self._files: dict[str, _File] = {}
        self._standard = tuple(
            {os.path.abspath(sysconfig.get_path(name)) + os.sep for name in _STANDARD}  # noqa: PTH100
        )

    def find(self) -> Place:
        """The place that the statement which is being sent comes from."""
        line = loads = None
        through: list[str] = []
        for frame in _frames(sys._getframe(1)):
            code = frame.f_code
            path, library, loading, placing = self._files.get(code.co_filename) or self._judge(
                code.co_filename
            )
            if path is not None:
                return Place(line or f"{path}:{frame.f_lineno}", loads, through)
            if library and library not in through:
                through.append(library)
            if loading and loads is None and code.co_name in loading:
                loads = loading[code.co_name](frame)
            if placing and line is None and code.co_name in placing:
                line = self._relative(placing[code.co_name](frame))
        return Place(line, loads, through)

    def _judge(self, name: str) -> _File:
        if len(self._files) >= _REMEMBERED:
            self._files.clear()
        file = self._files[name] = self._judged(name)
        return file

    def _judged(self, name: str) -> _File:
        path = os.path.abspath(name)  # noqa: PTH100
        for folder in _LIBRARIES:
            _, found, inside = path.rpartition(folder)
            if found:
                library = inside.partition(os.sep)[0]
                inside = inside.replace(os.sep, "/")
                return _File(None, library, EVIDENCE.get(inside, {}), PLACES.get(inside, {}))
        if name.startswith("<") or path.startswith((_OWN, *self._standard)):
            return _File(None, "", {}, {})
        return _File(self._relative(path), "", {}, {})

    def _relative(self, path: str | None) -> str | None:
        return path.removeprefix(self._root) if path else None


_STANDARD = ("stdlib", "platstdlib")


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it; then those of who awaits it elsewhere.

    SQLAlchemy's asynchronous sessions run in a greenlet, whose parent is the application's;
    Django's asynchronous methods in another thread.
    """
    handler = None
    while frame is not None:
        yield frame
        if frame.f_code.co_name == THREAD_HANDLER:
            handler = frame
        frame = frame.f_back
    if handler is not None:
        yield from awaiting_frames(handler)
    greenlet = sys.modules.get("greenlet")
    parent = greenlet.getcurrent().parent if greenlet is not None else None
    while parent is not None:
        frame = parent.gr_frame
        while frame is not None:
            yield frame
            frame = frame.f_back
        parent = parent.parent
