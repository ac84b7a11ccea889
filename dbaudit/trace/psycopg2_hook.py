"""psycopg2: a cursor factory."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import Counted, Sent, traced_class, wrapped

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer


def hook(tracer: Tracer, connection: Any) -> Callable[[], None]:
    """Trace the cursors of one connection, or of those made from now on. Gives what undoes it."""
    if connection is not None:
        return _hook_one(tracer, connection)
    psycopg2: Any = import_module("psycopg2")
    # Its connection is written in C and cannot be changed; connect() makes all through this.
    connect = psycopg2._connect

    def traced_connect(*arguments: Any, **options: Any) -> Any:
        made = connect(*arguments, **options)
        _hook_one(tracer, made)
        return made

    psycopg2._connect = traced_connect

    def undo() -> None:
        psycopg2._connect = connect

    return undo


def _hook_one(tracer: Tracer, connection: Any) -> Callable[[], None]:
    factory = connection.cursor_factory
    connection.cursor_factory = _cursor_class(
        tracer, factory or import_module("psycopg2.extensions").cursor
    )

    def undo() -> None:
        connection.cursor_factory = factory

    return undo


def _cursor_class(tracer: Tracer, cls: Any) -> Any:
    methods = {
        "execute": wrapped(tracer, "psycopg2", cls.execute, _one),
        "executemany": wrapped(tracer, "psycopg2", cls.executemany, _many),
        "callproc": wrapped(tracer, "psycopg2", cls.callproc, _call),
        "copy_expert": wrapped(tracer, "psycopg2", cls.copy_expert, _copy),
    }
    return traced_class(cls, methods)


def _one(cursor: Any, query: Any, vars: Any = None, **_: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, query), vars)


def _many(cursor: Any, query: Any, vars_list: Any, **_: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, query), Counted(vars_list))


def _call(cursor: Any, procname: str, parameters: Any = None, **_: Any) -> Sent:
    places = ", ".join(["%s"] * len(parameters or ()))
    return Sent(cursor.connection, f"SELECT * FROM {procname}({places})", parameters)


def _copy(cursor: Any, sql: Any, *_: Any, **__: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, sql), None)


def _text(cursor: Any, query: Any) -> Any:
    # What psycopg2 composes needs the connection that it is quoted for.
    return query.as_string(cursor) if hasattr(query, "as_string") else query
