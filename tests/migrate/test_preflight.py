"""What is found before anything is changed: a line each, with what to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbaudit.migrate.events import Event, StepStarted
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.preflight.concerns import Concern
from dbaudit.migrate.preflight.preflight import preflight
from dbaudit.migrate.preflight.replicas import slot_concern
from dbaudit.migrate.preflight.space import (
    BuildLimits,
    Need,
    memory_concerns,
    space_concern,
    worker_concerns,
)
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import SETTINGS, NewDatabase, create_database, run_sql
from tests.migrate.plans import (
    DOCS,
    HASH_INDEX,
    index_definitions,
    index_entry,
    plan_document,
    select,
)
from tests.migrate.somebody_else import open_transaction
from tests.migrate.test_apply import run

GB = 2**30
#: As large as no disk is.
HUGE_INDEX = index_entry("docs_huge", "docs", "(owner)", size_bytes=2**60)


@pytest.fixture(scope="module")
def with_prepared() -> Iterator[Cluster]:
    """A server where transactions can be prepared."""
    with Cluster(settings={**SETTINGS, "max_prepared_transactions": "5"}) as cluster:
        yield cluster


@contextmanager
def prepared(dsn: str, sql: str) -> Iterator[None]:
    """A transaction that nobody commits."""
    run_sql(dsn, f"begin;\n{sql};\nprepare transaction 'of ''97';\n")
    yield
    run_sql(dsn, "rollback prepared 'of ''97'")


def found(dsn: str, document: object, options: ApplyOptions) -> tuple[Concern, ...]:
    with connect(PostgresTarget(dsn)) as session:
        return preflight(session, plan_of(document, "plan.json"), options)


def test_nothing_is_found_on_a_quiet_server_of_any_version(
    any_pg: Cluster, options: ApplyOptions
) -> None:
    dsn = create_database(any_pg, DOCS + "create index docs_old on docs (owner);\n")
    drop = {"name": "docs_old", "ddl": "drop index public.docs_old"}
    assert found(dsn, plan_document([HASH_INDEX], drops=[drop]), options) == ()


def test_an_index_that_does_not_fit_on_the_disk_is_refused_and_not_begun(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    document = plan_document([HUGE_INDEX, HASH_INDEX])
    (concern,) = found(dsn, document, options)
    assert (concern.severity, concern.subject) == ("refusal", "docs_huge")
    assert "free space there" in concern.message
    events: list[Event] = []
    result = run(dsn, document, replace(options, verify=False), events)
    assert [index.outcome for index in result.indexes] == ["failed", "kept"]
    assert result.indexes[0].reason.split(", where ")[0] == concern.message.split(", where ")[0]
    assert [e.name for e in events if isinstance(e, StepStarted)] == ["docs_hash_idx"]


def test_the_disk_is_not_judged_by_a_role_that_may_not_know_the_folder(
    new_database: NewDatabase, pg18: Cluster, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS, name="unseen_disk")
    run_sql(dsn, "create role owner_of_docs login")
    run_sql(dsn, "alter table docs owner to owner_of_docs")
    run_sql(dsn, "grant create on schema public to owner_of_docs")
    concerns = found(pg18.dsn("unseen_disk", "owner_of_docs"), plan_document([HUGE_INDEX]), options)
    assert all(concern.severity == "warning" for concern in concerns)
    run_sql(dsn, "drop owned by owner_of_docs cascade")
    run_sql(dsn, "drop role owner_of_docs")


def test_what_cannot_be_built_is_refused_and_what_is_there_is_told(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(
        DOCS + "create index taken on docs (owner);\ncreate index there on docs (hash);\n"
        "create index left_over on docs (hash);\n"
        "update pg_index set indisvalid = false where indexrelid = 'left_over'::regclass;\n"
    )
    names = ("taken", "there", "left_over")
    indexes = [index_entry(name, "docs", "USING btree (hash)") for name in names]
    gone = {"name": "gone", "ddl": "drop index public.gone"}
    concerns = found(dsn, plan_document(indexes, drops=[gone]), options)
    assert [(concern.severity, concern.subject) for concern in concerns] == [
        ("refusal", "taken"),
        ("warning", "there"),
        ("warning", "left_over"),
        ("warning", "gone"),
    ]
    assert "another definition" in concerns[0].message
    assert "dropped first" in concerns[2].message
    assert "left_over" in index_definitions(dsn)


def test_who_is_in_the_way_is_named_once(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS + "create table elsewhere (id int);\n")
    document = plan_document([HASH_INDEX, index_entry("docs_owner", "docs", "(owner)")])
    at_once = replace(options, long_transaction_ms=0)
    with open_transaction(dsn, "insert into elsewhere values (1)"):
        assert found(dsn, document, at_once) == ()
        run_sql(dsn, "set statement_timeout = '1min';\ncreate index concurrently on docs (id)")
    with open_transaction(dsn, "update docs set body = '' where id = 1"):
        (concern,) = found(dsn, document, at_once)
    assert concern.subject == "public.docs"
    assert "(blocker, role postgres)" in concern.message
    with psycopg.connect(dsn, application_name="blocker") as blocker:
        blocker.execute("set transaction isolation level repeatable read")
        blocker.execute("select from elsewhere")
        (concern,) = found(dsn, document, at_once)
        blocker.rollback()
    assert (concern.subject, concern.severity) == ("", "warning")
    assert "(blocker, role postgres)" in concern.message


def test_who_waits_in_line_is_named(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS)
    in_line = "select count(*) from pg_locks where not granted"
    with open_transaction(dsn, "update docs set body = '' where id = 1"):
        waiting = threading.Thread(target=run_sql, args=(dsn, "create index mine on docs (owner)"))
        waiting.start()
        deadline = time.monotonic() + 60
        while select(dsn, in_line) == [(0,)]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        concerns = found(dsn, plan_document([HASH_INDEX]), options)
    waiting.join()
    assert len(concerns) == 2
    assert "(blocker, role postgres)" in concerns[0].message
    assert "waits in line for ShareLock there" in concerns[1].message


def test_a_prepared_transaction_is_named_and_waited_for_within_limits(
    with_prepared: Cluster, options: ApplyOptions
) -> None:
    dsn = create_database(with_prepared, DOCS)
    with prepared(dsn, "update docs set body = '' where id = 1"):
        (concern,) = found(dsn, plan_document([HASH_INDEX]), options)
        assert 'the prepared transaction "of \'97" (role postgres)' in concern.message
        result = run(dsn, plan_document([HASH_INDEX]), options)
        assert result.indexes[0].outcome == "failed"
        assert "ROLLBACK PREPARED it" in result.indexes[0].reason
        assert list(index_definitions(dsn)) == ["docs_pkey"]


#: Autovacuum comes at once and takes very long over the table.
SLOWLY = (
    "alter table docs set (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,"
    " autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);\n"
)
SLOWLY_VACUUMED = DOCS + SLOWLY
#: Enough transactions to make the table's age one that autovacuum cannot leave alone.
BURN = """
create procedure burn() language plpgsql as $$
begin
    for i in 1..110000 loop perform txid_current(); commit; end loop;
