"""Sizes of GIN indexes, estimated by a sample of the target, against real builds on 18."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.distinct_keys import KeyClass
from dbaudit.shadow.gin_size import Gin, gin_size, posting_bytes
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.session import connect
from tests.conftest import create_database

DOCUMENTS = """
select setseed(0.25);
create schema "Trigrams %";
create extension pg_trgm schema "Trigrams %";
create extension btree_gin;
create table words as
select i, substr(translate(md5(i::text), '0123456789', 'ghijklmnop'), 1, 3 + i % 7) as word
from generate_series(0, 5000) as i;
create table "Doc %s" as
select
    i as id, body, to_tsvector('english', body) as "Words %",
    array(select floor(exp(random() * 7))::int + 0 * i from generate_series(1, 1 + i % 5)) as tags,
    array[i / 50, i / 500] as clustered,
    jsonb_build_object(
        'source', case when i % 3 = 0 then 'web' else 'mail' end,
        'user', 'u' || (random() * 20000)::int, 'n', i,
        'nested', jsonb_build_object('a', (random() * 10)::int,
            'list', jsonb_build_array('p' || (random() * 100)::int, '%', null, true))) as meta,
    case when i % 3 = 0 then jsonb_build_object('k', (random() * 50)::int) end as sparse,
    'user' || (random() * 30000)::int || '@example.org' as email, md5(i::text) as hash,
    i / 100 as grp
from (
    select i, (
        select string_agg(word, ' ') from words
        where words.i in (select floor(exp(random() * 8.5))::int + 0 * g.i
                          from generate_series(1, 10 + g.i % 20))
    ) as body
    from generate_series(1, 30000) as g (i)
) as texts;
vacuum analyze "Doc %s";
"""


def index(*keys: IndexKey, where: str | None = None) -> IndexDefinition:
    return IndexDefinition("public", "Doc %s", keys, "gin", where=where)


TRIGRAMS = '"Trigrams %".gin_trgm_ops'
CASES = {
    "words": index(IndexKey("Words %")),
    "expression of words": index(IndexKey("to_tsvector('simple', body)", is_expression=True)),
    "array": index(IndexKey("tags")),
    "clustered array": index(IndexKey("clustered")),
    "jsonb": index(IndexKey("meta")),
    "jsonb paths": index(IndexKey("meta", opclass="jsonb_path_ops")),
    "mostly null jsonb": index(IndexKey("sparse", opclass="jsonb_path_ops")),
    "nested jsonb": index(IndexKey("meta -> 'nested'", True, "jsonb_path_ops")),
    "trigrams of text": index(IndexKey("body", opclass=TRIGRAMS)),
    "trigrams of few values": index(IndexKey("email", opclass=TRIGRAMS)),
    "trigrams of hexadecimal digits": index(IndexKey("hash", opclass=TRIGRAMS)),
    "partial": index(IndexKey("Words %"), where="meta ->> 'source' = 'web'"),
    "scalar and array": index(IndexKey("grp"), IndexKey("tags")),
}


@pytest.fixture(scope="module")
def documents(pg18: Cluster) -> str:
    return create_database(pg18, DOCUMENTS)


@pytest.fixture(scope="module")
def shadow(documents: str) -> Iterator[Shadow]:
    target = PostgresTarget(documents)
    with connect(target) as session:
        sampler = TargetSample(session)
        with Shadow(target, [("public", "Doc %s")], sampler=sampler) as shadow:
            assert shadow.prepare(list(CASES.values())) == {}
            assert sampler.notes == []
            yield shadow


@pytest.mark.parametrize("name", CASES)
def test_size_is_near_the_real_build(documents: str, shadow: Shadow, name: str) -> None:
    with psycopg.connect(documents) as connection:
        connection.execute(CASES[name].ddl("built", concurrently=False).encode())
        row = connection.execute("select pg_relation_size('built')").fetchone()
        connection.rollback()
    assert row is not None
    estimated = shadow.size_bytes(CASES[name])
    print(f"{name}: real {row[0] // 8192}, estimated {estimated // 8192}")
    assert estimated == pytest.approx(row[0], rel=0.4)


def test_a_posting_list_grows_with_the_distance_of_rows() -> None:
    near = posting_bytes(KeyClass(1, 1000, 16, pages=10), heap_pages=10_000)
    far = posting_bytes(KeyClass(1, 1000, 16, pages=1000), heap_pages=10_000)
    assert 1000 < near < 1050
    assert 2000 < far < 3000


def test_a_frequent_element_has_a_tree_of_its_own() -> None:
    size = gin_size(Gin((KeyClass(1, 100_000, 16, pages=1000), KeyClass(5, 2, 16)), 1000))
    assert (size.entry_pages, size.entries) == (1, 6)
    assert size.data_pages > 10
    assert size.pages == 1 + size.entry_pages + size.data_pages
