"""The chunk store holds what its README says, and its loop finds and flags what it must."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.demo.load import load
from dbaudit.demo.run import DemoOutcome, run_demo
from dbaudit.demo.systems import find_system
from dbaudit.findings import Finding
from dbaudit.migrate.ddl import CreateIndex, parse_create
from dbaudit.migrate.outcome import require_success
from dbaudit.query import Query
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.binding import bind
from dbaudit.workload.query_file import load_queries
from tests.conftest import create_database
from tests.demo.silent_screen import SilentScreen

SYSTEM = find_system("chunk-store")
QUERIES = {query.name: query for query in load_queries([SYSTEM.queries], SYSTEM.folder)}
MIDDLING = "md5('collection 2')::uuid"

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def connection(pg18: Cluster) -> Iterator[Connection]:
    dsn = create_database(pg18, name="chunk_store")
    with psycopg.connect(dsn, autocommit=True) as opened:
        load(SYSTEM, lambda sql: opened.execute(sql.encode()), 20_000)
        yield opened


def _value(connection: Connection, sql: str) -> float:
    row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return float(str(row[0]))


def _rows(connection: Connection, query: Query) -> int:
    return len(connection.execute(bind(query).sql.encode()).fetchall())


def test_the_rows_are_as_many_as_asked(connection: Connection) -> None:
    counts = {
        "chunks": 20_000,
        "chunks_by_list": 2_000,
        "operations": 3_660,
        "documents": 910,
        "collections": 600,
    }
    for table, rows in counts.items():
        assert _value(connection, f"SELECT count(*) FROM {table}") == rows, table


def test_a_few_collections_hold_much(connection: Connection) -> None:
    of = "SELECT avg((collection_id = {})::int) FROM {}"
    assert _value(connection, of.format("md5('collection 1')::uuid", "chunks")) == pytest.approx(
        0.11, abs=0.02
    )
    assert _value(connection, of.format(MIDDLING, "chunks")) == pytest.approx(0.0176, abs=0.003)
    assert _value(connection, of.format(MIDDLING, "operations")) == pytest.approx(0.008, abs=0.002)


def test_both_ways_of_partitioning_have_a_hundred_each(connection: Connection) -> None:
    for table in ("chunks", "chunks_by_list"):
        parts = f"SELECT count(*) FROM pg_partition_tree('{table}') WHERE isleaf"
        assert _value(connection, parts) == 100
    wrong = "SELECT count(*) FROM chunks_by_list WHERE partition_key <> {}"
    assert _value(connection, wrong.format("partition_key_of(collection_id)")) == 0


def test_the_trigger_keeps_the_partition_key_right(connection: Connection) -> None:
    row = f"""
        INSERT INTO chunks_by_list
        SELECT 0, {MIDDLING}, {MIDDLING}, 0, '', NULL, (partition_key_of({MIDDLING}) + {{}}) % 100,
            now()
    """
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="moving row to another"):
        connection.execute(row.format(1).encode())
    with connection.transaction(force_rollback=True):
        connection.execute(row.format(0).encode())


def test_ages_lie_in_no_order_in_one_table_and_in_order_in_the_other(
    connection: Connection,
) -> None:
    correlation = """
        SELECT avg(abs(correlation)) FROM pg_stats
        WHERE attname = 'created_at' AND tablename ~ '^{}_[0-9]+$'
    """
    assert _value(connection, correlation.format("chunks_part")) < 0.7
    assert _value(connection, correlation.format("chunks_by_list_part")) > 0.99


def test_operations_have_their_types_and_states(connection: Connection) -> None:
    share = "SELECT avg(({})::int) FROM operations"
    for condition, expected in (
        ("type = 'chunking'", 0.6),
        ("status = 'completed'", 0.7),
        ("status IN ('processing', 'pending')", 0.2),
        ("metadata IS NOT NULL", 0.93),
        ("metadata->>'strategy' = 'semantic'", 0.186),
    ):
        assert _value(connection, share.format(condition)) == pytest.approx(expected, abs=0.03)


def test_only_keys_have_indexes(connection: Connection) -> None:
    extra = "SELECT count(*) FROM pg_index WHERE NOT indisunique AND indrelid > 16383"
    assert _value(connection, extra) == 0


def test_the_workload_is_the_whole_one() -> None:
    by_list = {"list_batch", "list_batch_pruned"}
    assert sum(query.weight for query in QUERIES.values() if query.name not in by_list) == 100
    assert set(QUERIES) == by_list | set(
        """
        ops_load ops_stats ops_strategy ops_by_strategy ops_active ops_latest chunk_stats
        chunk_batch doc_chunks page_over page_over_deep page_first page_keyset similar recent
        coll_user docs_status
        """.split()
    )


def test_the_values_in_the_query_files_meet_rows(connection: Connection) -> None:
    assert _rows(connection, QUERIES["chunk_batch"]) == 220
    assert _rows(connection, QUERIES["doc_chunks"]) == 22
    assert _rows(connection, QUERIES["similar"]) == 10
    assert _rows(connection, QUERIES["page_first"]) == 100
    assert _rows(connection, QUERIES["list_batch"]) == _rows(
        connection, QUERIES["list_batch_pruned"]
    )
    for name in ("ops_load", "ops_strategy", "ops_active", "page_keyset", "coll_user"):
        assert _rows(connection, QUERIES[name]) > 0, name
    for name in ("chunk_stats", "recent", "docs_status", "ops_by_strategy", "list_batch"):
        assert _value(connection, bind(QUERIES[name]).sql.replace("SELECT *", "SELECT 1")) > 0, name


def test_the_same_data_comes_every_time(connection: Connection, pg18: Cluster) -> None:
    digest = "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM chunks AS c"
    first = connection.execute(digest.encode()).fetchone()
    again = create_database(pg18, name="chunk_store_again")
    with psycopg.connect(again, autocommit=True) as other:
        load(SYSTEM, lambda sql: other.execute(sql.encode()), 20_000)
        assert other.execute(digest.encode()).fetchone() == first


def test_an_index_on_the_distances_filtered_afterwards_loses_rows(connection: Connection) -> None:
    """What no time shows: with the authors' next index the ten nearest are fewer than ten."""
    with connection.transaction(force_rollback=True):
        connection.execute(b"CREATE EXTENSION vector")
        connection.execute(
            b"CREATE TABLE vectors AS SELECT id, collection_id, embedding::vector(16) FROM chunks"
            b" WHERE embedding IS NOT NULL"
        )
        connection.execute(b"ANALYZE vectors")
        nearest = f"""
            SELECT id FROM vectors WHERE collection_id = {MIDDLING}
            ORDER BY embedding <=> (SELECT embedding FROM vectors WHERE id = 1) LIMIT 10
        """.encode()
        assert len(connection.execute(nearest).fetchall()) == 10
        connection.execute(b"CREATE INDEX ON vectors USING hnsw (embedding vector_cosine_ops)")
        connection.execute(b"SET LOCAL enable_seqscan = off")
        assert len(connection.execute(nearest).fetchall()) < 10