end$$
"""


@pytest.fixture(scope="module")
def vacuuming() -> Iterator[Cluster]:
    """A server whose autovacuum comes every second."""
    settings = {"autovacuum_naptime": "1s", "autovacuum_freeze_max_age": "100000"}
    with Cluster(settings={**SETTINGS, **settings, "autovacuum": "on"}) as cluster:
        yield cluster


def test_autovacuum_gives_way_to_a_build(vacuuming: Cluster, options: ApplyOptions) -> None:
    dsn = create_database(vacuuming, SLOWLY_VACUUMED + "delete from docs where id % 3 = 0;\n")
    _wait_for_autovacuum(dsn)
    patient = replace(options, wait_ms=60_000, verify=False)
    (concern,) = found(dsn, plan_document([HASH_INDEX]), patient)
    assert "gives way and begins again later" in concern.message
    require_success(run(dsn, plan_document([HASH_INDEX]), patient))


def test_autovacuum_against_wraparound_does_not_give_way(
    vacuuming: Cluster, options: ApplyOptions
) -> None:
    dsn = create_database(
        vacuuming, SLOWLY_VACUUMED + "alter table docs set (autovacuum_enabled = off);\n"
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(BURN.encode())
        connection.execute("call burn()")
    _wait_for_autovacuum(dsn)
    (concern,) = found(dsn, plan_document([HASH_INDEX]), options)
    assert "autovacuum against wraparound" in concern.message
    (index,) = run(dsn, plan_document([HASH_INDEX]), replace(options, wait_ms=1_500)).indexes
    assert index.outcome == "failed"
    assert "autovacuum against wraparound" in index.reason
    assert list(index_definitions(dsn)) == ["docs_pkey"]


def _wait_for_autovacuum(dsn: str) -> None:
    at_work = (
        "select count(*) from pg_locks join pg_stat_activity using (pid)"
        " where relation = 'docs'::regclass and backend_type = 'autovacuum worker'"
    )
    deadline = time.monotonic() + 60
    while select(dsn, at_work) == [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_table_that_cannot_be_read_is_waited_for_within_limits(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    document = plan_document([HASH_INDEX])
    with psycopg.connect(dsn) as locker:
        locker.execute("lock table docs in access exclusive mode")
        assert "locked even against readers" in found(dsn, document, options)[0].message
        assert "locked even" in run(dsn, document, options).indexes[0].reason
        timer = threading.Timer(1.0, locker.rollback)
        timer.start()
        require_success(run(dsn, document, replace(options, wait_ms=60_000, verify=False)))
        timer.join()


def test_a_slot_that_the_builds_wal_would_cost(
    with_prepared: Cluster, options: ApplyOptions
) -> None:
    dsn = create_database(with_prepared, DOCS)
    run_sql(dsn, "select pg_create_physical_replication_slot('standby', true)")
    run_sql(dsn, "alter system set max_slot_wal_keep_size = '1MB'")
    run_sql(dsn, "select pg_reload_conf()")
    while select(dsn, "show max_slot_wal_keep_size") != [("1MB",)]:
        pass
    large = index_entry("docs_large", "docs", "(owner)", size_bytes=GB)
    concerns = found(dsn, plan_document([large]), options)
    run_sql(dsn, "select pg_drop_replication_slot('standby')")
    run_sql(dsn, "alter system reset max_slot_wal_keep_size")
    run_sql(dsn, "select pg_reload_conf()")
    (concern,) = [concern for concern in concerns if "replication slot" in concern.message]
    assert concern.severity == "warning"
    assert "raise max_slot_wal_keep_size" in concern.message


@pytest.mark.parametrize(
    ("retained", "safe", "is_active", "severity"),
    [
        (0, None, True, None),
        (10 * GB, None, True, None),
        (10 * GB, None, False, "warning"),
        (0, GB - 1, True, "refusal"),
        (0, GB - 1, False, "warning"),
        (0, GB, True, None),
    ],
)
def test_slots(retained: int, safe: int | None, is_active: bool, severity: str | None) -> None:
    concern = slot_concern("s", retained, safe, GB, is_active=is_active)
    assert (concern.severity if concern else None) == severity


@pytest.mark.parametrize(
    ("size", "free", "severity"),
    [(GB, GB - 1, "refusal"), (GB, 2 * GB, "warning"), (GB, 20 * GB, None), (0, -1, "refusal")],
)
def test_room_on_a_disk(size: int, free: int, severity: str | None) -> None:
    concern = space_concern("i", Path("/data"), size, free, 100 * GB)
    assert (concern.severity if concern else None) == severity


def test_limits_on_memory_and_workers(options: ApplyOptions) -> None:
    limits = BuildLimits(None, 2**26, GB, 4, 1)
    need = Need("i", 4 * GB, 4 * GB)
    messages = [str(concern) for concern in memory_concerns(need, limits, options, 2**26)]
    assert ["temp_file_limit" in line for line in messages] == [True, False]
    assert "--maintenance-work-mem" in messages[1]
    assert not list(memory_concerns(Need("i", GB, 0), limits, options, 2**26))
    eager = replace(options, parallel_workers=6)
    messages = [str(concern) for concern in worker_concerns(eager, limits, 2**26)]
    assert "at most 4 parallel workers" in messages[0]
    assert "224 MB" in messages[1]
    assert not list(worker_concerns(replace(options, parallel_workers=1), limits, 2**26))
