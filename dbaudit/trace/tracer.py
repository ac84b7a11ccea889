"""The tracer: hooks that an application asks for, and the lines that come of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

from dbaudit.trace.place import Places
from dbaudit.trace.sent import add_sent, error_name
from dbaudit.trace.started import Started, start
from dbaudit.trace.values import Hashed, Plain
from dbaudit.trace.writer import FileWriter

#: Libraries that send their statements through a driver which may be hooked too.
ORMS = frozenset({"sqlalchemy", "django"})

LIBRARIES = ("sqlalchemy", "django", "psycopg", "psycopg2", "asyncpg")

Hooked = TypeVar("Hooked")
#: Takes one statement's line as an object.
Sink = Callable[[dict[str, Any]], None]

_request: ContextVar[tuple[str, str] | None] = ContextVar("dbaudit_request", default=None)
_numbers = count(1)


Result = TypeVar("Result")


class Tracer:
    """Writes down the statements of what was given to it.

    Each of `sqlalchemy`, `django`, `psycopg`, `psycopg2` and `asyncpg` takes one engine or
    connection, or nothing for all of this process, and gives back what it took. Where an ORM and
    its driver are both hooked for all, a statement is written once, as the ORM's. What fails in the
    tracer is counted in `failed`, told as lost, and never reaches the application.
    """

    def __init__(
        self,
        sink: Sink | None,
        *,
        parameters: bool = False,
        root: str = ".",
        writer: FileWriter | None = None,
    ) -> None:
        self.is_on = sink is not None
        self.failed = 0
        self._sink = sink
        self._values = Plain() if parameters else Hashed()
        self._places = Places(root)
        self._writer = writer
        self._everywhere: tuple[str, str] | None = None
        #: What takes a hook back: of a library, or of an engine or connection, kept by neither.
        self._undo: dict[str, Callable[[], None]] = {}
        self._undo_of: WeakKeyDictionary[Any, Callable[[], None]] = WeakKeyDictionary()

    @property
    def lost(self) -> int:
        """How many statements could not be written."""
        return self._writer.lost if self._writer is not None else 0

    def sqlalchemy(self, engine: Hooked = None) -> Hooked:  # type: ignore[assignment]
        """Trace an engine of SQLAlchemy 2, asynchronous ones too, or every engine."""
        self._hook("sqlalchemy", getattr(engine, "sync_engine", engine))
        return engine

    def django(self) -> None:
        """Trace every connection of Django's."""
        self._hook("django", None)

    def psycopg(self, connection: Hooked = None) -> Hooked:  # type: ignore[assignment]
        """Trace a connection of psycopg 3, asynchronous ones too, or every connection.

        It may be the `configure` of a pool. Of one connection those cursors are traced that it
        makes itself, not `psycopg.ClientCursor(connection)`.
        """
        self._hook("psycopg", connection)
        return connection

    def psycopg2(self, connection: Hooked = None) -> Hooked:  # type: ignore[assignment]
        """Trace a connection of psycopg2, or every connection that is made from now on.

        Of one connection whose class is psycopg2's own, cursors that are asked for with another
        `cursor_factory` are not traced.
        """
        self._hook("psycopg2", connection)
        return connection

    def asyncpg(self, connection: Hooked = None) -> Hooked:  # type: ignore[assignment]
        """Trace a connection of asyncpg, or every connection, those of pools too.

        A cursor is traced when it is opened, not what it fetches later.
        """
        # A pool hands out proxies of its connections.
        self._hook("asyncpg", getattr(connection, "_con", connection))
        return connection

    def _hook(self, library: str, target: Any) -> None:
        """Trace what is not traced yet; None is all that there is of the library."""
        # Of psycopg2 there may be connections that were made before all were asked for.
        is_one = target is not None and library == "psycopg2"
        if not self.is_on or (library in self._undo and not is_one) or target in self._undo_of:
            return
        undo = import_module(f"dbaudit.trace.{library}_hook").hook(self, target)
        if target is None:
            self._undo[library] = undo
        else:
            self._undo_of[target] = undo

    def everything(self) -> Self:
        """Trace every connection of each library that is installed. It imports all of them."""
        for library in LIBRARIES:
            if self.is_on and find_spec(library) is not None:
                getattr(self, library)()
        return self

    def eager_loads(self) -> None:
        """Watch also which relationships SQLAlchemy's queries load eagerly and nothing reads.

        It costs what those queries load, for tests rather than production: their objects keep
        their attributes in a dict that tells who reads it.
        """
        if find_spec("sqlalchemy") is not None:
            self._hook("sqlalchemy_eager", None)

    @contextmanager
    def request(self, name: str) -> Iterator[tuple[str, str]]:
        """What is sent meanwhile, in this thread or task, belongs to one request, job or test."""
        request = _numbered(name)
        with self.resumed(request):
            yield request

    @contextmanager
    def everywhere(self, name: str) -> Iterator[None]:
        """What is sent meanwhile by any thread that is within no request belongs to this one."""
        before, self._everywhere = self._everywhere, _numbered(name)
        try:
            yield
        finally:
            self._everywhere = before

    @contextmanager
    def resumed(self, request: tuple[str, str]) -> Iterator[None]:
        """Go on with a request that `request` gave, also in another thread."""
        token = _request.set(request)
        try:
            yield
        finally:
            _request.reset(token)

    def wsgi(self, application: Hooked) -> Hooked:
        """The WSGI application, each of its requests one unit of work."""
        if not self.is_on:
            return application
        from dbaudit.trace.middleware import WsgiRequests  # noqa: PLC0415

        return WsgiRequests(self, application)  # type: ignore[return-value, arg-type]

    def asgi(self, application: Hooked) -> Hooked:
        """The ASGI application, each of its HTTP requests one unit of work."""
        if not self.is_on:
            return application
        from dbaudit.trace.middleware import AsgiRequests  # noqa: PLC0415

        return AsgiRequests(self, application)  # type: ignore[return-value, arg-type]

    def flush(self) -> None:
        """Write what waits, now; it is done at exit too."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Take every hook back and write what waits."""
        self.is_on = False
        undo = [*self._undo_of.values(), *self._undo.values()]
        self._undo_of.clear()
        self._undo.clear()
        for each in reversed(undo):
            each()
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def safely(self, function: Callable[..., Result], *given: Any, **named: Any) -> Result | None:
        """What a function of a hook gives, or None where it fails, which is counted.

        The application must not fail because of its trace.
        """
        try:
            return function(*given, **named)
        except Exception as error:  # noqa: BLE001
            self.failed += 1
            if self._writer is not None:
                self._writer.lose(f"the trace itself failed: {type(error).__name__}")
            return None

    def begin(self, connection: Any) -> Started | None:
        """A hook is about to send a statement on a driver's connection. It never raises."""
        return self.safely(start, connection) if self.is_on else None

    def begin_here(self, connection: Any) -> Started | None:
        """As `begin`, of a statement that may end elsewhere: its reader has had enough."""
        started = self.begin(connection)
        if started is None:
            return None
        return started._replace(place=self.safely(self._places.find))

    def end(
        self,
        by: str,
        started: Started | None,
        statement: Any,
        parameters: Any = None,
        **known: Any,
    ) -> None:
        """The statement ended; `known` are rows, calls and error. It never raises.

        `parameters` are those of one row; `error` is the exception.
        """
        if started is not None:
            ended = time.perf_counter()
            self.safely(self._write, by, started, ended, (statement, parameters), known)

    def place(self) -> str | None:
        """The application's own line that is being executed."""
        return self._places.find().line

    def put(self, line: dict[str, Any]) -> None:
        """Write a line."""
        if self._sink is not None and self.is_on:
            self._sink(line)

    def _write(self, by: str, started: Started, ended: float, *sent: Any) -> None:
        line = self._line(by, started, ended, *sent)
        if line is not None:
            self.put(line)

    def _line(
        self,
        by: str,
        started: Started,
        ended: float,
        sent: tuple[Any, Any],
        known: dict[str, Any],
    ) -> dict[str, Any] | None:
        clock, session, transaction, begun_at = started
        place, loads, through = begun_at or self._places.find()
        if by not in ORMS and any(name in ORMS and name in self._undo for name in through):
            return None
        line: dict[str, Any] = {
            "v": 1,
            "time": round(time.time(), 6),
            "duration_ms": round((ended - clock) * 1000, 3),
            "by": by,
            "session": session.id,
        }
        if transaction is not None:
            line["transaction"] = transaction
        if session.database is not None:
            line["database"] = session.database
        if place is not None:
            line["place"] = place
        if loads is not None:
            line["loads"] = loads
        request = _request.get() or self._everywhere
        if request is not None:
            line["request"], line["request_id"] = request
        add_sent(line, *sent, self._values)
        for key, value in known.items():
            if value is not None:
                line[key] = value if key != "error" else error_name(value)
        return line


def _numbered(name: str) -> tuple[str, str]:
    return name, f"{os.getpid()}.{next(_numbers)}"
