"""asyncpg: the methods of its connections and prepared statements.

Its query loggers (add_query_logger) are called later, from the event loop: where the application
sent the statement cannot be told then, and they do not hear of prepared statements.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import Counted, Sent, replaced, traced_class, wrapped

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

_BY = "asyncpg"


def hook(tracer: Tracer, connection: Any) -> Callable[[], None]:
    """Trace one connection, or all for None. Gives what undoes it."""
    if connection is None:
        connections = import_module("asyncpg.connection").Connection
        prepared = import_module("asyncpg.prepared_stmt").PreparedStatement
        return replaced(
            {
                connections: _connection_methods(tracer, connections),
                prepared: _prepared_methods(tracer, prepared),
            }
        )
    # A pool hands out proxies of its connections.
    own = getattr(connection, "_con", connection)
    cls = type(own)
    methods = _connection_methods(tracer, cls)
    methods["prepare"] = _prepare(tracer, cls.prepare)
    # Neither its instances nor what makes them can be given another method; a class can.
    own.__class__ = traced_class(cls, methods)

    def undo() -> None:
        own.__class__ = cls

    return undo


def _connection_methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    return {
        "execute": wrapped(tracer, _BY, cls.execute, _one, _by_status),
        "executemany": wrapped(tracer, _BY, cls.executemany, _many, _unknown),
        "fetch": wrapped(tracer, _BY, cls.fetch, _one, _by_length),
        "fetchval": wrapped(tracer, _BY, cls.fetchval, _one, _unknown),
        "fetchrow": wrapped(tracer, _BY, cls.fetchrow, _one, _by_presence),
        "copy_records_to_table": wrapped(tracer, _BY, cls.copy_records_to_table, _copy, _by_status),
        "copy_to_table": wrapped(tracer, _BY, cls.copy_to_table, _copy, _by_status),
    }


def _prepared_methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    return {
        "fetch": wrapped(tracer, _BY, cls.fetch, _prepared, _by_length),
        "fetchval": wrapped(tracer, _BY, cls.fetchval, _prepared, _unknown),
        "fetchrow": wrapped(tracer, _BY, cls.fetchrow, _prepared, _by_presence),
        "executemany": wrapped(tracer, _BY, cls.executemany, _prepared_many, _unknown),
    }


def _prepare(
    tracer: Tracer, function: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    @wraps(function)
    async def prepare(self: Any, *arguments: Any, **options: Any) -> Any:
        statement = await function(self, *arguments, **options)
        cls = type(statement)
        statement.__class__ = traced_class(cls, _prepared_methods(tracer, cls))
        return statement

    return prepare


def _one(connection: Any, query: str, *arguments: Any, **_: Any) -> Sent:
    return Sent(connection, query, arguments)


def _many(connection: Any, command: str, args: Any, **_: Any) -> Sent:
    return Sent(connection, command, Counted(args))


def _copy(connection: Any, table_name: str, *, schema_name: str | None = None, **_: Any) -> Sent:
    name = ".".join(
        '"' + part.replace('"', '""') + '"' for part in (schema_name, table_name) if part
    )
    return Sent(connection, f"COPY {name} FROM STDIN", None)


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
