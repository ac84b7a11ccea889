"""Estimated bloat against the truth: pgstattuple for tables, REINDEX for indexes."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pytest

from dbaudit.snapshot.collect import collect
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import create_database, run_sql

#: Percentage points between estimate and truth.
_TOLERANCE = 0.25

_TABLES = """
create extension pgstattuple;

create table packed (id bigint not null, a int not null, note text);
insert into packed select i, i % 1000, case when i % 4 > 0 then md5(i::text) end
from generate_series(1, 20000) as i;

create table half_deleted (id bigint not null, note text not null);
insert into half_deleted select i, md5(i::text) from generate_series(1, 20000) as i;
delete from half_deleted where id % 2 = 0;

create table fill_70 (id bigint not null, note text not null) with (fillfactor = 70);
insert into fill_70 select i, md5(i::text) from generate_series(1, 20000) as i;

create table bad_order (a bool not null, b bigint not null, c bool not null, d bigint not null,
    e bool not null, f bigint not null);
insert into bad_order select true, i, true, i, true, i from generate_series(1, 20000) as i;

create table nullable (a bigint, b bool, c bigint, d int, e timestamptz, f text, g smallint,
    h bigint, i int, j int);
insert into nullable select
    case when n % 2 = 0 then n end, case when n % 3 = 0 then true end,
    case when n % 5 = 0 then n end, case when n % 2 = 1 then n end,
    case when n % 7 = 0 then now() end, case when n % 2 = 0 then 'x' || n end,
    case when n % 3 = 1 then 1 end, n, null, case when n % 4 = 0 then n end
from generate_series(1, 20000) as n;

create table toasted (id bigint not null, body text not null);
alter table toasted alter body set storage external;
insert into toasted select i, repeat(md5(i::text), 100) from generate_series(1, 3000) as i;
delete from toasted where id > 2000;

create table wide (id bigint not null, body text not null);
alter table wide alter body set storage plain;
insert into wide select i, repeat('x', 1500) from generate_series(1, 5000) as i;

create table narrow (a smallint not null);
insert into narrow select i % 100 from generate_series(1, 20000) as i;

create table documents (id uuid not null, body json not null, tags text[], at timestamptz not null,
    price numeric, kind char(3) not null);
insert into documents select gen_random_uuid(), json_build_object('n', i, 'word', md5(i::text)),
    array['a', 'b'], now(), i / 7.0, 'abc' from generate_series(1, 30000) as i;
delete from documents where price < 3000;

create table dropped_columns (a bigint not null, b text, c bigint not null, d text, e int not null);
alter table dropped_columns drop b, drop d;
insert into dropped_columns select i, i, i from generate_series(1, 20000) as i;

create table emptied (id bigint not null);
insert into emptied select i from generate_series(1, 20000) as i;
delete from emptied where id < 20000;

create table "Odd ""Tæble"" 1.2" ("Wörld. 🙂" text not null, "b b" bigint);
insert into "Odd ""Tæble"" 1.2" select md5(i::text), i from generate_series(1, 30000) as i;
delete from "Odd ""Tæble"" 1.2" where "b b" > 10000;
"""

_INDEXES = """
create table t (id bigint not null, a int not null, five int not null, nullable int,
    note text not null, price numeric not null, u uuid not null, b bool not null,
    skewed int not null, low int not null, day date not null);
insert into t select i, (i * 7919) % 1000, (i * 7919) % 20000,
    case when i % 4 = 0 then i % 5000 end, md5((i * 7919 % 50000)::text), i % 100,
    gen_random_uuid(), i % 2 = 0,
    case when i % 2 = 0 then 1 else i end, i % 3, date '2024-01-01' + (i % 365)
