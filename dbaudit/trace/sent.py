"""What was sent, and what came of it, as keys of a trace's line."""

from __future__ import annotations

from typing import Any

from dbaudit.trace.values import MAX_STATEMENT, MAX_VALUES, Hashed, Plain, in_order


def add_sent(line: dict[str, Any], statement: Any, parameters: Any, values: Hashed | Plain) -> None:
    """Add the statement and its parameters, both bounded; `values` writes each."""
    text = statement if isinstance(statement, str) else _text(statement)
    bound = in_order(text, parameters)
    written = text[:MAX_STATEMENT]
    line["statement"] = written if bound else values.statement(written)
    if len(text) > MAX_STATEMENT:
        line["length"] = len(text)
    line["parameters"] = list(map(values.value, bound[:MAX_VALUES]))
    if len(bound) > MAX_VALUES:
        line["parameter_count"] = len(bound)


def error_name(error: BaseException) -> str:
    """The class and SQLSTATE of an exception: its message may hold values."""
    sqlstate = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return f"{type(error).__name__} {sqlstate}" if sqlstate else type(error).__name__


def _text(statement: Any) -> str:
    """The text of what drivers take besides text: bytes, and psycopg's composed SQL."""
    if isinstance(statement, bytes):
        return statement.decode("utf-8", "replace")
    if hasattr(statement, "as_string"):
        return str(statement.as_string(None))
    return str(statement)
