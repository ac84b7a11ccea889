"""Somebody else builds, reads, locks or changes the same things: each is left alone and told."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.events import Event, StepStarted, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import (
    DOCS,
    HASH_INDEX,
    index_definitions,
    index_entry,
    invalid_indexes,
    plan_document,
)
from tests.migrate.somebody_else import SLOW, open_transaction, wait_for_build
from tests.migrate.test_apply import run, undo


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


def test_a_build_by_somebody_else_is_left_alone(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + SLOW)
    build = "create index concurrently docs_slow on docs (slow(hash)) where id < 800"
    ours = index_entry("docs_slow", "docs", "(slow(hash)) where id < 800")
    other = threading.Thread(target=run_sql, args=(dsn, build))
    other.start()
    wait_for_build(dsn)
    result = run(dsn, plan_document([ours]), options)
    other.join()
    assert result.indexes[0].outcome == "failed"
    assert "is building an index" in result.indexes[0].reason
    assert invalid_indexes(dsn) == []
    assert run(dsn, plan_document([ours]), options).indexes[0].outcome == "skipped"


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
