"""Sessions on a shadow: statements that are kept, and plans that leave nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo, sql

from dbaudit.query import BoundQuery
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions, as_application, explain_prefix
from dbaudit.targets.session import Guards, Row, Session, connect

#: The shadow is ours alone: nothing waits, and what takes long is our own file system.
GUARDS = Guards(statement_timeout_ms=300_000, lock_timeout_ms=60_000)

PLAIN = ExplainOptions()


@contextmanager
def connect_shadow(dsn: str) -> Iterator[Session]:
    """A session on a shadow's database."""
    with connect(PostgresTarget(dsn), GUARDS) as session:
        yield session


def run(session: Session, statement: str, parameters: Sequence[object] | None = None) -> list[Row]:
    """Run a statement that is kept; its rows, if it has any. Raises QueryError."""
    try:
        cursor = session.connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise session.as_dbaudit_error(error) from error


def explain_text(session: Session, statement: str) -> Mapping[str, Any]:
    """The plan of a statement of our own."""
    document: Mapping[str, Any] = run(session, f"EXPLAIN (FORMAT JSON) {statement}")[0][0][0]
    plan: Mapping[str, Any] = document["Plan"]
    return plan


def what_if(
    session: Session,
    query: BoundQuery,
    default_role: str | None,
    options: ExplainOptions = PLAIN,
) -> Mapping[str, Any]:
    """The query's plan as the application's role.

    `default_role` is taken when the query names none. Everything is rolled back.
    """
    with session.transaction(access="READ WRITE") as cursor:
        if default_role is not None and query.query.role is None:
            cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(default_role)))
        with as_application(cursor, query.query):
            cursor.execute((explain_prefix(query, options) + query.sql).encode())
        row = cursor.fetchone()
        plan: Mapping[str, Any] = row[0][0]["Plan"] if row else {}
        return plan


def libpq_environment(target: PostgresTarget) -> tuple[str, dict[str, str]]:
    """The target for one of PostgreSQL's programs: a conninfo without secrets, and environment.

    Whoever lists the processes sees the first, never the second.
    """
    secret_names = {"password": "PGPASSWORD", "sslpassword": "PGSSLPASSWORD"}
    parameters = target.parameters
    secrets = {
        variable: parameters.pop(name)
        for name, variable in secret_names.items()
        if name in parameters
    }
    return conninfo.make_conninfo("", **parameters), secrets
