"""What goes wrong on a live server: locks, interrupts, crashes. Nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.events import Event, StepStarted, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.migrate.status import status
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import (
    BY_HASH,
    DOCS,
    HASH_INDEX,
    index_definitions,
    index_entry,
    invalid_indexes,
    plan_document,
    select,
)
from tests.migrate.test_apply import run, undo

#: An index that takes about 20 s to build, and whose build can be cancelled at any time.
SLOW = """
create function slow(text) returns text language plpgsql immutable as
    $$begin perform pg_sleep(0.001); return $1; end$$;
"""
SLOW_INDEX = index_entry("docs_slow", "docs", "(slow(hash))")

APPLY = """
import sys
from pathlib import Path
from dbaudit.migrate.apply import apply
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.plan import read_plan
from dbaudit.targets.dsn import PostgresTarget
try:
    apply(PostgresTarget(sys.argv[1]), read_plan(Path(sys.argv[2])),
          ApplyOptions(Path(sys.argv[3])), lambda event: None)
except KeyboardInterrupt:
    sys.exit(130)
"""


@contextmanager
def open_transaction(dsn: str, sql: str) -> Iterator[psycopg.Connection]:
    """A transaction of somebody else that stays open."""
    with psycopg.connect(dsn, application_name="blocker") as connection:
        connection.execute(sql.encode())
        yield connection
        connection.rollback()


def test_a_long_transaction_is_waited_for_within_limits(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    at_first = index_definitions(dsn)
    events: list[Event] = []
    impatient = replace(options, long_transaction_ms=0, wait_ms=600)
    with open_transaction(dsn, "update docs set body = '' where id = 1"):
        started = time.monotonic()
        result = run(dsn, plan_document([HASH_INDEX]), impatient, events)
        assert time.monotonic() - started < 5
    assert result.indexes[0].outcome == "failed"
    assert "blocker" in result.indexes[0].reason
    assert any(isinstance(event, Warned) for event in events)
    assert not any(isinstance(event, StepStarted) for event in events)
    assert index_definitions(dsn) == at_first
    require_success(run(dsn, plan_document([HASH_INDEX]), impatient))


def test_a_lock_that_never_ends_keeps_the_build_from_beginning(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """However young it is: a build that waits in its middle would leave something behind."""
    dsn = new_database(DOCS)
    events: list[Event] = []
    for lock in ("lock table docs in share update exclusive mode", "update docs set body = ''"):
        with open_transaction(dsn, lock):
            result = run(dsn, plan_document([HASH_INDEX]), options, events)
        assert result.indexes[0].outcome == "failed"
        assert "blocker" in result.indexes[0].reason
    assert not any(isinstance(event, StepStarted) for event in events)
    assert "docs_hash_idx" not in index_definitions(dsn)


def test_a_writer_that_never_ends_leaves_an_invalid_index_and_word_of_it(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """It comes when the build has begun: the left-over waits for it as the build did."""
    dsn = new_database(DOCS)
    with psycopg.connect(dsn, application_name="blocker") as blocker:
        coming = _coming(blocker, "build", "update docs set body = '' where id = 1")
        result = run(dsn, plan_document([HASH_INDEX]), options, coming)
        assert result.indexes[0].outcome == "failed"
        assert result.indexes[0].reason.count("blocker") == 2
        assert "still there" in result.indexes[0].reason
        with psycopg.connect(dsn) as writer:
            writer.execute("set lock_timeout = 1000")
            writer.execute("update docs set body = '' where id = 2")
        assert invalid_indexes(dsn) == ["docs_hash_idx"]
        blocker.rollback()
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert list(index_definitions(dsn)) == ["docs_pkey"]
    require_success(run(dsn, plan_document([HASH_INDEX], [BY_HASH]), options))
    assert invalid_indexes(dsn) == []


def _coming(blocker: psycopg.Connection, action: str, sql: str) -> Any:
    """Events of which the first of an action brings somebody's transaction, which stays open."""

    def come(event: Event) -> None:
        if isinstance(event, StepStarted) and event.action == action:
            blocker.execute(sql.encode())

    return SimpleNamespace(append=come)


