"""EXPLAIN on the target: in a transaction that is rolled back, as the application's own role."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from dbaudit.query import BoundQuery, Query
from dbaudit.targets.session import Guards, Row, Session

#: EXPLAIN (GENERIC_PLAN) came with PostgreSQL 16; before it a prepared statement does the same.
GENERIC_PLAN_VERSION_NUM = 160000

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """`analyze` executes the statement; a writing one needs `allow_writes` and is rolled back too.

    `verbose` adds schemas, aliases and outputs, and qualifies every column.
    `statement_timeout_ms` is the limit of one execution; None leaves the session's.
    """

    analyze: bool = False
    allow_writes: bool = False
    verbose: bool = False
    statement_timeout_ms: int | None = None


def explain(session: Session, query: BoundQuery, options: ExplainOptions) -> Mapping[str, Any]:
    """The document of EXPLAIN (FORMAT JSON): "Plan", "Settings", "Planning Time" …

    Raises QueryError with the server's message and position (counted in the bound statement).
    """
    access = "READ WRITE" if options.analyze and options.allow_writes else "READ ONLY"
    guards = _guards(session, options)
    with (
        session.transaction(access=access, guards=guards) as cursor,
        as_application(cursor, query.query),
    ):
        if query.is_generic and session.version_num < GENERIC_PLAN_VERSION_NUM:
            return _explain_prepared(cursor, query, options)
        prefix = explain_prefix(query, options)
        execute_explain(cursor, prefix, query)
        return _document(cursor)


def explain_prefix(query: BoundQuery, options: ExplainOptions) -> str:
    """What stands before the statement: `EXPLAIN (FORMAT JSON, …) `."""
    words = _plain_words(options)
    if query.is_generic:
        words.append("GENERIC_PLAN")
    elif options.analyze:
        words += ["ANALYZE", "BUFFERS"]
    return f"EXPLAIN ({', '.join(words)}) "


def _plain_words(options: ExplainOptions) -> list[str]:
    return ["FORMAT JSON", "SETTINGS", *(["VERBOSE"] if options.verbose else [])]


def execute_explain(cursor: psycopg.Cursor[Row], prefix: str, query: BoundQuery) -> None:
    """Run an EXPLAIN of a query, and of nothing that stands behind it.

    It travels by the extended protocol, which refuses a second statement in the same text: one as
    in `…; rollback; drop table t` would be out of our transaction and its guards. A generic plan
    cannot: by that protocol the server asks for the values that it is to do without.
    """
    cursor.execute((prefix + query.sql).encode(), binary=not query.is_generic)


@contextmanager
def as_application(cursor: psycopg.Cursor[Row], query: Query) -> Iterator[None]:
    """Take on the role and settings with which the application runs the query, until rollback."""
    for name, value in query.settings.items():
        cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
    if query.role:
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(query.role)))
    yield


def _guards(session: Session, options: ExplainOptions) -> Guards:
    if options.statement_timeout_ms is None:
        return session.guards
    return replace(session.guards, statement_timeout_ms=options.statement_timeout_ms)


def _explain_prepared(
    cursor: psycopg.Cursor[Row], query: BoundQuery, options: ExplainOptions
) -> Mapping[str, Any]:
    """A generic plan on 13 to 15: prepared with unknown types, explained with NULLs.

    The values do not matter: plan_cache_mode = force_generic_plan ignores them. A prepared
    statement outlives a failed transaction, so each has a name of its own.
    """
    name = f"dbaudit_{next(_numbers)}"
    cursor.execute(f"PREPARE {name} AS {query.sql}".encode(), binary=True)
    cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    nulls = ", ".join(["NULL"] * len(query.query.parameters))
    call = f"{name}({nulls})" if nulls else name
    words = ", ".join(_plain_words(options))
    cursor.execute(f"EXPLAIN ({words}) EXECUTE {call}".encode())
    document = _document(cursor)
    cursor.execute(f"DEALLOCATE {name}".encode())
    return document


def _document(cursor: psycopg.Cursor[Row]) -> Mapping[str, Any]:
    row = cursor.fetchone()
    if row is None:
        raise TypeError("EXPLAIN returned no row")
    value = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    document: Mapping[str, Any] = value[0]
    return document
