"""The ends of indexed columns decide what a condition near or beyond them is worth."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import NewDatabase
from tests.shadow.agreement import bound, real_plan

ODD_SCHEMA, ODD_TABLE = 'Ödd "x" USING btree (', 't ON " USING btree ('
ODD = '"Ödd ""x"" USING btree ("."t ON "" USING btree ("'
GROWN = f"""
create schema "Ödd ""x"" USING btree (";
create domain given as int not null;
create table {ODD} (
    id bigint generated always as identity primary key, "at " timestamptz not null, n numeric,
    kind text not null check (kind <> ''), must given default 1
) with (autovacuum_enabled = off);
insert into {ODD} ("at ", n, kind)
select '2025-01-01'::timestamptz + i * interval '1 second', i / 7.0, 'k' || i
from generate_series(1, 60000) as i;
create index on {ODD} ("at " desc, kind);
create index on {ODD} (n, lower(kind)) include (id);
create table e (id bigint primary key, at timestamptz not null, kind text)
with (autovacuum_enabled = off);
insert into e select i, '2025-01-01'::timestamptz + i * interval '1 second', 'k' || i % 70
from generate_series(1, 100000) as i;
create index on e (at desc, kind);
vacuum analyze;
insert into e select i, '2025-01-01'::timestamptz + i * interval '1 second', 'k' || i % 70
from generate_series(100001, 130000) as i;
checkpoint;
"""
QUERIES = (
    "select * from e where at > '2025-01-02 12:00'",
    "select * from e where at > '2026-01-01'",
    "select * from e where id > 129990",
    "select * from e where id < 3",
    "select * from e a join e b on a.id = b.id where a.id > 1000",
    f"select * from {ODD} where \"at \" > '2025-01-01 16:39:57'",
    f"select * from {ODD} where n > 8570",
    f"select * from {ODD} where n > 1e9",
    f"select * from {ODD} where id > 59990",
)


@pytest.fixture(scope="module")
def candidate() -> IndexDefinition:
    return IndexDefinition("public", "e", (IndexKey("at"), IndexKey("id")))


def test_the_actual_ends_are_seen_beyond_the_histogram(
    new_database: NewDatabase, candidate: IndexDefinition
) -> None:
    dsn = new_database(GROWN)
    with Shadow(PostgresTarget(dsn), [("public", "e"), (ODD_SCHEMA, ODD_TABLE)]) as shadow:
        ours = {sql: shadow.plan(bound(sql)) for sql in QUERIES}
        assert shadow.prepare([candidate]) == {}
        with_candidate = shadow.plan(bound(QUERIES[1]), [candidate])
        after = {sql: shadow.plan(bound(sql)) for sql in QUERIES}
    for sql in QUERIES:
        real = real_plan(dsn, sql)
        assert (ours[sql]["Plan Rows"], ours[sql]["Total Cost"]) == (
            real["Plan Rows"],
            real["Total Cost"],
        ), sql
    assert after == ours
    assert with_candidate["Plan Rows"] == 1


def test_without_its_index_a_column_has_no_actual_end(new_database: NewDatabase) -> None:
    dsn = new_database(GROWN)
    hidden = [("public", "e_at_kind_idx")]
    with Shadow(PostgresTarget(dsn), [("public", "e")]) as shadow:
        ours = shadow.plan(bound(QUERIES[1]), hidden=hidden)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop index e_at_kind_idx")
    assert ours["Total Cost"] == real_plan(dsn, QUERIES[1])["Total Cost"]
