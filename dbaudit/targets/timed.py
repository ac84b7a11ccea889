"""A registered query on the target for a measurement: its plan, and one timed execution.

Everything is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg

from dbaudit.query import BoundQuery
from dbaudit.targets.explain import (
    GENERIC_PLAN_VERSION_NUM,
    ExplainOptions,
    as_application,
    execute_explain,
    explain,
)
from dbaudit.targets.hiding import hide
from dbaudit.targets.interrupt import cancelled_by_interrupt
from dbaudit.targets.session import Guards, Row, Session

#: TIMING OFF: reading the clock for each row would slow the plan with more rows down most.
_TIMED = "EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS, TIMING OFF) "
_SCANS: LiteralString = (
    "SELECT o, pg_catalog.pg_stat_get_xact_numscans(o::oid) FROM unnest(%s::int8[]) AS o"
)


@dataclass(frozen=True, slots=True)
class Execution:
    """How long the executor took, triggers included, in ms; the oids of watched indexes it scanned.

    An index that a trigger or function used is among `scanned` although no plan shows it.
    """

    ms: float
    scanned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Switch:
    """The indexes (by oid) of a comparison, and which of them are hidden from one execution."""

    compared: frozenset[int]
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """`allow_writes` lets a data-modifying statement run, to be rolled back like all others."""

    statement_timeout_ms: int
    allow_writes: bool = False


def execute_switched(
    session: Session, query: BoundQuery, options: ExecutionOptions, switch: Switch
) -> Execution:
    """Execute a query once while some indexes are hidden from it; a superuser only (see hiding).

    The transaction writes to the catalog and is made read-only before the query runs, unless that
    may write. Raises QueryError.
    """
    guards = replace(session.guards, statement_timeout_ms=options.statement_timeout_ms)
    with session.transaction(access="READ WRITE", guards=guards) as cursor:
        hide(cursor, switch.compared, switch.hidden)
        if not options.allow_writes:
            cursor.execute("SET LOCAL transaction_read_only = on")
        with as_application(cursor, query.query):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return Execution(_execute(cursor, query))


def plan_verbosely(session: Session, query: BoundQuery) -> Mapping[str, Any]:
    """The root node of the plan, in which tables have their schema (VERBOSE).

    A generic plan of a server before 16 comes without schemas. Raises QueryError.
    """
    if query.is_generic and session.version_num < GENERIC_PLAN_VERSION_NUM:
        prepared: Mapping[str, Any] = explain(session, query, ExplainOptions())["Plan"]
        return prepared
    generic = ", GENERIC_PLAN" if query.is_generic else ""
    with session.transaction() as cursor, as_application(cursor, query.query):
        prefix = f"EXPLAIN (FORMAT JSON, VERBOSE{generic}) "
        plan: Mapping[str, Any] = _document(cursor, prefix, query)["Plan"]
        return plan


def execute_timed(session: Session, query: BoundQuery, options: ExecutionOptions) -> Execution:
    """Execute a query once. Raises QueryError; 25006 for a write that is not allowed."""
    with _transaction(session, query, options, session.guards) as cursor:
        return Execution(_execute(cursor, query))


def execute_watched(
    session: Session, query: BoundQuery, options: ExecutionOptions, watched: Collection[int]
) -> Execution:
    """Execute a query once and tell which of the watched indexes (by oid) were scanned.

    Only where some are watched does the server count what is read. The counters are the
    transaction's own (pg_stat_get_xact_numscans), so they do not lag as pg_stat_user_indexes does.
    Planning scans indexes too (get_actual_variable_range in src/backend/utils/adt/selfuncs.c): what
    a plain EXPLAIN scans is taken off.
    """
    guards = replace(session.guards, track_counts=bool(watched))
    with _transaction(session, query, options, guards) as cursor:
        at_first = _scans(cursor, watched)
        execute_explain(cursor, "EXPLAIN ", query)
        planned = _scans(cursor, watched)
        ms = _execute(cursor, query)
        executed = _scans(cursor, watched)
    return Execution(
        ms, frozenset(o for o in watched if executed[o] - planned[o] > planned[o] - at_first[o])
    )


@contextmanager
def _transaction(
    session: Session, query: BoundQuery, options: ExecutionOptions, guards: Guards
) -> Iterator[psycopg.Cursor[Row]]:
    access: LiteralString = "READ WRITE" if options.allow_writes else "READ ONLY"
    limited = replace(guards, statement_timeout_ms=options.statement_timeout_ms)
    with (
        session.transaction(access=access, guards=limited) as cursor,
        as_application(cursor, query.query),
    ):
        # A deferred foreign key would do its work at the commit that never comes.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield cursor


def _execute(cursor: psycopg.Cursor[Row], query: BoundQuery) -> float:
    document = cancelled_by_interrupt(cursor.connection, lambda: _document(cursor, _TIMED, query))
    return float(document["Execution Time"])


def _document(cursor: psycopg.Cursor[Row], prefix: str, query: BoundQuery) -> Mapping[str, Any]:
    execute_explain(cursor, prefix, query)
    row = cursor.fetchone()
    if row is None:
        raise TypeError("EXPLAIN returned no row")
    found = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    document: Mapping[str, Any] = found[0]
    return document


def _scans(cursor: psycopg.Cursor[Row], watched: Collection[int]) -> dict[int, int]:
    return dict(cursor.execute(_SCANS, (list(watched),)).fetchall())
