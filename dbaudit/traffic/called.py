"""The application's own functions that a statement calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from dbaudit.identifiers import KEYWORDS
from dbaudit.workload.lexer import Token
from dbaudit.workload.names import identifier_of

#: Words with a bracket behind them that are neither functions nor reserved.
_SYNTAX = frozenset(("operator", "over", "filter", "materialized"))
#: A name behind these has a bracket with columns, or with what a type is limited to.
_NO_CALL_AFTER = frozenset(("as", "with", "recursive"))
_SERVERS_SCHEMAS = frozenset(("pg_catalog", "information_schema"))


class Called(NamedTuple):
    """A function, `schema.name` or `name`; whether the statement reads rows from it."""

    name: str
    is_read: bool


def called(found: Sequence[Token]) -> Iterator[Called]:
    """The functions that a statement's significant tokens call, without the server's own."""
    for at, token in enumerate(found[:-1]):
        if found[at + 1].text != "(" or token.word in KEYWORDS or token.word in _SYNTAX:
            continue
        name = identifier_of(token)
        schema = identifier_of(found[at - 2]) if at >= 2 and found[at - 1].text == "." else None
        before = found[at - (1 if schema is None else 3)] if at else None
        if name is None or before is None or not _may_be_called_after(before):
            continue
        if not _is_servers(schema, name):
            full = name if schema is None else f"{schema}.{name}"
            yield Called(full, before.word in ("from", "join", "lateral"))


def _may_be_called_after(before: Token) -> bool:
    """Not after a name or a bracket, which make it an alias with columns, nor in a cast."""
    if before.text in (")", "]", "::", ".") or before.word in _NO_CALL_AFTER:
        return False
    return identifier_of(before) is None or before.word in KEYWORDS or before.word == "call"


def _is_servers(schema: str | None, name: str) -> bool:
    if schema is not None:
        return schema in _SERVERS_SCHEMAS
    return name.startswith("pg_") or name in _builtin_functions()


@cache
def _builtin_functions() -> frozenset[str]:
    """The functions of PostgreSQL 15 and 18 that can be called, but those that begin with pg_."""
    return frozenset(
        files("dbaudit.traffic").joinpath("builtin_functions.txt").read_text("utf-8").split()
    )