def test_a_build_by_somebody_else_is_left_alone(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + SLOW)
    build = "create index concurrently docs_slow on docs (slow(hash)) where id < 800"
    ours = index_entry("docs_slow", "docs", "(slow(hash)) where id < 800")
    other = threading.Thread(target=run_sql, args=(dsn, build))
    other.start()
    _wait_for_build(dsn)
    result = run(dsn, plan_document([ours]), options)
    other.join()
    assert result.indexes[0].outcome == "failed"
    assert "is building an index" in result.indexes[0].reason
    assert invalid_indexes(dsn) == []
    assert run(dsn, plan_document([ours]), options).indexes[0].outcome == "skipped"


def test_a_build_that_a_dba_cancels(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS + SLOW)
    dba = threading.Thread(
        target=lambda: select(dsn, f"select pg_cancel_backend({_wait_for_build(dsn)})")
    )
    dba.start()
    result = run(dsn, plan_document([SLOW_INDEX, HASH_INDEX]), options)
    dba.join()
    assert [index.outcome for index in result.indexes] == ["failed", "kept"]
    assert invalid_indexes(dsn) == []
    assert "docs_slow" not in index_definitions(dsn)


def test_a_connection_that_is_cut(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS + SLOW)
    dba = threading.Thread(
        target=lambda: select(dsn, f"select pg_terminate_backend({_wait_for_build(dsn)})")
    )
    dba.start()
    with pytest.raises(ApplyError, match=r"lost the connection .* what was half built is dropped"):
        run(dsn, plan_document([SLOW_INDEX]), options)
    dba.join()
    assert invalid_indexes(dsn) == []


def test_ctrl_c_cancels_and_cleans_up(
    new_database: NewDatabase, options: ApplyOptions, tmp_path: Path
) -> None:
    dsn = new_database(DOCS + SLOW)
    process = _apply_in_a_process(dsn, [HASH_INDEX, SLOW_INDEX], tmp_path)
    _wait_for_build(dsn, "docs_slow")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert invalid_indexes(dsn) == []
    assert "docs_slow" not in index_definitions(dsn)
    assert select(
        dsn, "select count(*) from pg_stat_activity where application_name = 'dbaudit'"
    ) == [(0,)]
    with connect(PostgresTarget(dsn)) as session:
        (applied,) = status(session, options.state_dir)["applied"]
    assert applied["interrupted"]
    assert [(i["name"], i["outcome"]) for i in applied["indexes"]] == [
        ("docs_hash_idx", "kept"),
        ("docs_slow", "failed"),
    ]
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert list(index_definitions(dsn)) == ["docs_pkey"]


@pytest.mark.parametrize("again", ["apply", "rollback"])
def test_a_killed_apply_is_cleaned_up_after(
    new_database: NewDatabase, options: ApplyOptions, tmp_path: Path, again: str
) -> None:
    dsn = new_database(DOCS + SLOW)
    process = _apply_in_a_process(dsn, [SLOW_INDEX, HASH_INDEX], tmp_path)
    _wait_for_build(dsn, "docs_slow")
    process.kill()
    process.wait()
    _wait_until_alone(dsn)
    assert invalid_indexes(dsn) == ["docs_slow"]
    run_sql(
        dsn, SLOW.replace("create", "create or replace").replace("perform pg_sleep(0.001);", "")
    )
    if again == "apply":
        result = run(dsn, plan_document([SLOW_INDEX, HASH_INDEX]), options)
        assert [index.outcome for index in result.indexes] == ["kept", "kept"]
        undo(dsn, options)
    else:
        assert [index.outcome for index in undo(dsn, options).indexes] == ["rolled_back"]
    assert list(index_definitions(dsn)) == ["docs_pkey"]
    assert invalid_indexes(dsn) == []


def test_a_build_that_ended_unseen_becomes_the_next_runs(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document([HASH_INDEX]), options)
    # As after a crash between the build and the entry that says it is done.
    run_sql(dsn, "delete from dbaudit.ledger where state = 'done'")
    result = run(dsn, plan_document([HASH_INDEX]), options)
    assert result.indexes[0].outcome == "kept"
    assert "interrupted" in result.indexes[0].reason
    assert run(dsn, plan_document([HASH_INDEX]), options).indexes[0].outcome == "skipped"
    assert [index.outcome for index in undo(dsn, options).indexes] == ["rolled_back"]
    assert list(index_definitions(dsn)) == ["docs_pkey"]


