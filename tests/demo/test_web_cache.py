"""The web cache holds what its README says, at every scale, and its queries meet real rows."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.systems import find_system
from dbaudit.query import Query
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.binding import bind
from dbaudit.workload.query_file import load_queries
from tests.conftest import create_database

SYSTEM = find_system("web-cache")
QUERIES = {query.name: query for query in load_queries([SYSTEM.queries], SYSTEM.folder)}
TTL_CUTOFF = "2026-10-31 00:00+00"
WEB = "metadata->>'source_type' = 'web'"

Connection = psycopg.Connection[tuple[object, ...]]


def _loaded(cluster: Cluster, scale: int) -> Iterator[Connection]:
    dsn = create_database(cluster, name=f"web_cache_{scale}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), scale)
        yield connection


@pytest.fixture(scope="module")
def small(pg18: Cluster) -> Iterator[Connection]:
    yield from _loaded(pg18, 2_000)


@pytest.fixture(scope="module")
def middle(pg18: Cluster) -> Iterator[Connection]:
    yield from _loaded(pg18, 20_000)


@pytest.fixture(params=["small", "middle"])
def connection(request: pytest.FixtureRequest) -> Connection:
    """The system at each scale in turn."""
    found: Connection = request.getfixturevalue(request.param)
    return found


def _value(connection: Connection, sql: str) -> float:
    row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return float(str(row[0]))


def _share(connection: Connection, condition: str, of: str = "true") -> float:
    return _value(
        connection,
        f"SELECT avg(({condition})::int) FROM document_chunks WHERE {of}",
    )


def _rows(connection: Connection, query: Query) -> int:
    with connection.transaction(force_rollback=True):
        return len(connection.execute(bind(query).sql.encode()).fetchall())


@pytest.mark.parametrize(("fixture", "chunks"), [("small", 2_000), ("middle", 20_000)])
def test_the_rows_are_as_many_as_asked(
    request: pytest.FixtureRequest, fixture: str, chunks: int
) -> None:
    connection: Connection = request.getfixturevalue(fixture)
    assert _value(connection, "SELECT count(*) FROM document_chunks") == chunks
    assert _value(connection, "SELECT count(*) FROM document_collections") == chunks / 250
    caches = "SELECT count(*) FROM document_collections WHERE starts_with(collection_name, {})"
    assert _value(connection, caches.format("'web_cache_'")) == chunks / 500


def test_three_chunks_of_ten_are_web_pages_with_a_hash(connection: Connection) -> None:
    assert _share(connection, WEB) == 0.3
    assert _share(connection, "metadata->>'content_hash' ~ '^sha256:[0-9a-f]{64}$'", WEB) == 1
    assert _share(connection, "metadata ? 'content_hash'", f"NOT ({WEB})") == 0


def test_most_rows_are_old_but_few_web_pages(middle: Connection) -> None:
    old = f"created_at < '{TTL_CUTOFF}'"
    assert _share(middle, old) == pytest.approx(0.73, abs=0.01)
    assert _share(middle, old, WEB) == pytest.approx(0.09, abs=0.01)


def test_topics_and_document_types_have_their_shares(middle: Connection) -> None:
    for topic, share in (("news", 0.2), ("general", 0.6), ("research", 0.2)):
        assert _share(middle, f"metadata->>'topic' = '{topic}'", WEB) == pytest.approx(
            share, abs=0.02
        )
    for kind in ("pdf", "md", "docx", "upload"):
        found = _share(middle, f"metadata->>'source_type' = '{kind}'", f"NOT ({WEB})")
        assert found == pytest.approx(0.25, abs=0.04)


def test_a_few_caches_hold_much(middle: Connection) -> None:
    sizes = f"SELECT count(*) AS n FROM document_chunks WHERE {WEB} GROUP BY collection_id"
    largest = _value(middle, f"SELECT max(n) / sum(n) FROM ({sizes}) AS sizes")
    assert largest == pytest.approx((1 / 40) ** 0.5, abs=0.02)


def test_every_chunk_lies_in_a_collection_of_its_kind(connection: Connection) -> None:
    misplaced = f"""
        SELECT count(*) FROM document_chunks AS chunk
        JOIN document_collections AS collection ON collection.id = collection_id
        WHERE ({WEB}) <> starts_with(collection_name, 'web_cache_')
    """
    assert _value(connection, misplaced) == 0


def test_the_content_is_about_a_kilobyte_and_not_toasted(middle: Connection) -> None:
    assert _value(middle, "SELECT avg(length(content)) FROM document_chunks") == pytest.approx(
        1000, abs=20
    )
    assert _value(middle, "SELECT pg_relation_size('document_chunks') / 20000") < 1400
    toast = "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'document_chunks'"
    assert _value(middle, toast) == 0


def test_only_keys_have_indexes(small: Connection) -> None:
    extra = """
        SELECT count(*) FROM pg_index
        WHERE indrelid IN ('document_chunks'::regclass, 'document_collections'::regclass)
            AND NOT indisunique
    """
    assert _value(small, extra) == 0


def test_the_workload_is_the_whole_one() -> None:
    assert sum(query.weight for query in QUERIES.values()) == 100
    assert set(QUERIES) == set(
        """
        stale_count dedup coll_by_name stale_delete news_delete user_cleanup web_count
        web_per_coll news_stale_all insert_chunk coll_delete
        """.split()
    )


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_explains(connection: Connection, name: str) -> None:
    assert connection.execute(("EXPLAIN " + bind(QUERIES[name]).sql).encode()).fetchall()


def test_the_values_in_the_query_files_meet_rows(connection: Connection) -> None:
    assert _rows(connection, QUERIES["dedup"]) == 1
    assert _rows(connection, QUERIES["coll_by_name"]) == 1
    stale = _rows(connection, QUERIES["stale_delete"])
    assert stale > 0
    assert _rows(connection, QUERIES["user_cleanup"]) == stale
    assert _rows(connection, QUERIES["news_delete"]) > stale
    assert _rows(connection, QUERIES["news_stale_all"]) > 0
    assert _value(connection, bind(QUERIES["stale_count"]).sql) > 0


def test_deleting_a_collection_takes_its_chunks(middle: Connection) -> None:
    with middle.transaction(force_rollback=True):
        assert middle.execute(bind(QUERIES["coll_delete"]).sql.encode()).rowcount == 1
        left = _value(middle, "SELECT count(*) FROM document_chunks")
    assert 20_000 - 1_000 < left < 20_000 - 50


def test_the_same_data_comes_every_time(small: Connection, pg18: Cluster) -> None:
    digest = "SELECT md5(string_agg(c::text, '' ORDER BY ctid)) FROM document_chunks AS c"
    first = small.execute(digest.encode()).fetchone()
    again = create_database(pg18, name="web_cache_again")
    with psycopg.connect(again, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), 2_000)
        assert connection.execute(digest.encode()).fetchone() == first


def test_the_authors_indexes_are_built(pg18: Cluster) -> None:
    dsn = create_database(pg18, name="web_cache_author")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), 2_000)
        add_hand_written_indexes(SYSTEM, lambda sql: connection.execute(sql.encode()))
        built = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'ix\\_document\\_chunks\\_%'"
        assert _value(connection, built) == 4
