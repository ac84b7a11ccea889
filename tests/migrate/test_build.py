"""A build that waits: bounded, watched, told, and never at the cost of those who write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from dbaudit.errors import TargetError
from dbaudit.migrate.build.phases import phase_words, seconds_left, share_of_whole
from dbaudit.migrate.build.progress import Clock, Sample
from dbaudit.migrate.build.waiting import Blocker
from dbaudit.migrate.events import BuildProgress, Event, StepStarted, Waiting
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.writer import Writer, connect_writer
from tests.conftest import NewDatabase
from tests.migrate.plans import DOCS, index_definitions, index_entry, invalid_indexes, plan_document
from tests.migrate.somebody_else import SLOW
from tests.migrate.test_apply import run, undo
from tests.migrate.test_partitioned import ID_INDEX, LOGS

#: Takes its time, and works only with the bounds that the test sets.
BOUNDED = """
create function bounded(text) returns int language plpgsql immutable as $$
begin
    perform pg_sleep(0.001);
    return 1 / (current_setting('maintenance_work_mem') = '3MB'
        and current_setting('max_parallel_maintenance_workers') = '0')::int;
end$$
"""
SOMEBODY = Blocker("3/4", 5, None, "r", "a", 6.0, False, False)


def told_to(*listeners: Any) -> Any:
    """Events that go to all of them."""

    def tell(event: Event) -> None:
        for listen in listeners:
            listen(event)

    return SimpleNamespace(append=tell)


def test_a_snapshot_taken_during_the_build_ends_it_within_the_limit(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """The last wait comes when all the work is done; who is waited for is told meanwhile."""
    dsn = new_database(DOCS + SLOW + "create table elsewhere (id int);\n")
    slow = index_entry("docs_slow", "docs", "(slow(hash)) where id < 1000")
    events: list[Event] = []
    with psycopg.connect(dsn, application_name="blocker") as blocker:

        def come(event: Event) -> None:
            is_begun = isinstance(event, BuildProgress) and event.phase == "reading the table"
            if is_begun and blocker.info.transaction_status.name == "IDLE":
                blocker.execute("set transaction isolation level repeatable read")
                blocker.execute("select from elsewhere")

        document = plan_document([slow])
        (index,) = run(dsn, document, options, told_to(events.append, come)).indexes
        blocker.rollback()
    assert index.outcome == "failed"
    assert "(blocker, role postgres)" in index.reason
    assert "waited 0.5 s" in index.reason
    waits = [event for event in events if isinstance(event, BuildProgress) and event.waiting_for]
    assert {event.phase for event in waits} == {"waiting for old transactions"}
    assert all("(blocker, role postgres)" in event.waiting_for for event in waits)
    assert invalid_indexes(dsn) == []
    assert list(index_definitions(dsn)) == ["docs_pkey"]


def test_work_does_not_count_as_waiting_and_the_bounds_are_the_builds_alone(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(BOUNDED.encode())
    bounded = index_entry("docs_bounded", "docs", "(bounded(hash)) where id < 600")
    (index,) = run(dsn, plan_document([bounded]), replace(options, wait_ms=100)).indexes
    assert "division by zero" in index.reason
    bounds = replace(options, wait_ms=100, maintenance_work_mem_bytes=3 * 2**20, parallel_workers=0)
    events: list[Event] = []
    require_success(run(dsn, plan_document([bounded]), replace(bounds, verify=False), events))
    shares = [e.share for e in events if isinstance(e, BuildProgress) and e.share is not None]
    assert shares == sorted(shares)


@contextmanager
def writing(dsn: str, sql: str) -> Iterator[list[BaseException]]:
    """Somebody who writes all the time and does not wait for a second; what went wrong there."""
    stopped = threading.Event()
    failures: list[BaseException] = []

    def write() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("set lock_timeout = 1000")
            while not stopped.wait(0.01):
                try:
                    connection.execute(sql.encode())
                except psycopg.Error as error:
                    failures.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield failures
    finally:
        stopped.set()
        thread.join()


def test_writers_of_a_partition_never_wait_long_for_a_lock_that_does_not_come(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS)
    patient = replace(options, wait_ms=2_500, verify=False)
    with psycopg.connect(dsn, application_name="blocker") as blocker:

        def come(action: str) -> Any:
            def listen(event: Event) -> None:
                if isinstance(event, StepStarted) and event.action == action:
                    blocker.execute("select from logs where at = '2024-05-01'")

            return listen

        with writing(dsn, "insert into logs values (0, '2024-06-01', 'o1', '')") as failures:
            events: list[Event] = []
            document = plan_document([ID_INDEX])
            (index,) = run(dsn, document, patient, told_to(events.append, come("attach"))).indexes
            assert index.outcome == "failed"
            assert "(blocker, role postgres)" in index.reason
            assert any(isinstance(event, Waiting) for event in events)
            blocker.rollback()
            require_success(run(dsn, document, patient))
            blocker.execute("select from logs where at = '2024-05-01'")
            (index,) = undo(dsn, patient).indexes
            assert index.outcome == "failed"
            assert "(blocker, role postgres)" in index.reason
            blocker.rollback()
            assert [i.outcome for i in undo(dsn, patient).indexes] == ["rolled_back"]
        assert failures == []
    assert index_definitions(dsn) == {}


def test_another_process_behind_the_same_connection_is_a_pooler(
    new_database: NewDatabase,
) -> None:
    target = PostgresTarget(new_database())
    with connect_writer(target, lock_timeout_ms=100) as writer:
        with writer.settings({"work_mem": "3MB"}):
            assert writer.execute("show work_mem") == [("3MB",)]
        assert writer.execute("show work_mem") != [("3MB",)]
        moved = Writer(writer.session, writer.pid + 1)
        with pytest.raises(TargetError, match="is a pooler that shares connections out"):
            moved.require_same_process()


def test_the_clock_counts_waits_of_one_phase_and_work_of_all() -> None:
    clock = Clock(100.0)
    at_work = Sample("building index", 0.5, None)
    waiting = Sample("waiting for writers before validation", None, SOMEBODY)
    counted = []
    for sample, now in [(at_work, 103.0), (waiting, 104.0), (waiting, 106.0), (at_work, 107.0)]:
        clock.tick(sample, now)
        counted.append((clock.worked, clock.waited))
    assert counted == [(3.0, 0.0), (3.0, 1.0), (3.0, 3.0), (4.0, 0.0)]


def test_the_share_grows_from_phase_to_phase() -> None:
    order = [
        "waiting for writers before build",
        "building index: scanning table",
        "building index: sorting live tuples",
        "building index: loading tuples in tree",
        "waiting for writers before validation",
        "index validation: scanning index",
        "index validation: sorting tuples",
        "index validation: scanning table",
        "waiting for old snapshots",
    ]
    shares = [share_of_whole(phase, share) for phase in order for share in (None, 0.5, 1.0)]
    assert shares == sorted(shares, key=lambda share: share or 0.0)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(phase_words(phase) != phase for phase in order)
    assert (share_of_whole("something new", 0.5), phase_words("something new")) == (
        None,
        "something new",
    )


def test_the_time_left_follows_from_the_time_worked() -> None:
    assert seconds_left(0.25, 10.0) == 30.0
    assert seconds_left(0.0, 10.0) is None
    assert seconds_left(None, 10.0) is None
    assert seconds_left(1.0, 10.0) is None
