"""Ways to hold others up for as long as a test wants, without a clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.conftest import needs_version
from tests.migrate.plans import select

#: `held(value, n)` gives back the value once nobody holds gate `n`. It asks again and again rather
#: than wait for the lock, so that no lock_timeout ends it; a cancel or a cut does. A concurrent
#: build is held at START, a concurrent drop at DROP (of `docs_old` at DROP_OLD), before it takes a
#: lock or asks who has one.
HELD = """
create function held(value text, gate int) returns text language plpgsql immutable as $$ begin
    while not pg_try_advisory_xact_lock_shared(4, gate) loop perform pg_sleep(0.005); end loop
    ; return value; end $$;
create function hold_command() returns event_trigger language plpgsql as $$ begin
    if current_query() ilike '% index concurrently%' then
    perform public.held('', case when tg_tag = 'CREATE INDEX' then 5
    when current_query() ilike '%docs_old%' then 7 else 6 end); end if; end $$;
create event trigger hold_command on ddl_command_start
    when tag in ('CREATE INDEX', 'DROP INDEX') execute function hold_command();
"""
BUILD, LATE, QUERY, START, DROP, DROP_OLD = 1, 2, 3, 5, 6, 7

#: Locks that our own runs take are told from those of the gates by the key's form.
GATE_SPACE = 4

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that is closed: whoever calls `held` with its number waits."""

    connection: psycopg.Connection[Any]
    number: int

    def open(self) -> None:
        """Let everybody pass."""
        self.connection.execute("select pg_advisory_unlock(%s, %s)", (GATE_SPACE, self.number))


@contextmanager
def gate(dsn: str, number: int = BUILD) -> Iterator[Gate]:
    """A gate that is closed from now on, at the latest until the block ends."""
    with psycopg.connect(dsn, autocommit=True, application_name="gate") as connection:
        connection.execute("select pg_advisory_lock(%s, %s)", (GATE_SPACE, number))
        yield Gate(connection, number)


@contextmanager
def transaction(dsn: str, sql: str = "") -> Iterator[psycopg.Connection[Any]]:
    """A transaction of somebody else that stays open; rolled back in the end."""
    with psycopg.connect(dsn, application_name="somebody else") as connection:
        if sql:
            connection.execute(sql.encode())
        yield connection
        if not connection.closed:
            connection.rollback()


def until(dsn: str, sql: str, *parameters: object) -> Any:
    """The first value of a query once it gives a row."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with psycopg.connect(dsn, autocommit=True, application_name="watcher") as connection:
        while True:
            row = connection.execute(sql.encode(), parameters or None).fetchone()
            if row is not None:
                return row[0]
            if time.monotonic() > deadline:
                raise AssertionError(f"never seen: {sql} {parameters} {_sessions(dsn)}")
            time.sleep(0.01)


def until_phase(dsn: str, phase: str) -> int:
    """The server's process of ours that builds `docs_held`, once it is in a phase (LIKE)."""
    pid = until(
        dsn,
        "select p.pid from pg_stat_progress_create_index p"
        " join pg_stat_activity a on a.pid = p.pid and a.application_name = 'dbaudit'"
        " where p.datname = current_database() and a.query ilike %s and p.phase like %s",
        "%index concurrently docs_held%",
        phase,
    )
    return int(pid)


def until_running(dsn: str, statement: str, wait: str = "Timeout") -> int:
    """The server's process of ours that waits in a statement (a LIKE pattern).

    At a gate it waits for a Timeout, for somebody else's transaction for a Lock.
    """
    pid = until(
        dsn,
        "select pid from pg_stat_activity where application_name = 'dbaudit'"
        " and datname = current_database() and state = 'active' and query ilike %s"
        " and wait_event_type = %s",
        statement,
        wait,
    )
    return int(pid)


def until_alone(dsn: str) -> None:
    """Wait until the server has ended every session of ours, also in the middle of a build."""
    needs_version(dsn, 14)  # client_connection_check_interval
    until(
        dsn,
        "select 1 where not exists (select from pg_stat_activity"
        " where application_name = 'dbaudit' and datname = current_database())",
    )


def _sessions(dsn: str) -> list[tuple[Any, ...]]:
    return select(
        dsn,
        "select application_name, state, wait_event_type, wait_event, left(query, 80)"
        " from pg_stat_activity where datname = current_database()",
    )
