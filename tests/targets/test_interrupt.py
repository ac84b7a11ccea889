"""Ctrl-C while a statement is at work on a real server."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import psycopg
import pytest

from dbaudit.targets.interrupt import cancelled_by_interrupt
from tests.conftest import NewDatabase

#: Goes on for so many seconds after it was cancelled.
STUBBORN = """
create function stubborn(seconds float) returns text language plpgsql as $$
begin
    perform pg_sleep(600);
    return '';
exception when query_canceled then
    raise notice 'still here';
    for step in 1..(seconds * 10)::int loop
        begin
            perform pg_sleep(0.1);
        exception when query_canceled then null;
        end;
    end loop;
    raise;
end $$
"""
RUNNING = "select 1 from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"


def press_when_running(dsn: str, pid: int) -> threading.Thread:
    """Press Ctrl-C once the server's process sleeps in a statement.

    The signal goes to another thread than the main one, so that it ends none of its waits.
    """

    def press() -> None:
        with psycopg.connect(dsn, autocommit=True) as watcher:
            while watcher.execute(RUNNING, (pid,)).fetchone() is None:
                pass
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def interrupted(dsn: str, connection: psycopg.Connection[Any], seconds: float) -> None:
    pressed = press_when_running(dsn, connection.info.backend_pid)
    with pytest.raises(KeyboardInterrupt):
        cancelled_by_interrupt(
            connection, lambda: connection.execute("select stubborn(%s)", (seconds,))
        )
    pressed.join()


def test_what_work_gives_and_raises(new_database: NewDatabase) -> None:
    with psycopg.connect(new_database(), autocommit=True) as connection:
        row = cancelled_by_interrupt(connection, connection.execute("select 7").fetchone)
        assert row == (7,)
        with pytest.raises(psycopg.errors.DivisionByZero):
            cancelled_by_interrupt(connection, lambda: connection.execute("select 1/0"))


@pytest.mark.parametrize("seconds", [0, 6])  # psycopg gives up after five
def test_the_connection_serves_on_after_ctrl_c(new_database: NewDatabase, seconds: float) -> None:
    dsn = new_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(STUBBORN)
        interrupted(dsn, connection, seconds)
        assert connection.execute("select 7").fetchone() == (7,)


def test_a_second_ctrl_c_cuts_the_connection(new_database: NewDatabase) -> None:
    dsn = new_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(STUBBORN)
        connection.add_notice_handler(lambda _: os.kill(os.getpid(), signal.SIGINT))
        interrupted(dsn, connection, 600)
        assert connection.broken
