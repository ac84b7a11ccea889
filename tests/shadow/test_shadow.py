from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbaudit.errors import QueryError, ShadowError, TargetError
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import NewDatabase, create_database
from tests.shadow.agreement import bound, real_plan, shape

ODD_SCHEMA = 'Sp ace."q"'
ODD_TABLE = 'We"ird. |(x)*$?näme😀'
ODD = Path(__file__).with_name("data").joinpath("odd_names.sql").read_text()


def test_odd_names(new_database: NewDatabase) -> None:
    dsn = new_database(ODD, name='D b."x" 😀')
    tables = [(ODD_SCHEMA, ODD_TABLE), ("public", "c" * 63)]
    keys = (IndexKey("Ünï'c"),)
    odd = IndexDefinition(ODD_SCHEMA, ODD_TABLE, keys)
    long = IndexDefinition("public", "c" * 63, (IndexKey("id"),))
    table = qualified(ODD_SCHEMA, ODD_TABLE)
    sql = f'select "I d" from {table} where "Ünï\'c" = \'v7\''
    with Shadow(PostgresTarget(dsn), tables) as shadow:
        assert shadow.uncovered == {}
        assert shadow.prepare([odd, long]) == {}
        without, with_index = shadow.plan(bound(sql)), shadow.plan(bound(sql), [odd])
        assert without["Total Cost"] == real_plan(dsn, sql)["Total Cost"]
        assert with_index["Total Cost"] < without["Total Cost"] / 2
        assert odd.name in str(with_index)
        with pytest.raises(QueryError, match="does not exist"):
            shadow.plan(bound(f"select * from {qualified(ODD_SCHEMA, 'We')}"))


PARTITIONED = """
create table event (id bigint, at date not null, kind int) partition by range (at);
create table event_1 partition of event for values from ('2025-01-01') to ('2025-02-01');
create table event_2 partition of event for values from ('2025-02-01') to ('2025-03-01');
insert into event select i, date '2025-01-01' + i % 59, i % 5000
from generate_series(1, 60000) as i;
vacuum analyze;
"""


def test_what_a_partition_has_already_stays_without_the_candidate(
    new_database: NewDatabase,
) -> None:
    dsn = new_database(PARTITIONED + "create index on event_1 (kind);\n")
    index = IndexDefinition("public", "event", (IndexKey("kind"),))
    one, both = (
        f"select * from event where kind = 77 and at < '{end}'"
        for end in ("2025-02-01", "2025-03-01")
    )
    with Shadow(PostgresTarget(dsn), [("public", "event")]) as shadow:
        assert shadow.prepare([index]) == {}
        assert shadow.plan(bound(one))["Total Cost"] == real_plan(dsn, one)["Total Cost"]
        assert shadow.plan(bound(one), [index])["Total Cost"] == pytest.approx(
            shadow.plan(bound(one))["Total Cost"]
        )
        assert (
            shadow.plan(bound(both), [index])["Total Cost"]
            < 0.6 * (shadow.plan(bound(both))["Total Cost"])
        )


def test_candidate_on_a_partitioned_parent(new_database: NewDatabase) -> None:
    dsn = new_database(PARTITIONED)
    index = IndexDefinition("public", "event", (IndexKey("kind"),))
    sql = "select * from event where kind = 77"
    with Shadow(PostgresTarget(dsn), [("public", "event")]) as shadow:
        assert shadow.prepare([index]) == {}
        before, after = shadow.plan(bound(sql)), shadow.plan(bound(sql), [index])
        size = shadow.size_bytes(index)
    assert before["Total Cost"] == real_plan(dsn, sql)["Total Cost"]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create index on event (kind)")
        row = connection.execute(
            "select sum(pg_relation_size(relid)) from pg_partition_tree('event_kind_idx')"
        ).fetchone()
    real = real_plan(dsn, sql)
    assert [node[0] for node in shape(after)] == [node[0] for node in shape(real)]
    assert after["Total Cost"] == pytest.approx(real["Total Cost"], rel=0.04)
    assert row is not None
    assert size == pytest.approx(float(row[0]), rel=0.15)


TENANTS = """
create table tenant_doc (id bigint primary key, tenant int not null, body text);
insert into tenant_doc select i, i % 500, 'b' from generate_series(1, 30000) as i;
alter table tenant_doc enable row level security;
create role "shadow tenants";
create role "shadow app" in role "shadow tenants";
create policy tenant on tenant_doc to "shadow tenants"
using (tenant = current_setting('app.tenant')::int);
grant select on tenant_doc to "shadow tenants";
vacuum analyze;
"""


def test_row_level_security_plans_as_the_application(new_database: NewDatabase) -> None:
    dsn = new_database(TENANTS)
    index = IndexDefinition("public", "tenant_doc", (IndexKey("tenant"),))
    query = bound("select * from tenant_doc", role="shadow app", settings={"app.tenant": "7"})
    with Shadow(PostgresTarget(dsn), [("public", "tenant_doc")]) as shadow:
        assert shadow.prepare([index]) == {}
        assert "app.tenant" in str(shadow.plan(query))
        assert shadow.plan(query, [index])["Total Cost"] < shadow.plan(query)["Total Cost"]
        assert "app.tenant" not in str(shadow.plan(bound("select * from tenant_doc")))


FOREIGN_LANDS = """
create extension pgcrypto;
create extension "uuid-ossp";
create extension adminpack;
create type shape as enum ('round');
alter extension pgcrypto add type shape;
create table geo (id int primary key, outline shape);
create table doc (
    id uuid primary key default uuid_generate_v4(), secret bytea default gen_random_bytes(8),
    title text
);
insert into doc (title) select 't' || i from generate_series(1, 20000) as i;
create view titles as select title from doc;
vacuum analyze;
"""


