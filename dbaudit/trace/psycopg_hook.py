"""psycopg 3: the methods of its cursors that send statements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from importlib import import_module
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import (
    Counted,
    Sent,
    by_row_count,
    replaced,
    traced_class,
    undoing,
    wrapped,
)

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

_CURSORS = ("Cursor", "ServerCursor", "AsyncCursor", "AsyncServerCursor")
_BY = "psycopg"


def hook(tracer: Tracer, connection: Any) -> Callable[[], None]:
    """Trace the cursors of one connection, or all for None. Gives what undoes it."""
    if connection is None:
        psycopg = import_module("psycopg")
        return replaced(
            {cls: _own_methods(tracer, cls) for cls in (getattr(psycopg, n) for n in _CURSORS)}
        )
    factories = connection.cursor_factory, connection.server_cursor_factory
    connection.cursor_factory, connection.server_cursor_factory = (
        traced_class(cls, _methods(tracer, cls)) for cls in factories
    )

    def take_back(connection: Any) -> None:
        connection.cursor_factory, connection.server_cursor_factory = factories

    return undoing(connection, take_back)


def _own_methods(tracer: Tracer, cls: type) -> dict[str, Any]:
    """Those that the class has itself: what it inherits is wrapped where it is."""
    methods = _methods(tracer, cls)
    return {name: method for name, method in methods.items() if name in vars(cls)}


def _methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    is_async = iscoroutinefunction(cls.execute)
    found = {
        "execute": wrapped(tracer, _BY, cls.execute, _one, _rows),
        "executemany": wrapped(tracer, _BY, cls.executemany, _many, _rows),
    }
    if hasattr(cls, "stream"):
        found["stream"] = _stream(tracer, cls.stream)
    if hasattr(cls, "copy"):
        found["copy"] = (_async_copy if is_async else _copy)(tracer, cls.copy)
    return found


def _one(cursor: Any, query: Any, params: Any = None, **_: Any) -> Sent:
    return Sent(cursor.connection, query, params)


def _many(cursor: Any, query: Any, params_seq: Any, **_: Any) -> Sent:
    return Sent(cursor.connection, query, Counted(params_seq))


@contextmanager
def _told(tracer: Tracer, cursor: Any, query: Any, params: Any) -> Iterator[dict[str, Any]]:
    """A statement that the application reads or writes piece by piece, until it has had enough."""
    started = tracer.begin_here(cursor.connection)
    known: dict[str, Any] = {}
    try:
        yield known
    except GeneratorExit:
        raise
    except BaseException as error:
        known["error"] = error
        raise
    finally:
        tracer.end(_BY, started, query, params, **known)


def _stream(tracer: Tracer, function: Callable[..., Any]) -> Callable[..., Any]:
    """A stream ends when its reader has had enough: rows are not counted."""
    if isasyncgenfunction(function):

        async def stream_async(
            self: Any, query: Any, params: Any = None, **options: Any
        ) -> AsyncIterator[Any]:
            with _told(tracer, self, query, params):
                async for row in function(self, query, params, **options):
                    yield row

        return stream_async

    def stream(self: Any, query: Any, params: Any = None, **options: Any) -> Iterator[Any]:
        with _told(tracer, self, query, params):
            yield from function(self, query, params, **options)

    return stream


def _copy(tracer: Tracer, function: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    def copy(self: Any, statement: Any, params: Any = None, **options: Any) -> Iterator[Any]:
        with _told(tracer, self, statement, params) as known:
            copying: AbstractContextManager[Any] = function(self, statement, params, **options)
            with copying as it:
                yield it
            known["rows"] = by_row_count(self, None)

    return copy


def _async_copy(tracer: Tracer, function: Callable[..., Any]) -> Callable[..., Any]:
    @asynccontextmanager
    async def copy(
        self: Any, statement: Any, params: Any = None, **options: Any
    ) -> AsyncIterator[Any]:
        with _told(tracer, self, statement, params) as known:
            copying: AbstractAsyncContextManager[Any] = function(self, statement, params, **options)
            async with copying as it:
                yield it
            known["rows"] = by_row_count(self, None)

    return copy


def _rows(cursor: Any, _result: Any) -> int | None:
    """Within a pipeline the server has not told yet."""
    if cursor.connection.pgconn.pipeline_status:
        return None
    return by_row_count(cursor, None)
