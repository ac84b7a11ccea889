"""The index of a partitioned table: built a partition at a time, gone on with, given back."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.build.partitions import partition_index_name
from dbaudit.migrate.events import BuildProgress, Event, StepStarted, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.migrate.status import status
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, create_database, run_sql
from tests.migrate.plans import (
    index_definitions,
    index_entry,
    invalid_indexes,
    plan_document,
    select,
    statement_entry,
)
from tests.migrate.somebody_else import open_transaction
from tests.migrate.test_apply import run, undo

#: Three levels, two schemas, odd names, and a partition without partitions of its own.
LOGS = """
create schema "Old Logs";
create table logs (id int, at date not null, owner text, "Body" text) partition by range (at);
create table logs_2024 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table "Old Logs"."log ""23"" 🪵" partition of logs
    for values from ('2023-01-01') to ('2024-01-01');
create table logs_2025 partition of logs
    for values from ('2025-01-01') to ('2026-01-01') partition by list (owner);
create table logs_2025_a partition of logs_2025 for values in ('o1', 'o2', 'o3');
create table logs_2025_rest partition of logs_2025 default;
create table logs_2026 partition of logs
    for values from ('2026-01-01') to ('2027-01-01') partition by list (owner);
insert into logs
    select i, date '2023-01-01' + i % 1000, 'o' || i % 50, repeat('x', 100)
    from generate_series(1, 20000) i;