from generate_series(1, 50000) as i;
create index t_id on t (id);
create unique index t_id_unique on t (id);
create index t_a on t (a);
create index t_five on t (five);
create index t_nullable on t (nullable);
create index t_note on t (note);
create index t_note_full on t (note) with (fillfactor = 100);
create index t_note_70 on t (note) with (fillfactor = 70);
create index t_price on t (price);
create index t_u on t (u);
create index t_bool on t (b);
create index t_skewed on t (skewed);
create index t_plain_a on t (a) with (deduplicate_items = off);
create index t_a_id on t (a, id);
create index t_bool_id on t (b, id);
create index t_low_day on t (low, day);
create index t_include on t (a) include (id);
create index t_partial on t (note) where id % 10 = 0;
create index t_not_null on t (nullable) where nullable is not null;
create index t_lower on t (lower(note));
create index t_two_expressions on t (upper(note), (id % 7), a);
create index "T ""odd"" 1.2 🙂" on t (a);
analyze t;
"""


@dataclass(frozen=True)
class Compared:
    """Shares of wasted space by relation name."""

    estimate: dict[str, float]
    truth: dict[str, float]

    def worst(self) -> tuple[float, str]:
        return max((abs(self.estimate[name] - self.truth[name]), name) for name in self.truth)

    def __str__(self) -> str:
        return "\n".join(
            f"{name:20} estimate {self.estimate[name]:6.1%} truth {self.truth[name]:6.1%}"
            for name in sorted(self.truth)
        )


@pytest.fixture(params=["pg15", "pg18"])
def server(request: pytest.FixtureRequest) -> Cluster:
    cluster: Cluster = request.getfixturevalue(request.param)
    return cluster


def test_table_bloat_is_near_pgstattuple(server: Cluster) -> None:
    dsn = create_database(server, _TABLES + "vacuum analyze;\n")
    estimate = _estimates(dsn, "table_bloat", "tablename")
    compared = Compared(estimate, _rewritten(dsn))
    assert compared.worst()[0] <= 0.05, str(compared)


def test_table_bloat_is_near_pgstattuple_before_vacuum(server: Cluster) -> None:
    dsn = create_database(server, _TABLES.replace("(fillfactor = 70)", "(fillfactor = 100)"))
    run_sql(dsn, "analyze;\n")
    estimate = _estimates(dsn, "table_bloat", "tablename")
    compared = Compared(estimate, _pgstattuple(dsn))
    assert compared.worst()[0] <= _TOLERANCE, str(compared)


def test_index_bloat_of_a_fresh_index_is_none(server: Cluster) -> None:
    dsn = create_database(server, _INDEXES)
    estimate = _estimates(dsn, "index_bloat", "indexname")
    compared = Compared(estimate, dict.fromkeys(estimate, 0.0))
    assert compared.worst()[0] <= 0.15, str(compared)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("delete from t where id % 2 = 0;\nvacuum analyze t;", id="half deleted"),
        pytest.param("update t set a = a + 1;\nvacuum analyze t;", id="all updated"),
    ],
)
def test_index_bloat_is_near_reindex(server: Cluster, change: str) -> None:
    dsn = create_database(server, _INDEXES + change)
    estimate = _estimates(dsn, "index_bloat", "indexname")
    compared = Compared(estimate, _reindexed(dsn))
    assert compared.worst()[0] <= _TOLERANCE, str(compared)


def test_an_estimate_without_statistics_is_not_reliable(server: Cluster) -> None:
    dsn = create_database(
        server, "create table t (a text);\ninsert into t select 'x';\ncreate index on t (a);"
    )
    with connect(PostgresTarget(dsn)) as session:
        snapshot = collect(session)
    assert list(snapshot.frame("table_bloat")["is_reliable"]) == [False]
    assert list(snapshot.frame("index_bloat")["is_reliable"]) == [False]


def _estimates(dsn: str, table: str, name: str) -> dict[str, float]:
    with connect(PostgresTarget(dsn)) as session:
        frame = collect(session).frame(table)
    assert frame["is_reliable"].all()
    assert len(frame)
    return dict(zip(frame[name], frame["wasted_ratio"], strict=True))


def _pgstattuple(dsn: str) -> dict[str, float]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "select c.relname, s.free_percent + s.dead_tuple_percent"
            " from pg_class as c, pgstattuple(c.oid) as s"
            " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        ).fetchall()
    return {name: percent / 100 for name, percent in rows}


def _rewritten(dsn: str) -> dict[str, float]:
    sizes = (
        "select relname, pg_relation_size(oid) from pg_class"
        " where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    return _freed(dsn, sizes, "vacuum full")


def _reindexed(dsn: str) -> dict[str, float]:
    sizes = (
        "select c.relname, pg_relation_size(c.oid) from pg_class as c"
        " join pg_index as i on i.indexrelid = c.oid where i.indrelid = 't'::regclass"
    )
    return _freed(dsn, sizes, "reindex table t")


def _freed(dsn: str, sizes: str, command: str) -> dict[str, float]:
    """Share of each relation's size that the command gave back."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        before = dict(connection.execute(sizes.encode()).fetchall())
        connection.execute(command.encode())
        after = dict(connection.execute(sizes.encode()).fetchall())
    return {name: max(0.0, 1 - after[name] / size) for name, size in before.items()}
