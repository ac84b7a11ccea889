"""SQLAlchemy 2: the events of an engine."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dbaudit.trace.methods import undoing

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer

_STARTED = "_dbaudit_started"


def hook(tracer: Tracer, engine: Any) -> Callable[[], None]:
    """Trace one engine, or all for None. Gives what undoes it."""
    event: Any = import_module("sqlalchemy.event")
    target = import_module("sqlalchemy.engine").Engine if engine is None else engine
    listeners = _listeners(tracer)
    for name, listener in listeners.items():
        event.listen(target, name, listener)

    def take_back(target: Any) -> None:
        for name, listener in listeners.items():
            event.remove(target, name, listener)

    return undoing(target, take_back)


def _listeners(tracer: Tracer) -> dict[str, Callable[..., None]]:
    # Several tracers may listen to one engine: each keeps its own beginning.
    name = f"{_STARTED}_{id(tracer)}"

    def before(conn: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
        setattr(context, name, tracer.begin(conn.connection.driver_connection))

    def after(_conn: Any, cursor: Any, sql: str, values: Any, context: Any, _many: bool) -> None:
        started = _taken(context, name)
        if started is not None:
            counts = _counts(cursor, values)
            tracer.end("sqlalchemy", started, sql, _first(values), **counts)

    def failed(error: Any) -> None:
        context = error.execution_context
        started = _taken(context, name)
        if started is not None:
            raised = error.original_exception
            values = _first(error.parameters)
            tracer.end("sqlalchemy", started, error.statement, values, error=raised)

    return {
        "before_cursor_execute": _safe(tracer, before),
        "after_cursor_execute": _safe(tracer, after),
        "handle_error": _safe(tracer, failed),
    }


def _safe(tracer: Tracer, listener: Callable[..., None]) -> Callable[..., None]:
    # The number of arguments tells SQLAlchemy which form of an event is meant; *given is any.
    def listen(*given: Any) -> None:
        tracer.safely(listener, *given)

    return listen


def _taken(context: Any, name: str) -> Any:
    started = getattr(context, name, None)
    if started is not None:
        setattr(context, name, None)
    return started


# The values of executemany are a list. One statement that holds many rows ("insertmanyvalues") is
# many to SQLAlchemy too, but has the values of one, a dict or tuple.


def _first(values: Any) -> Any:
    return values[0] if values and isinstance(values, list) else values


def _counts(cursor: Any, values: Any) -> dict[str, int | None]:
    rows = cursor.rowcount
    calls = len(values) if isinstance(values, list) else None
    return {"rows": rows if rows >= 0 else None, "calls": calls}
