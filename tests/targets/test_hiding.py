"""An index hidden from one transaction: unseen by that one alone, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from dbaudit.errors import QueryError
from dbaudit.query import BoundQuery, Query
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.hiding import forget_plans, hide, may_hide
from dbaudit.targets.session import Guards, Row, Session, connect
from dbaudit.targets.timed import ExecutionOptions, Switch, execute_switched
from tests.conftest import NewDatabase, create_database

TABLES = """
create table t (id int primary key, a int, b int) with (fillfactor = 50);
insert into t select i, i, i from generate_series(1, 5000) i;
create index t_a on t (a);
create unique index t_b on t (b);
create table parts (id int) partition by range (id);
create table parts_1 partition of parts for values from (0) to (10000);
insert into parts select generate_series(1, 5000);
create index parts_id on parts (id);
create table child (t_id int references t on delete cascade);
insert into child select 1 + i % 5000 from generate_series(1, 5000) i;
create index child_fk on child (t_id);
analyze;
"""
LIMITS = ExecutionOptions(30_000)
COUNTED = Guards(track_counts=True)


def oid(session: Session, name: str) -> int:
    return int(session.rows("select %s::text::regclass::oid::int8", (name,))[0][0])


def plan(cursor: psycopg.Cursor[Row], sql: str) -> str:
    return "\n".join(row[0] for row in cursor.execute(f"explain (costs off) {sql}".encode()))


def flags(session: Session) -> list[Row]:
    return session.rows("select indexrelid, indisvalid, indisready, indislive, xmin from pg_index")


@contextmanager
def hidden(session: Session, *names: str) -> Iterator[psycopg.Cursor[Row]]:
    oids = [oid(session, name) for name in names]
    with session.transaction(access="READ WRITE") as cursor:
        hide(cursor, oids, oids)
        yield cursor


def counted(cursor: psycopg.Cursor[Row], counter: str, name: str, statement: str) -> int:
    """By how much a statement raises a counter of our transaction for a table or index.

    The counter begins with what earlier transactions have not reported yet.
    """
    read = f"select pg_stat_get_xact_{counter}('{name}'::regclass)".encode()
    ((before,),) = cursor.execute(read).fetchall()
    cursor.execute(statement.encode())
    ((after,),) = cursor.execute(read).fetchall()
    return int(after - before)


def bound(sql: str, **settings: Any) -> BoundQuery:
    query = Query("q", sql, sql, settings=settings)
    return BoundQuery(query, sql)


def test_only_this_transaction_does_not_see_it(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, TABLES)
    by_a, by_part = "select * from t where a = 5", "select * from parts where id = 5"
    with connect(PostgresTarget(dsn)) as session, connect(PostgresTarget(dsn)) as other:
        at_first = flags(session)
        members = ("t_a", "parts_id", "parts_1_id_idx")
        with hidden(session, *members) as cursor:
            assert "t_a" not in plan(cursor, by_a)
            assert "Seq Scan" in plan(cursor, by_part)
            with other.transaction() as others:
                assert "t_a" in plan(others, by_a)
                assert "parts_1_id_idx" in plan(others, by_part)
        with session.transaction() as cursor:
            assert "t_a" in plan(cursor, by_a)
            assert "parts_1_id_idx" in plan(cursor, by_part)
        assert flags(session) == at_first


def test_writes_pass_it_by_and_leave_no_trace(any_pg: Cluster) -> None:
    """No entry, no uniqueness, and HOT where the hidden index alone stood in its way."""
    dsn = create_database(any_pg, TABLES)
    update = "update t set a = a + 1 where id <= 5"
    with connect(PostgresTarget(dsn), COUNTED) as session:
        t_a = oid(session, "t_a")
        for hides, updated in (([], 0), ([t_a], 5), ([], 0)):
            with session.transaction(access="READ WRITE") as cursor:
                hide(cursor, [t_a], hides)
                assert counted(cursor, "tuples_hot_updated", "t", update) == updated
        with hidden(session, "t_b") as cursor:
            cursor.execute("insert into t values (0, 1, 77)")
        with pytest.raises(QueryError, match="t_b"), hidden(session, "t_a") as cursor:
            cursor.execute("insert into t values (0, 1, 77)")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set enable_seqscan = off")
        for sql in ("select count(*), sum(a) from t where a > 0", "select sum(b) from t"):
            before = connection.execute(sql.encode()).fetchall()
            connection.execute("vacuum t")
            assert connection.execute(sql.encode()).fetchall() == before


def test_the_tree_and_the_heap_agree_afterwards(new_database: NewDatabase) -> None:
    dsn = new_database(TABLES + "create extension amcheck;\n")
    with connect(PostgresTarget(dsn), COUNTED) as session:
        for _ in range(3):
            with hidden(session, "t_a", "t_b") as cursor:
                cursor.execute("update t set a = a + 1, b = -b")
                cursor.execute("insert into t select -i, i, i from generate_series(1, 500) i")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in ("update t set a = a + 1 where id % 2 = 0", "vacuum t"):
            connection.execute(statement.encode())
            for name in ("t_a", "t_b", "t_pkey"):
                connection.execute("select bt_index_check(%s::text::regclass, true)", (name,))


def test_outside_a_transaction_it_is_refused(new_database: NewDatabase) -> None:
    """There it would be kept."""
    with connect(PostgresTarget(new_database(TABLES))) as session:
        t_a = oid(session, "t_a")
        with session.connection.cursor() as cursor, pytest.raises(ValueError, match="transaction"):
            hide(cursor, [t_a], [t_a])
        assert session.rows("select bool_and(indisvalid and indislive) from pg_index") == [(True,)]


def test_the_plans_of_foreign_keys_follow(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, TABLES)
    with connect(PostgresTarget(dsn), COUNTED) as session:
        fk, delete = oid(session, "child_fk"), "delete from t where id = 7"
        for hides in ([], [fk], [], [fk]):
            with session.transaction(access="READ WRITE") as cursor:
                hide(cursor, [fk], hides)
                assert counted(cursor, "numscans", "child_fk", delete) == (0 if hides else 1)
        forget_plans(session)
        with session.transaction(access="READ WRITE") as cursor:
            assert counted(cursor, "numscans", "child_fk", delete) == 1


def test_a_query_stays_read_only_and_parallel(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, TABLES)
    parallel = {
        "parallel_setup_cost": "0",
        "parallel_tuple_cost": "0",
        "min_parallel_table_scan_size": "0",
    }
    with connect(PostgresTarget(dsn)) as session:
        t_a = frozenset({oid(session, "t_a")})
        query = bound("select count(*) from t where a = 5", **parallel)
        for switch in (Switch(t_a), Switch(t_a, t_a)):
            assert execute_switched(session, query, LIMITS, switch).ms > 0
        with pytest.raises(QueryError) as refused:
            execute_switched(session, bound("delete from t"), LIMITS, Switch(t_a, t_a))
        assert refused.value.sqlstate == "25006"
        allowed = ExecutionOptions(30_000, allow_writes=True)
        execute_switched(session, bound("delete from child"), allowed, Switch(t_a, t_a))
        assert session.rows("select count(*) from child") == [(5000,)]


def test_who_changes_the_index_waits_for_the_transaction_alone(new_database: NewDatabase) -> None:
    dsn = new_database(TABLES)
    with connect(PostgresTarget(dsn)) as session:
        gone = oid(session, "t_a")
        with (
            psycopg.connect(dsn, autocommit=True) as dba,
            hidden(session, "t_a"),
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            dba.execute("set lock_timeout = '50ms'")
            dba.execute("insert into t values (-1, -1, -1)")  # writers do not wait
            dba.execute("drop index concurrently t_a")
        with psycopg.connect(dsn, autocommit=True) as dba:
            dba.execute("drop index concurrently t_a")
        with (
            pytest.raises(QueryError, match="is gone"),
            session.transaction(access="READ WRITE") as cursor,
        ):
            hide(cursor, [gone], [gone])


def test_only_a_superuser_may(new_database: NewDatabase, pg18: Cluster) -> None:
    dsn = new_database(TABLES, name="hiding")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create role no_superuser login")
    with connect(PostgresTarget(dsn)) as session:
        assert may_hide(session)
    with connect(PostgresTarget(pg18.dsn("hiding", "no_superuser"))) as session:
        assert not may_hide(session)
