"""asyncpg: the methods of its connections and prepared statements.

Its query loggers (add_query_logger) are called later, from the event loop: where the application
sent the statement cannot be told then, and they do not hear of prepared statements.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import Counted, Sent, replaced, traced_class, undoing, wrapped

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

_BY = "asyncpg"


def hook(tracer: Tracer, connection: Any) -> Callable[[], None]:
    """Trace one connection, or all for None. Gives what undoes it."""
    if connection is None:
        return _hook_all(tracer)
    cls = type(connection)
    cursors = import_module("asyncpg.cursor").CursorFactory
    traced_cursors = traced_class(cursors, _cursor_methods(tracer, cursors))
    methods = _connection_methods(tracer, cls)
    methods["prepare"] = _prepare(tracer, cls.prepare, traced_cursors)
    methods["cursor"] = _cursor(cls.cursor, traced_cursors)
    # Neither its instances nor what makes them can be given another method; a class can.
    connection.__class__ = traced_class(cls, methods)
    return undoing(connection, lambda hooked: setattr(hooked, "__class__", cls))


def _hook_all(tracer: Tracer) -> Callable[[], None]:
    connections = import_module("asyncpg.connection").Connection
    prepared = import_module("asyncpg.prepared_stmt").PreparedStatement
    cursors = import_module("asyncpg.cursor").CursorFactory
    return replaced(
        {
            connections: _connection_methods(tracer, connections),
            prepared: _prepared_methods(tracer, prepared),
            cursors: _cursor_methods(tracer, cursors),
        }
    )


def _connection_methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    return {
        "execute": wrapped(tracer, _BY, cls.execute, _one, _by_status),
        "executemany": wrapped(tracer, _BY, cls.executemany, _many, _unknown),
        "fetch": wrapped(tracer, _BY, cls.fetch, _one, _by_length),
        "fetchmany": wrapped(tracer, _BY, cls.fetchmany, _many, _by_length),
        "fetchval": wrapped(tracer, _BY, cls.fetchval, _one, _unknown),
        "fetchrow": wrapped(tracer, _BY, cls.fetchrow, _one, _by_presence),
        "copy_records_to_table": wrapped(tracer, _BY, cls.copy_records_to_table, _copy, _by_status),
        "copy_to_table": wrapped(tracer, _BY, cls.copy_to_table, _copy, _by_status),
        "copy_from_table": wrapped(tracer, _BY, cls.copy_from_table, _copy_out, _by_status),
        "copy_from_query": wrapped(tracer, _BY, cls.copy_from_query, _copy_query, _by_status),
    }


def _prepared_methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    return {
        "fetch": wrapped(tracer, _BY, cls.fetch, _prepared, _by_length),
        "fetchmany": wrapped(tracer, _BY, cls.fetchmany, _prepared_many, _by_length),
        "fetchval": wrapped(tracer, _BY, cls.fetchval, _prepared, _unknown),
        "fetchrow": wrapped(tracer, _BY, cls.fetchrow, _prepared, _by_presence),
        "executemany": wrapped(tracer, _BY, cls.executemany, _prepared_many, _unknown),
    }


def _cursor_methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    """A cursor is one statement, told with its first rows; what it fetches later is not."""

    class Opening:
        def __init__(self, factory: Any) -> None:
            self.factory = factory

        def __await__(self) -> Any:
            return cls_await(self.factory)

    async def open_cursor(factory: Any) -> Any:
        return await Opening(factory)

    cls_await, cls_iter = cls.__await__, cls.__aiter__
    opened = wrapped(tracer, _BY, open_cursor, _of_cursor, _unknown)
    iterators = import_module("asyncpg.cursor").CursorIterator
    fetch = wrapped(tracer, _BY, iterators._bind_exec, _of_cursor, _unknown)
    traced_iterators = traced_class(iterators, {"_bind_exec": fetch})

    def iterate(factory: Any) -> Any:
        iterator = cls_iter(factory)
        iterator.__class__ = traced_iterators
        return iterator

    return {"__await__": lambda factory: opened(factory).__await__(), "__aiter__": iterate}


def _cursor(function: Callable[..., Any], traced: Any) -> Callable[..., Any]:
    @wraps(function)
    def cursor(self: Any, *arguments: Any, **options: Any) -> Any:
        made = function(self, *arguments, **options)
        made.__class__ = traced
        return made

    return cursor


def _prepare(
    tracer: Tracer, function: Callable[..., Awaitable[Any]], traced_cursors: Any
) -> Callable[..., Awaitable[Any]]:
    cls = import_module("asyncpg.prepared_stmt").PreparedStatement
    cursor = _cursor(cls.cursor, traced_cursors)
    traced = traced_class(cls, {**_prepared_methods(tracer, cls), "cursor": cursor})

    @wraps(function)
    async def prepare(self: Any, *arguments: Any, **options: Any) -> Any:
        statement = await function(self, *arguments, **options)
        statement.__class__ = traced
        return statement

    return prepare


def _one(connection: Any, query: str, *arguments: Any, **_: Any) -> Sent:
    return Sent(connection, query, arguments)


def _many(connection: Any, command: str, args: Any, **_: Any) -> Sent:
    return Sent(connection, command, Counted(args))


def _copy(connection: Any, table_name: str, *, schema_name: str | None = None, **_: Any) -> Sent:
    return Sent(connection, f"COPY {_table(schema_name, table_name)} FROM STDIN", None)


def _copy_out(
    connection: Any, table_name: str, *, schema_name: str | None = None, **_: Any
) -> Sent:
    return Sent(connection, f"COPY {_table(schema_name, table_name)} TO STDOUT", None)


def _copy_query(connection: Any, query: str, *arguments: Any, **_: Any) -> Sent:
    return Sent(connection, f"COPY ({query}) TO STDOUT", arguments)


def _table(*parts: str | None) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part)


def _of_cursor(cursor: Any, *_: Any, **__: Any) -> Sent:
    return Sent(cursor._connection, cursor._query, cursor._args)


def _prepared(statement: Any, *arguments: Any, **_: Any) -> Sent:
    return Sent(statement._connection, statement.get_query(), arguments)


def _prepared_many(statement: Any, args: Any, **_: Any) -> Sent:
    return Sent(statement._connection, statement.get_query(), Counted(args))


def _by_status(_connection: Any, status: Any) -> int | None:
    """The rows that "UPDATE 5" tells."""
    count = str(status).rpartition(" ")[2]
    return int(count) if count.isdecimal() else None


def _by_length(_connection: Any, result: Any) -> int | None:
    return len(result)


def _by_presence(_connection: Any, result: Any) -> int | None:
    return int(result is not None)


def _unknown(_connection: Any, _result: Any) -> int | None:
    return None
