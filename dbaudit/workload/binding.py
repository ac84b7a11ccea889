"""A query with values in place of its parameters, ready for EXPLAIN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from dbaudit.errors import UsageError
from dbaudit.identifiers import quote_literal
from dbaudit.query import BoundQuery, Parameter, Query
from dbaudit.workload.lexer import TokenKind, significant, tokens
from dbaudit.workload.query_file import place

#: Values by parameter name; None is the SQL NULL.
Values = Mapping[str, str | None]


def bind(query: Query, values: Values | None = None, variant: str = "given") -> BoundQuery:
    """The query with literals: those of `values`, else those that its file gives.

    A literal is quoted and cast to the declared type; without one it is left to the server to find
    the type, as it does for a parameter (LIMIT '20' is a bigint). Raises UsageError that names the
    parameters without a value.
    """
    known = {**given_values(query), **(values or {})}
    missing = [parameter.name for parameter in query.parameters if parameter.name not in known]
    if missing:
        raise UsageError(
            f"query {query.name} ({place(query)}): no value for parameter {', '.join(missing)}; "
            f"give it with --param {missing[0]}=… or in the file: -- param: {missing[0]} = …"
        )
    literals = [_literal(parameter, known[parameter.name]) for parameter in query.parameters]
    return BoundQuery(query, _with_literals(query.statement, literals), variant)


def generic(query: Query) -> BoundQuery:
    """The query with its parameters left open, cast to their declared types, for a generic plan."""
    casts = [f"${n}{_cast(p)}" for n, p in enumerate(query.parameters, 1)]
    return BoundQuery(query, _with_literals(query.statement, casts), "generic")


def rebind(bound: BoundQuery, statement: str) -> BoundQuery:
    """Another statement with the values that this one is bound to.

    Its parameters ($1, $2 …) are those of the query that was bound.
    """
    query = replace(bound.query, sql=statement, statement=statement)
    if bound.is_generic:
        return generic(query)
    return BoundQuery(query, _with_literals(statement, _literals_in(bound)), bound.variant)


def _literals_in(bound: BoundQuery) -> list[str]:
    """The literals that stand where the statement has its parameters."""
    found = [""] * len(bound.query.parameters)
    position = 0
    for token in tokens(bound.query.statement):
        if token.kind is not TokenKind.NUMBERED_PARAMETER:
            position += len(token.text)
            continue
        number = int(token.parameter_name) - 1
        kind = bound.query.parameters[number].type
        cast = re.escape(f"::{kind}") if kind else ""
        literal = re.compile(rf"\(?((?:[eE]?'(?:[^']|'')*'|NULL){cast})\)?").match(
            bound.sql, position
        )
        if literal is None:
            raise ValueError(f"no literal for ${number + 1} at {position} of {bound.sql!r}")
        is_bracketed = bound.sql[position] == "("
        found[number] = literal[1]
        position = literal.end() if is_bracketed else literal.end(1)
    return found


def given_values(query: Query) -> dict[str, str | None]:
    """The values that the query's file gives."""
    return {
        parameter.name: parameter.value for parameter in query.parameters if parameter.has_value
    }


def refuse_unknown(queries: Iterable[Query], values: Values) -> None:
    """Raise UsageError for a value (`--param`) whose parameter no query has."""
    names = {parameter.name for query in queries for parameter in query.parameters}
    for name in values:
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise UsageError(f"--param {name}: no query has this parameter; there are: {known}")


def _literal(parameter: Parameter, value: str | None) -> str:
    literal = "NULL" if value is None else quote_literal(value).strip()
    return f"{literal}{_cast(parameter)}"


def _cast(parameter: Parameter) -> str:
    return f"::{parameter.type}" if parameter.type else ""


def _with_literals(statement: str, literals: list[str]) -> str:
    found = tokens(statement)
    meaningful = significant(found)
    subscripted = {token.start for token, after in pairwise(meaningful) if after.text == "["}
    pieces = []
    for token in found:
        if token.kind is not TokenKind.NUMBERED_PARAMETER:
            pieces.append(token.text)
            continue
        literal = literals[int(token.parameter_name) - 1]
        is_bare = literal == token.text or token.start not in subscripted
        pieces.append(literal if is_bare else f"({literal})")
    return "".join(pieces)
