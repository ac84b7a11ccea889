"""psycopg2: classes of connections and cursors that trace what is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import Counted, Sent, traced_class, undoing, wrapped

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

_BY = "psycopg2"


def hook(tracer: Tracer, connection: Any) -> Callable[[], None]:
    """Trace the cursors of one connection, or of those made from now on. Gives what undoes it."""
    classes = _Classes(tracer)
    if connection is not None:
        return _hook_one(classes, connection)
    psycopg2: Any = import_module("psycopg2")
    # Its connection is written in C and cannot be changed; connect() makes all through this.
    connect = psycopg2._connect

    @wraps(connect)
    def traced_connect(dsn: Any, connection_factory: Any = None, **options: Any) -> Any:
        factory = connection_factory or import_module("psycopg2.extensions").connection
        if isinstance(factory, type):
            factory = tracer.safely(classes.connection, factory) or factory
            return connect(dsn, connection_factory=factory, **options)
        made = connect(dsn, connection_factory=factory, **options)
        tracer.safely(_hook_one, classes, made)
        return made

    psycopg2._connect = traced_connect

    def undo() -> None:
        psycopg2._connect = connect

    return undo


def _hook_one(classes: _Classes, connection: Any) -> Callable[[], None]:
    cls = type(connection)
    plain = import_module("psycopg2.extensions")
    if cls is not plain.connection:
        connection.__class__ = classes.connection(cls)
        return undoing(connection, lambda hooked: setattr(hooked, "__class__", cls))
    # The class in C cannot be changed: cursors are traced that it makes by its own factory.
    factory = connection.cursor_factory
    connection.cursor_factory = classes.cursor(factory or plain.cursor)
    return undoing(connection, lambda hooked: setattr(hooked, "cursor_factory", factory))


class _Classes:
    """The traced classes of connections and cursors, each made once."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._made: dict[type, Any] = {}

    def connection(self, cls: Any) -> Any:
        """A class of connections that traces their cursors, whatever makes them."""
        if getattr(cls, "dbaudit_tracer", None) is self._tracer:
            return cls
        methods = {"cursor": self._cursor_method(cls.cursor), "dbaudit_tracer": self._tracer}
        return self._once(cls, lambda: methods)

    def cursor(self, cls: Any) -> Any:
        """A class of cursors that are traced."""
        return self._once(cls, lambda: _methods(self._tracer, cls))

    def _once(self, cls: type, methods: Callable[[], Mapping[str, Any]]) -> Any:
        if cls not in self._made:
            made = traced_class(cls, methods())
            self._made[cls] = self._made[made] = made
        return self._made[cls]

    def _cursor_method(self, function: Callable[..., Any]) -> Callable[..., Any]:
        plain = import_module("psycopg2.extensions").cursor

        @wraps(function)
        def cursor(connection: Any, *arguments: Any, **options: Any) -> Any:
            made = function(connection, *arguments, **options)
            if type(made) is plain:
                # Neither can this class be changed; a cursor that was not used yet is another.
                given = {**options, "cursor_factory": self.cursor(plain)}
                return function(connection, *arguments[:1], **given)
            self._tracer.safely(self._trace, made)
            return made

        return cursor

    def _trace(self, cursor: Any) -> None:
        cursor.__class__ = self.cursor(type(cursor))


def _methods(tracer: Tracer, cls: Any) -> dict[str, Any]:
    return {
        "execute": wrapped(tracer, _BY, cls.execute, _one),
        "executemany": wrapped(tracer, _BY, cls.executemany, _many),
        "callproc": wrapped(tracer, _BY, cls.callproc, _call),
        "copy_expert": wrapped(tracer, _BY, cls.copy_expert, _copy),
        "copy_from": wrapped(tracer, _BY, cls.copy_from, _copy_from),
        "copy_to": wrapped(tracer, _BY, cls.copy_to, _copy_to),
    }


def _one(cursor: Any, query: Any, vars: Any = None, **_: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, query), vars)


def _many(cursor: Any, query: Any, vars_list: Any, **_: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, query), Counted(vars_list))


def _call(cursor: Any, procname: str, parameters: Any = None, **_: Any) -> Sent:
    places = ", ".join(["%s"] * len(parameters or ()))
    return Sent(cursor.connection, f"SELECT * FROM {procname}({places})", parameters)


def _copy(cursor: Any, sql: Any, *_: Any, **__: Any) -> Sent:
    return Sent(cursor.connection, _text(cursor, sql), None)


def _copy_from(cursor: Any, _file: Any, table: str, *_: Any, **__: Any) -> Sent:
    return Sent(cursor.connection, f"COPY {_quoted(table)} FROM STDIN", None)


def _copy_to(cursor: Any, _file: Any, table: str, *_: Any, **__: Any) -> Sent:
    return Sent(cursor.connection, f"COPY {_quoted(table)} TO STDOUT", None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(cursor: Any, query: Any) -> Any:
    # What psycopg2 composes needs the connection that it is quoted for.
    return query.as_string(cursor) if hasattr(query, "as_string") else query