@pytest.fixture
def foreign_lands(pg15: Cluster) -> Iterator[str]:
    yield create_database(pg15, FOREIGN_LANDS)


@pytest.mark.pg15
def test_missing_extensions(foreign_lands: str) -> None:
    tables = [("public", name) for name in ("geo", "titles", "no such")]
    with Shadow(PostgresTarget(foreign_lands), tables) as shadow:
        assert set(shadow.uncovered) == {("public", "geo"), ("public", "no such")}
        assert "shape" in shadow.uncovered["public", "geo"]
        reason = shadow.not_covered(bound("select * from geo where id = 1"))
        assert reason is not None
        assert "shape" in reason
        assert shadow.not_covered(bound("select * from titles")) is None
        plan = shadow.plan(bound("select * from titles where title = 't7'"))
        assert plan["Node Type"] == "Seq Scan"
        with pytest.raises(QueryError, match="has no extension pgcrypto"):
            shadow.plan(bound("select * from doc where title = encode(digest('x', 'md5'), 'hex')"))


def test_refused_candidates_name_the_reason(new_database: NewDatabase) -> None:
    dsn = new_database("create table t (id int, body text);")
    good = IndexDefinition("public", "t", (IndexKey("id"),))
    no_column = IndexDefinition("public", "t", (IndexKey("nope"),))
    no_class = IndexDefinition("public", "t", (IndexKey("body", opclass="gin_trgm_ops"),), "gin")
    volatile = IndexDefinition("public", "t", (IndexKey("random()", is_expression=True),))
    with Shadow(PostgresTarget(dsn), [("public", "t")]) as shadow:
        refused = shadow.prepare([good, no_column, no_class, volatile])
        assert set(refused) == {no_column, no_class, volatile}
        assert "nope" in refused[no_column]
        assert "gin_trgm_ops" in refused[no_class]
        assert "IMMUTABLE" in refused[volatile]
        with pytest.raises(ShadowError, match="was not prepared"):
            shadow.size_bytes(no_column)


def test_target_is_only_read_and_keeps_no_lock() -> None:
    with Cluster(settings={**THROWAWAY, "autovacuum": "off"}) as cluster:
        dsn = create_database(cluster, PARTITIONED)
        index = IndexDefinition("public", "event", (IndexKey("kind"),))
        with psycopg.connect(dsn, autocommit=True) as connection:
            next_transaction = "select pg_snapshot_xmax(pg_current_snapshot())::text"
            before = connection.execute(next_transaction).fetchone()
            with Shadow(PostgresTarget(dsn), [("public", "event")]) as shadow:
                shadow.prepare([index])
                shadow.plan(bound("select * from event where kind = 1"), [index])
                locks = "select count(*) from pg_locks where pid <> pg_backend_pid()"
                assert connection.execute(locks).fetchone() == (0,)
            assert connection.execute(next_transaction).fetchone() == before


def test_candidate_on_a_table_that_was_never_analysed(new_database: NewDatabase) -> None:
    dsn = new_database(
        "create table fresh (id int, body text) with (autovacuum_enabled = off);\n"
        "insert into fresh select i, 'body ' || i from generate_series(1, 50000) as i;"
    )
    index = IndexDefinition("public", "fresh", (IndexKey("id"),))
    sql = "select * from fresh where id = 7"
    with Shadow(PostgresTarget(dsn), [("public", "fresh")]) as shadow:
        shadow.prepare([index])
        assert shadow.plan(bound(sql))["Total Cost"] == real_plan(dsn, sql)["Total Cost"]
        # 139 pages really; the planner guesses 35,000 rows from the table's pages
        assert shadow.size_bytes(index) == pytest.approx(139 * 8192, rel=0.4)


def test_a_locked_table_is_not_waited_for(new_database: NewDatabase) -> None:
    dsn = new_database("create table t (id int);")
    with psycopg.connect(dsn) as connection:
        connection.execute("lock table t in access exclusive mode")
        with (
            pytest.raises(ShadowError, match="locked exclusively"),
            Shadow(PostgresTarget(dsn), [("public", "t")]),
        ):
            pass


@pytest.fixture
def own_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the servers' user must get in
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield folder


def test_nothing_is_left_after_an_exception(
    new_database: NewDatabase, own_temporary_folder: Path
) -> None:
    dsn = new_database("create table t (id int);")
    with pytest.raises(KeyError), Shadow(PostgresTarget(dsn), [("public", "t")]):
        (pid_file,) = own_temporary_folder.glob("*/data/postmaster.pid")
        server = pid_file.read_text().splitlines()[0]
        assert Path(f"/proc/{server}").exists()
        raise KeyError
    assert not Path(f"/proc/{server}").exists()
    assert list(own_temporary_folder.iterdir()) == []


def test_nothing_is_left_when_the_target_refuses(own_temporary_folder: Path) -> None:
    target = PostgresTarget("host=/nonexistent dbname=x")
    with pytest.raises(TargetError), Shadow(target, [("public", "t")]):
        pass
    assert list(own_temporary_folder.iterdir()) == []


def test_outside_its_context_it_says_so() -> None:
    shadow = Shadow(PostgresTarget("host=/nonexistent"), [])
    with pytest.raises(ShadowError, match="not running"):
        shadow.plan(bound("select 1"))
