"""A session is harmless: read-only, bounded, uncounted, and clear about what went wrong."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbaudit.errors import QueryError
from dbaudit.shadow.ranges import read_ranges
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Guards, connect
from tests.conftest import NewDatabase, create_database

TABLE = """
create table reading (id bigint primary key, at timestamptz);
insert into reading select i, now() from generate_series(1, 1000) i;
create index reading_at on reading (at);
vacuum analyze reading;
"""


def test_a_session_cannot_write(any_pg: Cluster) -> None:
    with connect(PostgresTarget(create_database(any_pg, TABLE))) as session:
        with pytest.raises(QueryError, match="read-only") as caught:
            session.query("delete from reading")
        assert caught.value.sqlstate == "25006"
        assert session.query("select count(*) from reading").rows == [(1000,)]


def test_a_statement_ends_at_its_limit(pg18: Cluster) -> None:
    with connect(PostgresTarget(pg18.dsn()), Guards(statement_timeout_ms=50)) as session:
        with pytest.raises(QueryError, match="statement timeout"):
            session.query("select pg_sleep(10)")
        assert session.rows("select %s::int", (1,)) == [(1,)]


def test_a_lock_is_not_waited_for(new_database: NewDatabase) -> None:
    dsn = new_database(TABLE)
    with (
        psycopg.connect(dsn) as other,
        connect(PostgresTarget(dsn)) as session,
    ):
        other.execute("lock table reading in access exclusive mode")
        with pytest.raises(QueryError, match="lock timeout"):
            session.query("select count(*) from reading")


def test_the_server_knows_who_asks(new_database: NewDatabase) -> None:
    with connect(PostgresTarget(new_database())) as session:
        table = session.query(
            "select application_name, current_setting('transaction_read_only') "
            "from pg_stat_activity where pid = pg_backend_pid()"
        )
    assert table.rows == [("dbaudit", "on")]


def test_what_a_superuser_reads_is_not_counted(any_pg: Cluster) -> None:
    dsn = create_database(any_pg, TABLE)
    with connect(PostgresTarget(dsn)) as session:
        assert session.may_read_uncounted
        for _ in range(3):
            session.query("select * from reading where at > now() + interval '1 day'")
        read_ranges(session, [("public", "reading")])
    assert scans(dsn) == 0


def test_an_ordinary_role_reads_no_ranges(new_database: NewDatabase) -> None:
    dsn = new_database(TABLE)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop role if exists range_reader")
        connection.execute("create role range_reader login")
        connection.execute("grant select on reading to range_reader")
    parts = conninfo_to_dict(dsn)
    target = PostgresTarget(f"host={parts['host']} dbname={parts['dbname']} user=range_reader")
    with connect(target) as session:
        assert not session.may_read_uncounted
        assert read_ranges(session, [("public", "reading")]) == []
    assert scans(dsn) == 0


def scans(dsn: str) -> int:
    """Scans of all indexes, counted when every session that could add to them has ended."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "select sum(idx_scan)::int from pg_stat_user_indexes where relname = 'reading'"
        ).fetchone()
    assert row is not None
    return int(row[0])
