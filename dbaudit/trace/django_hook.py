"""Django: a wrapper around the execution of statements, on every connection."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbaudit.trace.tracer import Tracer


def hook(tracer: Tracer, _all: None) -> Callable[[], None]:
    """Trace the connections of this thread, and each that is made. Gives what undoes it."""
    wrapper = _wrapper(tracer)
    wrapped: weakref.WeakSet[Any] = weakref.WeakSet()

    def wrap(connection: Any, **_: Any) -> None:
        # Each thread has connections of its own, which stay when they connect again.
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)
            wrapped.add(connection)

    created = import_module("django.db.backends.signals").connection_created
    created.connect(wrap, weak=False)
    if import_module("django.conf").settings.configured:
        for connection in import_module("django.db").connections.all(initialized_only=True):
            wrap(connection)

    def undo() -> None:
        created.disconnect(wrap)
        for connection in wrapped:
            connection.execute_wrappers.remove(wrapper)

    return undo


def _wrapper(tracer: Tracer) -> Callable[..., Any]:
    def traced(
        execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        started = tracer.begin(context["connection"].connection)
        rows = None
        if many and started is not None:
            params = rows = list(params)
        values = (params[0] if params else None) if rows is not None else params
        try:
            result = execute(sql, params, many, context)
        except BaseException as error:
            tracer.end("django", started, sql, values, error=error.__cause__ or error)
            raise
        counted = getattr(context["cursor"], "rowcount", -1)
        tracer.end(
            "django",
            started,
            sql,
            values,
            rows=counted if counted >= 0 else None,
            calls=None if rows is None else len(rows),
        )
        return result

    return traced
