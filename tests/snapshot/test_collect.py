"""Every collector on every server version, for every kind of role, and without a trace."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dbaudit.identifiers import quote_ident
from dbaudit.snapshot import collect as collect_module
from dbaudit.snapshot.collect import collect, statements_info
from dbaudit.snapshot.collectors import collector_names, collector_sql
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from tests.conftest import create_database, run_sql

_numbers = itertools.count(1)

_SHOP = """
create table customers (id bigint primary key, email text unique, at timestamptz);
create table orders (id bigserial primary key, customer_id bigint references customers, note text)
    with (fillfactor = 80);
create index orders_note_idx on orders (lower(note)) include (id) where note is not null;
create table events (at date not null, n int) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create index on events (at);
create materialized view totals as select count(*) from orders;
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before update on orders for each row execute function touch();
alter table orders enable row level security;
create policy own on orders for select using (customer_id = 1);
insert into customers select i, 'c' || i from generate_series(1, 100) as i;
insert into orders (customer_id, note) select i % 100 + 1, 'n' || i
from generate_series(1, 500) as i;
insert into events select date '2024-01-01' + i % 300, i from generate_series(1, 300) as i;
vacuum analyze;
"""

#: Names that break naive quoting; one of 63 bytes, the longest that there is.
_NAMES = [
    'q"uote',
    "apo'strophe",
    "semi;colon -- comment",
    "dot.dot",
    "Capital Letters",
    "back\\slash",
    "percent%s {brace} $1",
    "emoji 🙂",
    "x" * 63,
    "ü" * 31,
]


def _collected(dsn: str) -> Snapshot:
    with connect(PostgresTarget(dsn)) as session:
        return collect(session)


@pytest.mark.parametrize("name", collector_names())
def test_a_collector_gives_the_columns_of_the_schema(any_pg: Cluster, name: str) -> None:
    words = {
        "pg_stat_statements": "pg_stat_statements",
        "statements_info": statements_info("public", "1.9"),
    }
    with connect(PostgresTarget(_database(any_pg))) as session:
        if name == "statements" and not _has_statements(session):
            pytest.skip("this server does not preload pg_stat_statements")
        table = session.query(collector_sql(name, session.version_num, words))
    assert sorted(table.columns) == sorted(schema()[name].column_names)


def test_the_shop_is_seen_as_it_is(any_pg: Cluster) -> None:
    snapshot = _collected(create_database(any_pg, _SHOP))
    tables = snapshot.frame("tables").set_index("tablename")
    assert set(tables.index) == {"customers", "events", "events_2024", "orders", "totals"}
    assert tables.loc["orders", "reltuples"] == 500
    assert tables.loc["orders", "fillfactor"] == 80
    assert tables.loc["orders", "rowsecurity"]
    assert tables.loc["events", "relkind"] == "p"
    assert tables.loc["events_2024", "is_partition"]
    indexes = snapshot.frame("indexes").set_index("indexname")
    assert indexes.loc["orders_note_idx", "key_columns"] == ["lower(note)"]
    assert indexes.loc["orders_note_idx", "include_columns"] == ["id"]
    assert indexes.loc["orders_note_idx", "predicate"] == "(note IS NOT NULL)"
    assert indexes.loc["customers_pkey", "is_fk_target"]
    assert indexes.loc["customers_email_key", "conname"] == "customers_email_key"
    assert indexes.loc["events_2024_at_idx", "parent_oid"] == indexes.loc["events_at_idx", "oid"]
    foreign = snapshot.frame("constraints").query("contype == 'f'").iloc[0]
    assert (foreign["columns"], foreign["referenced_tablename"]) == (["customer_id"], "customers")
    assert list(snapshot.frame("partitions")["tablename"]) == ["events_2024"]
    assert list(snapshot.frame("triggers")["tgname"]) == ["touched"]
    assert list(snapshot.frame("policies")["attnames"]) == [["customer_id"]]
    sequence = snapshot.frame("sequences").iloc[0]
    assert (sequence["last_value"], sequence["owner_attname"]) == (500, "id")


def test_a_table_without_rows_that_13_cannot_tell_from_one_never_analysed(pg15: Cluster) -> None:
    dsn = create_database(pg15, "create table t (a int);\nvacuum t;\n")
    with connect(PostgresTarget(dsn)) as session:
        for version_num, rows in ((130023, -1), (140000, 0)):
            table = session.query(collector_sql("tables", version_num, {}))
            assert table.rows[0][table.columns.index("reltuples")] == rows


def test_keys_of_an_index_are_described(any_pg: Cluster) -> None:
    sql = """
    create table t (a text, b numeric, c text collate "C", n name);
    create index i on t (lower(a), b desc, c text_pattern_ops, n) include (a);
    create unique index u on t (a nulls first);
    """
    frame = _collected(create_database(any_pg, sql)).frame("index_columns")
    rows = frame.query("indexname == 'i'").to_dict("records")
    assert [row["attname"] for row in rows] == [None, "b", "c", "n", "a"]
    assert [row["index_attname"] for row in rows] == ["lower", "b", "c", "n", "a"]
    assert [row["is_key"] for row in rows] == [True, True, True, True, False]
    assert [row["is_descending"] for row in rows][:4] == [False, True, False, False]
    assert [row["is_equal_image"] for row in rows][:4] == [True, False, True, True]
    assert [row["typlen"] for row in rows] == [-1, -1, -1, -2, -1]
    assert frame.query("indexname == 'u'").iloc[0]["is_nulls_first"]


def test_operators_of_an_index_are_told_and_which_of_them_are_leakproof(any_pg: Cluster) -> None:
    sql = """
    create table t (a int, b int[]);
    create index i on t (a) include (b);
    create index g on t using gin (b);
    """
    frame = _collected(create_database(any_pg, sql)).frame("index_columns")
    rows = {(row["indexname"], row["position"]): row for row in frame.to_dict("records")}
    assert sorted(rows["i", 1]["operators"]) == ["<", "<=", "=", ">", ">="]
    assert sorted(rows["i", 1]["leakproof_operators"]) == ["<", "<=", "=", ">", ">="]
    assert rows["i", 2]["operators"] is None
    assert "@>" in rows["g", 1]["operators"]
    assert rows["g", 1]["leakproof_operators"] == []


def test_the_owner_sees_everything_of_the_database(any_pg: Cluster) -> None:
    owner = _role(any_pg)
    dsn = create_database(any_pg, f"grant create on schema public to {owner};")
    run_sql(f"{dsn} user={owner}", _SHOP.replace("vacuum analyze", "analyze"))
    snapshot = _collected(f"{dsn} user={owner}")
    assert set(_not_collected(snapshot)) <= {"statements"}
    assert snapshot.frame("tables")["can_select"].all()
    assert len(snapshot.frame("column_stats"))
    assert {note.table for note in snapshot.notes} == {"sessions", "statements"}


def test_a_monitor_is_told_what_it_may_not_read(any_pg: Cluster) -> None:
    monitor = _role(any_pg, "in role pg_monitor")
    snapshot = _collected(f"{create_database(any_pg, _SHOP)} user={monitor}")
    assert set(_not_collected(snapshot)) <= {"statements"}
    assert len(snapshot.frame("indexes")) == 6
    reasons = [note.reason for note in snapshot.notes if note.table == "column_stats"]
    assert reasons == [
        f"5 of 5 tables may not be read by {monitor}, so their planner statistics are hidden; "
        "grant SELECT or pg_read_all_data"
    ]
    assert "sessions" not in {note.table for note in snapshot.notes}


def test_a_role_that_may_only_connect(any_pg: Cluster) -> None:
    guest = _role(any_pg)
    dsn = create_database(any_pg, _SHOP + "revoke all on schema public from public;\n")
    snapshot = _collected(f"{dsn} user={guest}")
    assert set(_not_collected(snapshot)) <= {"statements"}
    assert len(snapshot.frame("tables")) == 5
    assert len(snapshot.frame("indexes")) == 6
    assert snapshot.frame("sequences")["last_value"].isna().all()
    assert not len(snapshot.frame("column_stats"))
    assert {note.table for note in snapshot.notes} >= {"column_stats", "sessions", "statements"}


def test_a_locked_table_neither_blocks_nor_fails(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, _SHOP)
    with _transaction(dsn, "lock table orders in access exclusive mode"):
        snapshot = _collected(dsn)
    assert set(_not_collected(snapshot)) <= {"statements"}
    tables = snapshot.frame("tables").set_index("tablename")
    assert list(tables[tables["is_locked"].astype(bool)].index) == ["orders"]
    assert tables.loc["orders", "heap_size_bytes"] == tables.loc["orders", "relpages"] * 8192
    for name in ("columns", "indexes", "index_columns", "constraints"):
        seen = set(snapshot.frame(name)["tablename"])
        assert "customers" in seen
        assert "orders" not in seen
    assert "orders" in set(snapshot.frame("locks")["relname"])
    bloat = snapshot.frame("table_bloat").set_index("tablename")
    assert not bloat.loc["orders", "is_reliable"]
    assert bloat.loc["customers", "is_reliable"]
    reasons = {note.reason for note in snapshot.notes if note.table == "indexes"}
    assert len(reasons) == 1
    assert "orders" in reasons.pop()


@pytest.mark.parametrize(
    "statement",
    [
        "lock table events in access exclusive mode",
        "alter table orders alter note type varchar(90); truncate customers cascade",
        "truncate orders restart identity",
        "drop index orders_note_idx",
        "reindex table orders",
        "alter sequence orders_id_seq increment 2",
        "drop table orders, events cascade",
        "refresh materialized view totals",
        "cluster customers using customers_pkey",
    ],
)
def test_a_change_at_work_neither_blocks_nor_fails(any_pg: Cluster, statement: str) -> None:
    dsn = create_database(any_pg, _SHOP)
    with _transaction(dsn, statement):
        snapshot = _collected(dsn)
    assert set(_not_collected(snapshot)) <= {"statements"}
    assert {"orders", "customers", "events"} <= set(snapshot.frame("tables")["tablename"])


@pytest.mark.parametrize("name", _NAMES)
def test_hostile_names(any_pg: Cluster, name: str) -> None:
    quoted = quote_ident(name)
    sql = f"""
    create schema {quoted};
    create table {quoted}.{quoted} ({quoted} int primary key, note text);
    create index on {quoted}.{quoted} ((({quoted} + 1)));
    create sequence {quoted}.s owned by {quoted}.{quoted}.{quoted};
    alter table {quoted}.{quoted} enable row level security;
    create policy {quoted} on {quoted}.{quoted} using ({quoted} > 3);
    insert into {quoted}.{quoted} select i from generate_series(1, 100) as i;
    analyze;
    """
    snapshot = _collected(create_database(any_pg, sql, name=f"{name[:20]} {next(_numbers)}"))
    assert list(snapshot.frame("tables")["tablename"]) == [name]
    assert name in set(snapshot.frame("columns")["attname"])
    assert name in set(snapshot.frame("column_stats")["attname"])
    assert [name] in list(snapshot.frame("indexes")["key_columns"])
    assert [name] in list(snapshot.frame("constraints")["columns"])
    assert list(snapshot.frame("sequences")["owner_attname"]) == [name]
    assert list(snapshot.frame("policies")["attnames"]) == [[name]]
    assert set(snapshot.frame("table_bloat")["tablename"]) == {name}


def test_tables_that_come_and_go_meanwhile(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, _SHOP)
    fickle = itertools.cycle(["drop table if exists fickle", "create table fickle (id int unique)"])
    with psycopg.connect(dsn, autocommit=True) as other, connect(PostgresTarget(dsn)) as session:
        snapshot = collect(session, lambda _: other.execute(next(fickle).encode()) and None)
    assert set(_not_collected(snapshot)) <= {"statements"}
    assert {"orders", "customers"} <= set(snapshot.frame("tables")["tablename"])


def test_nothing_is_written_to_the_target(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, _SHOP)
    moved = []
    for _ in range(5):  # autovacuum writes too, now and then; a collector would write each time
        before = _writes(dsn)
        _collected(dsn)
        moved.append(_writes(dsn) != before)
    assert not all(moved)


def test_one_round_trip_a_collector(any_pg: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = []
    query = Session.query

    def counted(self: Session, statement: str) -> object:
        statements.append(statement)
        return query(self, statement)

    monkeypatch.setattr(collect_module.Session, "query", counted)
    _collected(create_database(any_pg, _SHOP))
    assert len(statements) <= len(collector_names())


def _database(cluster: Cluster) -> str:
    dsn = create_database(cluster)
    if "shared_preload_libraries" in cluster.settings:
        run_sql(dsn, "create extension pg_stat_statements;")
    return dsn


def _has_statements(session: Session) -> bool:
    return bool(session.rows("select 1 from pg_extension where extname = 'pg_stat_statements'"))


def _role(cluster: Cluster, options: str = "") -> str:
    name = f"role_{next(_numbers)}"
    run_sql(cluster.dsn(), f"create role {name} login {options};")
    return name


def _not_collected(snapshot: Snapshot) -> list[str]:
    return [name for name in collector_names() if name not in snapshot.frames]


@contextmanager
def _transaction(dsn: str, sql: str) -> Iterator[None]:
    """Another session that has run the statements and not committed."""
    with psycopg.connect(dsn) as connection:
        connection.execute(sql.encode())
        yield
        connection.rollback()


def _writes(dsn: str) -> list[tuple[object, ...]]:
    """What a write would move: the next transaction id, and the database's counters of rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(
            "select pg_snapshot_xmax(pg_current_snapshot())::text, tup_inserted, tup_updated,"
            " tup_deleted, temp_files from pg_stat_database where datname = current_database()"
        ).fetchall()
