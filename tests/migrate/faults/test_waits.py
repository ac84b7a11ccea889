"""Somebody is in the way and never ends: given up within limits, and no writer waits for us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import run_sql
from tests.migrate.faults.commands import Done
from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import DROP_OLD, gate, transaction, until, until_running
from tests.migrate.faults.phases import (
    Phase,
    waiting_for_old_snapshots,
    waiting_for_writers_before_build,
)
from tests.migrate.faults.runs import DROP_DOCUMENT, SQL
from tests.migrate.faults.scene import DOCS, HELD_INDEX, assert_survived
from tests.migrate.plans import index_entry, plan_document

#: How long ours waits; a writer waits for no lock longer than its own lock_timeout.
_LIMIT = ("--no-verify", "--max-wait", "1s")
_LOGS = """
create table logs (id int, day int not null) partition by range (day);
create table logs_1 partition of logs for values from (0) to (10);
create table logs_2 partition of logs for values from (10) to (20);
insert into logs select i, i % 20 from generate_series(1, 200) i;
"""
_LOGS_INDEX = index_entry("logs_id_idx", "logs", "USING btree (id)")


@contextmanager
def writers(dsn: str, statement: str) -> Iterator[None]:
    """Somebody writes all the time, and must never wait for a lock for a second."""
    stopped = threading.Event()
    written: list[int] = []
    failed: list[psycopg.Error] = []

    def write() -> None:
        with psycopg.connect(dsn, autocommit=True, application_name="writer") as connection:
            connection.execute("set lock_timeout = '1s'")
            while not stopped.wait(0.01):
                try:
                    written.append(connection.execute(statement.encode()).rowcount)
                except psycopg.Error as error:
                    failed.append(error)
                    return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    assert failed == []
    assert sum(written) > 0


def _assert_given_up(done: Done) -> None:
    assert done.status == 4
    assert "somebody else" in done.err


def test_a_writer_that_was_there_before(new_scene: NewScene) -> None:
    """Nothing is begun."""
    scene = new_scene(DOCS, plan_document([HELD_INDEX]), *_LIMIT)
    with (
        transaction(scene.dsn, "update docs set body = '' where id = 1"),
        writers(scene.dsn, "update docs set body = '' where id = 2"),
    ):
        _assert_given_up(scene.apply())
    assert_survived(scene)


@pytest.mark.parametrize(
    ("waiting", "left_invalid"),
    [
        # A drop has to wait for a writer as the build does: the invalid index is told, and stays.
        (waiting_for_writers_before_build, ["docs_held"]),
        (waiting_for_old_snapshots, []),
    ],
)
def test_somebody_who_came_after_the_build_began(
    new_scene: NewScene, waiting: Phase, left_invalid: list[str]
) -> None:
    scene = new_scene(DOCS, plan_document([HELD_INDEX]), *_LIMIT)
    with (
        waiting(scene.dsn) as reach,
        writers(scene.dsn, "update docs set body = '' where id = 2"),
    ):
        running = scene.start()
        reach()
        _assert_given_up(running.done())
    assert_survived(scene, left_invalid=left_invalid)


def test_a_reader_that_keeps_an_index_from_being_dropped(new_scene: NewScene) -> None:
    """The index is invalid from the first step of a concurrent drop on."""
    scene = new_scene(SQL, DROP_DOCUMENT, *_LIMIT)
    with gate(scene.dsn, DROP_OLD) as drop, transaction(scene.dsn) as reader:
        running = scene.start()
        until_running(scene.dsn, "drop index concurrently%docs_old%")
        reader.execute("select from notes limit 1")
        drop.open()
        with writers(scene.dsn, "insert into notes values ('')"):
            _assert_given_up(running.done())
    assert_survived(scene, left_invalid=["docs_old"])


def test_a_writer_to_a_partition(new_scene: NewScene) -> None:
    """The index of a partitioned table needs a lock that keeps writers out: it is not waited for
    in line, behind which they would wait."""
    scene = new_scene(_LOGS, plan_document([_LOGS_INDEX]), "--no-verify", "--max-wait", "3s")
    with (
        transaction(scene.dsn, "insert into logs values (1, 1)"),
        writers(scene.dsn, "insert into logs values (2, 12)"),
    ):
        done = scene.apply()
        assert done.status == 4
    assert_survived(scene)


def test_a_writer_to_a_partition_who_comes_late(new_scene: NewScene) -> None:
    """It comes when the lock is about to be asked for."""
    scene = new_scene(_LOGS, plan_document([_LOGS_INDEX]), "--no-verify", "--max-wait", "3s")
    hold = """
create function held_only() returns event_trigger language plpgsql as $$ begin
    if current_query() ilike 'create index % on only %' then perform pg_sleep(0.5); end if; end $$;
create event trigger held_only on ddl_command_start when tag in ('CREATE INDEX')
    execute function held_only();
"""
    run_sql(scene.dsn, hold)
    with (
        transaction(scene.dsn) as late,
        writers(scene.dsn, "insert into logs values (2, 12)"),
    ):
        running = scene.start()
        until(
            scene.dsn,
            "select 1 from pg_stat_activity where application_name = 'dbaudit'"
            " and query ilike 'create index % on only %' and wait_event = 'PgSleep'",
        )
        late.execute("insert into logs values (1, 1)")
        done = running.done()
        assert done.status == 4
    assert_survived(scene)
