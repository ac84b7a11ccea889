"""Somebody else at work in the database, and builds that take their time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.migrate.plans import select

#: `slow(text)`: a build over docs takes about 20 s by it, and can be cancelled at any time.
SLOW = """
create function slow(text) returns text language plpgsql immutable as
    $$begin perform pg_sleep(0.001); return $1; end$$;
"""


@contextmanager
def open_transaction(dsn: str, sql: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of somebody else that stays open."""
    with psycopg.connect(dsn, application_name="blocker") as connection:
        connection.execute(sql.encode())
        yield connection
        connection.rollback()


def wait_for_build(dsn: str, name: str = "docs_slow") -> int:
    """The process that builds the index, once it is in the middle of it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        rows = select(
            dsn,
            "select p.pid from pg_stat_progress_create_index p"
            " join pg_class c on c.oid = p.index_relid"
            f" where c.relname = '{name}' and p.phase like 'building index%'",
        )
        if rows:
            return int(rows[0][0])
        time.sleep(0.02)
    raise AssertionError(f"{name} is not being built")
