"""A query as the text of its file: what `query_file` reads."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.query import Parameter, Query


def query_text(query: Query) -> str:
    """The header lines and the statement with its semicolon.

    A value that does not fit on a line is left out: the file has no way to hold it.
    """
    return "\n".join([*_lines(query), f"{query.sql};", ""])


def _lines(query: Query) -> Iterator[str]:
    yield f"-- name: {query.name}"
    if query.description:
        yield f"-- description: {' '.join(query.description.split())}"
    if query.weight != 1:
        yield f"-- weight: {query.weight:.15g}"
    for parameter in query.parameters:
        yield f"-- param: {_declared(parameter)}"


def _declared(parameter: Parameter) -> str:
    name = f"{parameter.name} {parameter.type}" if parameter.type else parameter.name
    if parameter.is_null:
        return f"{name} = NULL"
    value = parameter.value
    if value is None or not value.isprintable():
        return name
    quoted = value.replace("'", "''")
    return f"{name} = '{quoted}'"