analyze logs;
"""
LEAVES = 4
ID_INDEX = index_entry("logs_id", "logs", "USING btree (id)")
BY_ID = statement_entry("by_id", "select * from logs where id = 77")


def ddl_of(events: list[Event]) -> list[str]:
    return [event.statement for event in events if isinstance(event, StepStarted)]


def test_the_whole_loop_on_every_version(any_pg: Cluster, options: ApplyOptions) -> None:
    dsn = create_database(any_pg, LOGS)
    events: list[Event] = []
    result = run(dsn, plan_document([ID_INDEX], [BY_ID]), options, events)
    require_success(result)
    (index,) = result.indexes
    assert (index.outcome, index.built, index.valid) == ("kept", True, True)
    assert index.used_by == ("by_id",)
    assert index.gain is not None
    assert index.gain > 2
    assert invalid_indexes(dsn) == []
    tree = select(
        dsn, "select count(*), sum(pg_relation_size(relid)) from pg_partition_tree(%s)", "logs_id"
    )
    assert tree == [(LEAVES + 3, index.size_bytes)]
    statements = ddl_of(events)
    assert statements[0] == "CREATE INDEX logs_id ON ONLY public.logs USING btree (id)"
    assert sum("CREATE INDEX CONCURRENTLY" in sql for sql in statements) == LEAVES
    assert sum("ON ONLY" in sql for sql in statements) == 3
    assert sum("ATTACH PARTITION" in sql for sql in statements) == LEAVES + 2
    told = [event.phase for event in events if isinstance(event, BuildProgress)]
    assert {"partition 1 of 6", "partition 6 of 6"} <= set(told)
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert index_definitions(dsn) == {}


def test_an_index_that_a_partition_has_is_adopted_and_given_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(
        LOGS + "create index mine on logs_2024 (id);\ncomment on index mine is 'of old';\n"
        "create index other on logs_2024 (id desc);\ncreate index whole on logs_2025 (id);\n"
    )
    at_first = index_definitions(dsn)
    (kept,) = select(dsn, "select 'mine'::regclass::oid")
    events: list[Event] = []
    require_success(run(dsn, plan_document([ID_INDEX], [BY_ID]), options, events))
    assert not any("logs_2024" in sql and "CREATE" in sql for sql in ddl_of(events))
    assert select(dsn, "select 'mine'::regclass::oid") == [kept]
    attached = "select relispartition from pg_class where relname = any('{mine,other,whole}')"
    assert select(dsn, attached + " order by relname") == [(True,), (False,), (False,)]
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert index_definitions(dsn) == at_first
    assert select(dsn, "select obj_description('mine'::regclass)") == [("of old",)]


def test_what_is_done_stays_when_a_partition_is_locked_and_the_next_run_goes_on(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS)
    with open_transaction(dsn, "lock table logs_2025_a in share update exclusive mode"):
        result = run(dsn, plan_document([ID_INDEX], [BY_ID]), options)
    (index,) = result.indexes
    assert index.outcome == "failed"
    assert "public.logs_2025_a: " in index.reason
    assert "blocker" in index.reason
    assert "of 6 partitions have it: apply again to go on" in index.reason
    assert set(invalid_indexes(dsn)) <= {"logs_id", "logs_id_logs_2025", "logs_id_logs_2026"}
    oids = "select oid from pg_class where relname = 'logs_id_logs_2024'"
    (done,) = select(dsn, oids)
    require_success(run(dsn, plan_document([ID_INDEX], [BY_ID]), options))
    assert select(dsn, oids) == [done]
    assert invalid_indexes(dsn) == []
    undo(dsn, options)
    assert index_definitions(dsn) == {}


def test_an_unfinished_index_can_be_rolled_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS + "create index mine on logs_2024 (id);\n")
    at_first = index_definitions(dsn)
    with open_transaction(dsn, "lock table logs_2025_a in share update exclusive mode"):
        run(dsn, plan_document([ID_INDEX], [BY_ID]), options)
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert index_definitions(dsn) == at_first
    with pytest.raises(ApplyError, match="nothing to roll back"):
        undo(dsn, options)


def test_what_a_crash_left_on_a_partition_is_replaced_or_attached(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(
        LOGS + "create index logs_id on only logs (id);\n"
        "create index logs_id_logs_2024 on logs_2024 (id);\n"
        "create index logs_id_logs_2025_a on logs_2025_a (id);\n"
        "update pg_index set indisvalid = false\n"
        "    where indexrelid = 'logs_id_logs_2025_a'::regclass;\n"
    )
    (valid,) = select(dsn, "select 'logs_id_logs_2024'::regclass::oid")
    (invalid,) = select(dsn, "select 'logs_id_logs_2025_a'::regclass::oid")
    require_success(run(dsn, plan_document([ID_INDEX], [BY_ID]), options))
    assert invalid_indexes(dsn) == []
    assert select(dsn, "select 'logs_id_logs_2024'::regclass::oid") == [valid]
    assert select(dsn, "select 'logs_id_logs_2025_a'::regclass::oid") != [invalid]


def test_a_ctrl_c_leaves_no_invalid_partition_and_the_next_run_goes_on(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS)

    def interrupting(event: Event) -> None:
        if isinstance(event, StepStarted) and event.name == "logs_id_logs_2025_a":
            os.kill(os.getpid(), signal.SIGINT)

    events: Any = type("Told", (), {"append": staticmethod(interrupting)})()
    with pytest.raises(KeyboardInterrupt):
        run(dsn, plan_document([ID_INDEX], [BY_ID]), options, events)
    assert "logs_id_logs_2025_a" not in index_definitions(dsn)
    with connect(PostgresTarget(dsn)) as session:
        (applied,) = status(session, options.state_dir)["applied"]
    assert applied["interrupted"]
    result = run(dsn, plan_document([ID_INDEX], [BY_ID]), options)
    require_success(result)
    assert result.indexes[0].outcome == "kept"
    undo(dsn, options)
    assert index_definitions(dsn) == {}


def test_what_does_not_pay_is_taken_back_and_the_lock_is_told(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS + 'create index mine on logs_2024 ("Body");\n')
    at_first = index_definitions(dsn)
    events: list[Event] = []
    useless = index_entry("logs_body", "logs", '("Body")')
    result = run(dsn, plan_document([useless], [BY_ID]), options, events)
    assert [i.outcome for i in result.indexes] == ["rolled_back"]
    warned = [event.message for event in events if isinstance(event, Warned)]
    assert any("ACCESS EXCLUSIVE" in line and "6 tables below it" in line for line in warned)
    assert index_definitions(dsn) == at_first


def test_a_drop_waits_for_no_lock_long(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(LOGS)
    require_success(run(dsn, plan_document([ID_INDEX], [BY_ID]), options))
    with open_transaction(dsn, "lock table logs_2025_a in access share mode"):
        (index,) = undo(dsn, options).indexes
        assert index.outcome == "failed"
        assert "blocker" in index.reason
    assert [i.outcome for i in undo(dsn, options).indexes] == ["rolled_back"]
    assert index_definitions(dsn) == {}


def test_writers_go_on_during_a_build(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(LOGS)

    def writing(event: Event) -> None:
        if isinstance(event, StepStarted):
            with psycopg.connect(dsn, autocommit=True) as writer:
                writer.execute("set lock_timeout = 1000")
                writer.execute("insert into logs values (0, '2025-06-01', 'o1', '')")

    events: Any = type("Told", (), {"append": staticmethod(writing)})()
    require_success(run(dsn, plan_document([ID_INDEX], [BY_ID]), options, events))
    assert select(dsn, "select count(*) from logs where id = 0")[0][0] > LEAVES
    assert select(dsn, "select count(*) from logs where id + 0 = 0") == select(
        dsn, "select count(*) from logs where id = 0"
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            'create index logs_id on logs ("Body");',
            "taken by another definition",
        ),
        (
            "create index logs_id on only logs (owner);",
            "taken by another definition",
        ),
        (
            "create extension file_fdw;\n"
            "create server files foreign data wrapper file_fdw;\n"
            "create foreign table logs_2022 partition of logs\n"
            "    for values from ('2022-01-01') to ('2023-01-01')\n"
            "    server files options (filename '/dev/null');",
            "public.logs_2022 is a foreign table",
        ),
    ],
)
def test_what_cannot_be_built_fails_before_anything_is_done(
    new_database: NewDatabase, options: ApplyOptions, more: str, reason: str
) -> None:
    dsn = new_database(LOGS + more)
    at_first = index_definitions(dsn)
    events: list[Event] = []
    result = run(dsn, plan_document([ID_INDEX]), options, events)
    assert result.indexes[0].outcome == "failed"
    assert reason in result.indexes[0].reason
    assert not ddl_of(events)
    assert index_definitions(dsn) == at_first


def test_a_partition_of_somebody_else(
    new_database: NewDatabase, pg18: Cluster, options: ApplyOptions
) -> None:
    dsn = new_database(LOGS, name="others_partition")
    run_sql(
        dsn,
        "create role partition_tenant login;\nalter table logs owner to partition_tenant;\n"
        "grant create on schema public to partition_tenant;\n",
    )
    result = run(
        pg18.dsn("others_partition", "partition_tenant"), plan_document([ID_INDEX]), options
    )
    assert "does not own its partition" in result.indexes[0].reason


def test_there_already_or_without_partitions(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(
        LOGS + "create index logs_id on logs (id);\n"
        "create table later (id int) partition by range (id);\n"
    )
    later = index_entry("later_id", "later", "(id)")
    result = run(dsn, plan_document([ID_INDEX, later]), replace(options, verify=False))
    assert [i.outcome for i in result.indexes] == ["skipped", "kept"]


def test_two_long_names_stay_two_and_fit() -> None:
    names = {partition_index_name("i" * 60, f"part_{number}") for number in range(100)}
    assert len(names) == 100
    assert all(len(name.encode()) <= 63 for name in names)
    assert partition_index_name("i", "p") == "i_p"
