"""Estimated sizes against real builds on PostgreSQL 18, and what must hold for any input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.shadow import Shadow
from dbaudit.shadow.sizes import BTree, Column, brin_pages, btree_level, btree_size, hash_pages
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import create_database

BIGINT = Column(8, 8, 8)
INT = Column(4, 4, 4)

WIDE = """
create table wide as
select
    i::bigint as id, i % 1000 as few, i % 2 = 0 as flag, md5(i::text) as unique_text,
    'group ' || i % 300 as few_text, case when i % 4 = 0 then i end as mostly_null,
    (i * 7919::bigint % 100000) / 100.0::numeric as amount, i % 60000 as some,
    timestamp '2025-01-01' + i * interval '1 minute' as at, gen_random_uuid() as uuid,
    array[i % 50, 50 + i % 700] as tags,
    to_tsvector('simple', 'w' || i % 40 || ' x' || i % 900 || ' y' || i % 7000) as words,
    case when i % 10 = 0 then 'open' else 'done' end as status
from generate_series(1, 200000) as i;
-- With this target ANALYZE reads every row (300 for each of it), so that chance has no part in it.
alter table wide alter tags set statistics 700;
vacuum analyze wide;
"""

BTREES = {
    "unique bigint": ["id"],
    "few ints": ["few"],
    "boolean": ["flag"],
    "unique text": ["unique_text"],
    "few texts": ["few_text"],
    "mostly null": ["mostly_null"],
    "numeric": ["amount"],
    "three rows a key": ["some"],
    "timestamp": ["at"],
    "uuid": ["uuid"],
    "int and bigint": ["few", "id"],
    "status and time": ["status", "at"],
    "null and id": ["mostly_null", "id"],
}
OTHERS = {
    "brin": ("brin", ["at"]),
    "brin of two": ("brin", ["id", "unique_text"]),
    "hash of unique": ("hash", ["unique_text"]),
    "hash of few": ("hash", ["few"]),
    "gin of arrays": ("gin", ["tags"]),
    "gin of words": ("gin", ["words"]),
}


def definition(method: str, columns: list[str], **more: object) -> IndexDefinition:
    keys = tuple(IndexKey(column) for column in columns)
    return IndexDefinition("public", "wide", keys, method, **more)  # type: ignore[arg-type]


CASES = {
    **{name: definition("btree", columns) for name, columns in BTREES.items()},
    **{name: definition(method, columns) for name, (method, columns) in OTHERS.items()},
    "partial": definition("btree", ["unique_text"], where="status = 'open'"),
    "include": definition("btree", ["id"], include=("unique_text",)),
    "fill factor": definition("btree", ["id"], options=(("fillfactor", "70"),)),
    "no deduplication": definition("btree", ["few"], options=(("deduplicate_items", "off"),)),
    "expression": IndexDefinition("public", "wide", (IndexKey("lower(unique_text)", True),)),
}


@pytest.fixture(scope="module")
def wide(pg18: Cluster) -> str:
    return create_database(pg18, WIDE)


@pytest.fixture(scope="module")
def shadow(wide: str) -> Iterator[Shadow]:
    with Shadow(PostgresTarget(wide), [("public", "wide")]) as shadow:
        assert shadow.prepare(list(CASES.values())) == {}
        yield shadow


@pytest.mark.parametrize("name", CASES)
def test_size_is_near_the_real_build(wide: str, shadow: Shadow, name: str) -> None:
    index = CASES[name]
    with psycopg.connect(wide) as connection:
        connection.execute(index.ddl("built", concurrently=False).encode())
        row = connection.execute("select pg_relation_size('built')").fetchone()
        connection.rollback()
    assert row is not None
    print(f"{name}: real {row[0] // 8192}, estimated {shadow.size_bytes(index) // 8192}")
    limit = {"btree": 0.15, "brin": 0.15, "hash": 0.25}.get(index.method, 0.4)
    assert shadow.size_bytes(index) == pytest.approx(row[0], rel=limit)


def test_empty_index_is_a_metapage() -> None:
    assert btree_size(BTree((BIGINT,), 0, 0)).pages == 1


def test_pgbench_accounts_pkey() -> None:
    """100,000 rows take 274 leaves of 366 tuples, a root and the metapage."""
    size = btree_size(BTree((INT,), 100_000, 100_000))
    assert (size.pages, size.level) == (276, 1)


def test_brin_and_hash_of_an_empty_table() -> None:
    assert brin_pages(0, 128, (BIGINT,)) == 3
    assert hash_pages(0, 0) >= 3


@given(
    st.floats(0, 1e9),
    st.floats(0, 1e9),
    st.lists(
        st.builds(
            Column,
            st.sampled_from([-1, 1, 2, 4, 8, 16]),
            st.sampled_from([1, 2, 4, 8]),
            st.floats(1, 500),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_btree_never_shrinks_with_rows(rows: float, groups: float, columns: list[Column]) -> None:
    size = btree_size(BTree(tuple(columns), rows, groups, deduplicates=False))
    more = btree_size(BTree(tuple(columns), rows * 2 + 1, groups, deduplicates=False))
    assert 1 <= size.pages <= more.pages


@given(st.integers(1, 10**8))
def test_level_from_pages_is_that_of_the_build(rows: int) -> None:
    size = btree_size(BTree((BIGINT,), rows, rows))
    assert btree_level(size.pages, (BIGINT,)) == size.level


def test_inner_pages_hold_no_tids_of_few_rows() -> None:
    """The level of a build on PostgreSQL 18.6."""
    shared = BTree((Column(16, 1, 16.0),), 62_000, 27_000)
    assert btree_size(shared).level == 1
    assert btree_size(replace(shared, deduplicates=False)).level == 2