@pytest.fixture(scope="module")
def outcome() -> DemoOutcome:
    """The whole loop, at a tenth of its scale."""
    return run_demo(SYSTEM, 100_000, SilentScreen())


def _kept(outcome: DemoOutcome, query: str) -> list[CreateIndex]:
    """The indexes that were built, stayed, and serve a query."""
    require_success(outcome.result)
    return [
        parse_create(index.ddl)
        for index in outcome.result.indexes
        if index.outcome == "kept" and query in index.used_by
    ]


@pytest.mark.parametrize(
    ("query", "table", "tail"),
    [
        ("page_first", "chunks", r"\(collection_id, created_at"),
        ("page_keyset", "chunks", r"\(collection_id, created_at"),
        ("doc_chunks", "chunks", r"\(document_id"),
        ("chunk_batch", "chunks", r"\((collection_id, document_id|document_id)"),
        ("ops_stats", "operations", r"\(collection_id(, type|.* WHERE .*type = 'chunking')"),
        ("ops_load", "operations", r"\(collection_id(, type|.* WHERE .*type = 'chunking')"),
        ("ops_active", "operations", r"\(user_id"),
        ("docs_status", "documents", r"\(collection_id, status"),
    ],
)
def test_the_loop_finds_builds_and_keeps(
    outcome: DemoOutcome, query: str, table: str, tail: str
) -> None:
    indexes = _kept(outcome, query)
    assert any(index.table == table and re.search(tail, index.tail) for index in indexes), indexes


def test_every_index_is_valid_on_all_partitions_or_gone_again(outcome: DemoOutcome) -> None:
    assert {"chunks", "operations", "documents"} <= {i.table for i in outcome.result.indexes}
    for index in outcome.result.indexes:
        assert (index.built, index.valid) == (True, index.outcome == "kept")


def _found(outcome: DemoOutcome, rule: str) -> dict[str, Finding]:
    findings = outcome.audit.evaluation.findings
    return {finding.object.name: finding for finding in findings if finding.rule == rule}


def test_what_no_index_mends_is_told(outcome: DemoOutcome) -> None:
    assert _found(outcome, "total-counted-with-page").keys() == {"page_over", "page_over_deep"}
    unpruned = _found(outcome, "partitions-not-pruned")
    assert unpruned.keys() >= {"doc_chunks", "list_batch"}
    assert unpruned.keys().isdisjoint({"chunk_batch", "page_first", "list_batch_pruned"})
    evidence = unpruned["list_batch"].evidence
    assert (evidence["partitions_scanned"], evidence["partitions"]) == (100, 100)
    assert _found(outcome, "offset-pagination").keys() == {"page_over_deep"}
    assert _found(outcome, "computed-from-wide-column").keys() == {"chunk_stats"}


@pytest.fixture(scope="module")
def judged() -> DemoOutcome:
    """The same with the authors' indexes in place."""
    return run_demo(SYSTEM, 100_000, SilentScreen(), hand_written=True)


def test_the_authors_indexes_are_judged(judged: DemoOutcome) -> None:
    brin = _found(judged, "brin-uncorrelated")["chunks"]
    assert brin.evidence["indexes"] == 100
    assert "chunks_by_list" not in _found(judged, "brin-uncorrelated")
    alone = [f for f in judged.audit.evaluation.findings if f.rule == "index-on-partitions-only"]
    assert [finding.object.name for finding in alone] == ["chunks"] * 3
    assert "idx_operations_metadata_strategy" in _found(judged, "json-arrow-mismatch")
    assert "idx_collections_user_status" in _found(judged, "index-on-small-table")


def test_what_every_partition_has_already_is_not_advised_again(judged: DemoOutcome) -> None:
    require_success(judged.result)
    on_chunks = [index for index in judged.advice.indexes if index.table == "chunks"]
    tails = [parse_create(index.ddl).tail for index in on_chunks]
    assert not [tail for tail in tails if "(document_id" in tail]