def test_rollback_leaves_an_index_that_is_another_by_now(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document([HASH_INDEX]), options)
    run_sql(dsn, "drop index docs_hash_idx;\ncreate index docs_hash_idx on docs (owner);\n")
    (index,) = undo(dsn, options).indexes
    assert index.outcome == "failed"
    assert "not the index that was built" in index.reason
    run_sql(dsn, "drop index docs_hash_idx")
    assert [i.outcome for i in undo(dsn, options).indexes] == ["skipped"]


def _apply_in_a_process(
    dsn: str, indexes: list[dict[str, object]], folder: Path
) -> subprocess.Popen[bytes]:
    plan = folder / "plan.json"
    plan.write_text(json.dumps(plan_document(indexes)))
    return subprocess.Popen(
        [sys.executable, "-c", APPLY, dsn, str(plan), str(folder)], env={**os.environ}
    )


def _wait_for_build(dsn: str, name: str = "docs_slow") -> int:
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


def _wait_until_alone(dsn: str) -> None:
    deadline = time.monotonic() + 10
    ours = "select count(*) from pg_stat_activity where application_name = 'dbaudit'"
    while select(dsn, ours) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_drop_waits_for_readers_before_it_begins(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (hash);\n")
    at_first = index_definitions(dsn)
    document = plan_document(drops=[{"name": "docs_old", "ddl": "drop index public.docs_old"}])
    impatient = replace(options, long_transaction_ms=0)
    with open_transaction(dsn, "select from docs limit 1"):
        result = run(dsn, document, impatient)
        assert result.drops[0].outcome == "failed"
        assert "a concurrent drop waits" in result.drops[0].reason
    assert (invalid_indexes(dsn), index_definitions(dsn)) == ([], at_first)


@pytest.mark.parametrize("again", ["apply", "rollback"])
def test_a_drop_that_gave_up_half_way_is_mended(
    new_database: NewDatabase, options: ApplyOptions, again: str
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (hash);\n")
    at_first = index_definitions(dsn)
    document = plan_document(drops=[{"name": "docs_old", "ddl": "drop index public.docs_old"}])
    with psycopg.connect(dsn, application_name="blocker") as blocker:
        result = run(dsn, document, options, _coming(blocker, "drop", "select from docs limit 1"))
        assert result.drops[0].outcome == "failed"
        assert "blocker" in result.drops[0].reason
    assert invalid_indexes(dsn) == ["docs_old"]
    if again == "apply":
        require_success(run(dsn, document, options))
        assert list(index_definitions(dsn)) == ["docs_pkey"]
        undo(dsn, options)
    else:
        assert undo(dsn, options).drops[0].outcome == "rolled_back"
    assert (invalid_indexes(dsn), index_definitions(dsn)) == ([], at_first)


def test_writers_go_on_while_an_index_is_built(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + SLOW)
    stopped = threading.Event()
    waits: list[float] = []

    def write() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not stopped.is_set():
                started = time.monotonic()
                connection.execute("update docs set body = body || 'x' where id = 19999")
                waits.append(time.monotonic() - started)

    writer = threading.Thread(target=write)
    writer.start()
    index = index_entry("docs_slow", "docs", "(slow(hash)) where id < 800")
    require_success(run(dsn, plan_document([index]), options))
    undo(dsn, options)
    stopped.set()
    writer.join()
    assert len(waits) > 100
    assert max(waits) < 1


@pytest.mark.parametrize("kind", ["table", "index"])
def test_what_cannot_even_be_looked_at_fails_by_itself(
    new_database: NewDatabase, options: ApplyOptions, kind: str
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (owner);\n")
    taken = index_entry("docs_old", "docs", "(owner)")
    drop = {"name": "docs_old", "ddl": "drop index public.docs_old"}
    lock = {
        "table": "lock table docs in access exclusive mode",
        "index": "reindex index docs_old",
    }[kind]
    with open_transaction(dsn, lock):
        result = run(dsn, plan_document([taken]), options)
        assert result.indexes[0].outcome == "failed"
        result = run(dsn, plan_document(drops=[drop]), options)
        assert result.drops[0].outcome == "failed"
    assert invalid_indexes(dsn) == []


def test_a_ledger_that_cannot_be_written_stops_the_apply(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document(), options)
    run_sql(dsn, "alter table dbaudit.ledger add check (step <> 'build')")
    with pytest.raises(ApplyError, match="violates check constraint"):
        run(dsn, plan_document([HASH_INDEX]), options)
    assert list(index_definitions(dsn)) == ["docs_pkey"]
