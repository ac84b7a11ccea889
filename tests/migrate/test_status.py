"""What `status` tells while an apply is at work, and of what it left behind."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg

from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.migrate.status import status
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import DOCS, HASH_INDEX, index_entry, invalid_indexes, plan_document
from tests.migrate.test_apply import run, undo
from tests.migrate.test_drops import drop_entry

LATER = index_entry("docs_later", "docs", "(owner)")


def read_status(dsn: str, options: ApplyOptions) -> dict[str, Any]:
    with connect(PostgresTarget(dsn)) as session:
        return status(session, options.state_dir)


def test_an_apply_at_work_is_not_interrupted(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(
        DOCS + "create function held(text) returns text language plpgsql immutable as"
        " $$begin perform pg_advisory_lock_shared(1); perform pg_advisory_unlock_shared(1);"
        " return $1; end$$;\n"
    )
    held = index_entry("docs_held", "docs", "(held(hash)) where id < 9")
    plan = plan_document([HASH_INDEX, held, LATER], drops=[drop_entry("nowhere")])
    with psycopg.connect(dsn, autocommit=True) as holder:
        holder.execute("select pg_advisory_lock(1)")
        worker = threading.Thread(target=run, args=(dsn, plan, options))
        worker.start()
        document = _when_building(dsn, options, "docs_held")
        holder.execute("select pg_advisory_unlock(1)")
    worker.join()
    (applied,) = document["applied"]
    assert (applied["running"], applied["interrupted"]) == (True, False)
    assert document["at_work"] is not None
    assert document["left_over"] == []
    assert [(index["outcome"], index["reason"]) for index in applied["indexes"]] == [
        ("kept", "built just now, not verified yet"),
        ("skipped", "it is being built now"),
        ("skipped", "its turn has not come yet, or is over"),
    ]
    assert [drop["outcome"] for drop in applied["drops"]] == ["skipped"]
    document = read_status(dsn, options)
    assert document["at_work"] is None
    assert not document["applied"][0]["running"]


def _when_building(dsn: str, options: ApplyOptions, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        document = read_status(dsn, options)
        begun = [i for run in document["applied"] for i in run["indexes"] if i["name"] == name]
        if begun and "being built" in begun[0]["reason"]:
            return document
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_an_apply_left_over_is_told_with_what_to_do(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    result = run(dsn, plan_document([HASH_INDEX]), options)
    # As after a crash in the middle of the build.
    run_sql(
        dsn,
        "update pg_index set indisvalid = false where indexrelid = 'docs_hash_idx'::regclass;\n"
        "delete from dbaudit.ledger where state = 'done';\n",
    )
    (left,) = read_status(dsn, options)["left_over"]
    assert (left["name"], left["table"]) == ("docs_hash_idx", "docs")
    assert f"dbaudit rollback {result.ledger_id}, which drops it" in left["reason"]
    assert left["sql"] == ["DROP INDEX CONCURRENTLY IF EXISTS public.docs_hash_idx"]
    assert read_status(dsn, options)["applied"][0]["interrupted"]
    require_success(run(dsn, plan_document([HASH_INDEX]), options))
    assert read_status(dsn, options)["left_over"] == []
    assert invalid_indexes(dsn) == []
    undo(dsn, options)
