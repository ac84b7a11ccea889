"""The phases of a concurrent build, each held open without a clock.

Their names are those of pg_stat_progress_create_index
(https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING).
The phase "index validation: sorting tuples" sorts row numbers and runs nobody's code: it cannot be
held, only aimed at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import psycopg

from tests.conftest import run_sql
from tests.migrate.faults.holds import (
    LATE,
    START,
    Gate,
    gate,
    transaction,
    until_phase,
    until_running,
)
from tests.migrate.faults.scene import HELD_INDEX
from tests.migrate.plans import index_entry

#: Once a build is under way: bring it to the phase; the server's process that builds.
Reach = Callable[[], int]
Connection = psycopg.Connection[Any]
Phase = Callable[[str], AbstractContextManager[Reach]]

_UPDATE = "update docs set body = '' where id = {}"

#: A GIN index whose keys are compared at gate 2 once one of them is 'late'.
HELD_GIN = """
create function held_compare(text, text) returns int language plpgsql immutable as $$ begin
    if 'late' in ($1, $2) then perform public.held('', 2); end if; return bttextcmp($1, $2); end $$;
create operator class held_ops for type text[] using gin as
    function 1 held_compare(text, text),
    function 2 ginarrayextract(anyarray, internal, internal),
    function 3 ginqueryarrayextract(anyarray, internal, int2, internal, internal, internal,
        internal),
    function 4 ginarrayconsistent(internal, int2, anyarray, int4, internal, internal, internal,
        internal),
    storage text;
"""
GIN_INDEX = index_entry("docs_held", "docs", "USING gin ((array[held(hash, 1)]) held_ops)")


@contextmanager
def initializing(dsn: str) -> Iterator[Reach]:
    """Somebody makes a sequence of the same name and does not commit: pg_class cannot say yet."""
    with transaction(dsn, "create sequence docs_held"):
        yield partial(until_phase, dsn, "initializing")


@contextmanager
def waiting_for_writers_before_build(dsn: str) -> Iterator[Reach]:
    """The writer comes when the build has begun: for one that was there, it would not begin."""
    with gate(dsn, START) as start, transaction(dsn) as writer:

        def reach() -> int:
            until_running(dsn, "create index concurrently%")
            writer.execute(_UPDATE.format(1).encode())
            start.open()
            return until_phase(dsn, "waiting for writers before build")

        yield reach


@contextmanager
def building_index(dsn: str) -> Iterator[Reach]:
    with gate(dsn):
        yield partial(until_phase, dsn, "building index%")


@contextmanager
def waiting_for_writers_before_validation(dsn: str) -> Iterator[Reach]:
    with _late_writer(dsn) as (_, reach):
        yield reach


@contextmanager
def _late_writer(dsn: str) -> Iterator[tuple[Connection, Reach]]:
    """A writer that comes while the build is at work, and the way there."""
    with gate(dsn) as build, transaction(dsn) as writer:

        def reach() -> int:
            until_phase(dsn, "building index%")
            writer.execute(_UPDATE.format(1).encode())
            build.open()
            return until_phase(dsn, "waiting for writers before validation")

        yield writer, reach


@contextmanager
def scanning_index(dsn: str) -> Iterator[Reach]:
    with late_key(dsn) as (_, reach):
        yield reach


@contextmanager
def late_key(dsn: str) -> Iterator[tuple[Gate, Reach]]:
    """A GIN index is cleaned up before it is scanned: a key that came late is compared with all.

    The gate at which that waits, and the way there.
    """
    with _late_writer(dsn) as (writer, reach_writer), gate(dsn, LATE) as late:

        def reach() -> int:
            reach_writer()
            run_sql(dsn, "insert into docs (hash) values ('late')")
            writer.rollback()
            return until_phase(dsn, "index validation: scanning index")

        yield late, reach


@contextmanager
def scanning_table(dsn: str) -> Iterator[Reach]:
    """A row that comes during the build is not in the index: validation adds it."""
    with gate(dsn) as build, gate(dsn, LATE):

        def reach() -> int:
            until_phase(dsn, "building index%")
            run_sql(dsn, "insert into docs (hash) values ('late')")
            build.open()
            return until_phase(dsn, "index validation: scanning table")

        yield reach


@contextmanager
def waiting_for_old_snapshots(dsn: str) -> Iterator[Reach]:
    """A transaction that reads elsewhere, but could still come to read this table."""
    snapshot = "set transaction isolation level repeatable read; select from pg_class limit 1"
    with transaction(dsn, snapshot):
        yield partial(until_phase, dsn, "waiting for old snapshots")


PHASES: dict[str, Phase] = {
    phase.__name__: phase
    for phase in (
        initializing,
        waiting_for_writers_before_build,
        building_index,
        waiting_for_writers_before_validation,
        scanning_index,
        scanning_table,
        waiting_for_old_snapshots,
    )
}

#: Which index each phase is held with.
INDEXES = {name: GIN_INDEX if name == "scanning_index" else HELD_INDEX for name in PHASES}
