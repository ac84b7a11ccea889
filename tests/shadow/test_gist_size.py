"""Estimated sizes of GiST indexes against real builds on PostgreSQL 18."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.gist_size import gist_pages
from dbaudit.shadow.shadow import Shadow
from dbaudit.shadow.sizes import Column
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import create_database, run_sql

SPANS = """
create extension pg_trgm;
create extension btree_gist;
create table spans as
select
    i % 1000 as few, int4range(i, i + 1 + i % 100) as near,
    int8range(i * 7919::bigint % 100003, null) as open,
    tstzrange('2025-01-01'::timestamptz + i * interval '1 minute',
        '2025-01-01'::timestamptz + i * interval '1 minute' + interval '90 minutes') as during,
    daterange('2020-01-01'::date + i * 7919 % 2003, '2026-01-01'::date + i % 997) as days,
    numrange((i * 7919::bigint % 100003) / 100.0, 2000) as amounts,
    case when i % 3 = 0 then int4range(i, i + 5) end as mostly_null,
    int4multirange(int4range(i, i + 5), int4range(i + 10, i + 20)) as several,
    point(i * 7919::bigint % 100003, i * 104729::bigint % 100003) as place,
    ('10.' || i / 65536 || '.' || i / 256 % 256 || '.' || i % 256)::inet as network,
    md5(i::text) as name, 'item number ' || i * 7919::bigint % 1000 || ' of ' || i as title
from generate_series(1, 100000) as i;
vacuum analyze spans;
"""

CASES: dict[str, tuple[IndexKey, ...]] = {
    "ranges in order": (IndexKey("near"),),
    "open ranges": (IndexKey("open"),),
    "times": (IndexKey("during"),),
    "days": (IndexKey("days"),),
    "numeric ranges": (IndexKey("amounts"),),
    "mostly null": (IndexKey("mostly_null"),),
    "multiranges": (IndexKey("several"),),
    "points": (IndexKey("place"),),
    "networks": (IndexKey("network", opclass="inet_ops"),),
    "hexadecimal text": (IndexKey("name", opclass="gist_trgm_ops"),),
    "words": (IndexKey("title", opclass="gist_trgm_ops"),),
    "scalar and range": (IndexKey("few"), IndexKey("near")),
}


def definition(name: str) -> IndexDefinition:
    return IndexDefinition("public", "spans", CASES[name], "gist")


@pytest.fixture(scope="module")
def spans(pg18: Cluster) -> str:
    return create_database(pg18, SPANS)


@pytest.fixture(scope="module")
def shadow(spans: str) -> Iterator[Shadow]:
    with Shadow(PostgresTarget(spans), [("public", "spans")]) as shadow:
        assert shadow.prepare([definition(name) for name in CASES]) == {}
        yield shadow


@pytest.mark.parametrize("name", CASES)
def test_size_is_near_the_real_build(spans: str, shadow: Shadow, name: str) -> None:
    index = definition(name)
    with psycopg.connect(spans) as connection:
        connection.execute(index.ddl("built", concurrently=False).encode())
        row = connection.execute("select pg_relation_size('built')").fetchone()
        connection.rollback()
    assert row is not None
    print(f"{name}: real {row[0] // 8192}, estimated {shadow.size_bytes(index) // 8192}")
    assert shadow.size_bytes(index) == pytest.approx(row[0], rel=0.4)


def test_an_empty_index_has_a_root() -> None:
    assert gist_pages(0, (Column(-1, 4, 14),), ["range_ops"], 180000) == 2


@pytest.mark.parametrize("order", ["i", "i * 7919 % 100003"], ids=["in order", "in another"])
def test_ranges_take_more_room_before_18(pg16: Cluster, order: str) -> None:
    table = f"create table spans as select int4range(n, n + 9) as near from (select {order} as n "
    dsn = create_database(pg16, f"{table} from generate_series(1, 100000) as i) as t;\nanalyze;\n")
    index = definition("ranges in order")
    with Shadow(PostgresTarget(dsn), [("public", "spans")]) as shadow:
        assert shadow.prepare([index]) == {}
        run_sql(dsn, index.ddl("built", concurrently=False))
        with psycopg.connect(dsn) as connection:
            (real,) = connection.execute("select pg_relation_size('built')").fetchall()[0]
        assert shadow.size_bytes(index) == pytest.approx(real, rel=0.4)
