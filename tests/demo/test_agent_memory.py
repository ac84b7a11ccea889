"""The agent memory holds what its README says, at every scale, and its queries meet real rows."""

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

SYSTEM = find_system("agent-memory")
QUERIES = {query.name: query for query in load_queries([SYSTEM.queries], SYSTEM.folder)}
USERS = 100

Connection = psycopg.Connection[tuple[object, ...]]


def _loaded(cluster: Cluster, scale: int) -> Iterator[Connection]:
    dsn = create_database(cluster, name=f"agent_memory_{scale}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), scale)
        yield connection


@pytest.fixture(scope="module")
def small(pg18: Cluster) -> Iterator[Connection]:
    yield from _loaded(pg18, 2_000)


@pytest.fixture(scope="module")
def middle(pg18: Cluster) -> Iterator[Connection]:
    yield from _loaded(pg18, 10_000)


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
    return _value(connection, f"SELECT avg(({condition})::int) FROM memories WHERE {of}")


def _touched(connection: Connection, query: Query) -> int:
    """The rows that a query returns or changes."""
    with connection.transaction(force_rollback=True):
        return connection.execute(bind(query).sql.encode()).rowcount


@pytest.mark.parametrize(("fixture", "memories"), [("small", 2_000), ("middle", 10_000)])
def test_the_rows_are_as_many_as_asked(
    request: pytest.FixtureRequest, fixture: str, memories: int
) -> None:
    connection: Connection = request.getfixturevalue(fixture)
    assert _value(connection, "SELECT count(*) FROM memories") == memories
    assert _value(connection, "SELECT max(id) FROM memories") == memories
    assert _value(connection, "SELECT count(*) FROM memory_clusters") == 50 * USERS
    assert _value(connection, "SELECT count(*) FROM alembic_version") == 1


def test_a_few_users_hold_much(middle: Connection) -> None:
    sizes = "SELECT count(*) AS n FROM memories GROUP BY user_id"
    largest = _value(middle, f"SELECT max(n) / sum(n) FROM ({sizes}) AS sizes")
    assert largest == pytest.approx((1 / USERS) ** 0.5, abs=0.01)
    named = _share(middle, "user_id = 'u00001'")
    assert named == pytest.approx((2 / USERS) ** 0.5 - (1 / USERS) ** 0.5, abs=0.01)


def test_tier_and_age_go_together(middle: Connection) -> None:
    now = "timestamp '2026-11-01'"
    for tier, share, days in (("short", 0.15, 8), ("mid", 0.3, 60), ("long", 0.55, 180)):
        of = f"tier = '{tier}'"
        assert _share(middle, of) == pytest.approx(share, abs=0.02)
        assert (
            _share(middle, f"updated_at BETWEEN {now} - interval '{days} days' AND {now}", of) == 1
        )
        assert _share(middle, f"updated_at < {now} - interval '{days / 2} days'", of) > 0.45
    assert _share(middle, "created_at <= updated_at") == 1


def test_attributes_have_their_shares(middle: Connection) -> None:
    contained = "metadata @> '{}'".format
    assert _share(middle, contained('{"priority": "high"}')) == pytest.approx(0.05, abs=0.01)
    assert _share(middle, contained('{"customer": {"tier": "premium"}}')) == pytest.approx(
        0.03, abs=0.01
    )
    for category in ("fact", "preference", "task", "event"):
        share = _share(middle, contained(f'{{"category": "{category}"}}'))
        assert share == pytest.approx(0.25, abs=0.02)
    assert _value(middle, "SELECT count(DISTINCT metadata->>'topic') FROM memories") == 20
    assert _share(middle, contained('{"topic": "topic-0"}')) == pytest.approx(
        (1 / 20) ** 0.5, abs=0.02
    )
    entities = (
        "SELECT count(DISTINCT e) FROM memories, jsonb_array_elements(metadata->'entities') AS e"
    )
    assert _value(middle, entities) == pytest.approx(3000, abs=20)


def test_related_threads_are_two_others_of_the_same_user(connection: Connection) -> None:
    assert _share(connection, "jsonb_array_length(related_threads) = 2") == 1
    assert _share(connection, "related_threads->>0 <> related_threads->>1") == 1
    assert _share(connection, "related_threads ? thread_id") == 0
    same = "starts_with(related_threads->>{}, user_id || '-t')".format
    assert _share(connection, f"{same(0)} AND {same(1)} AND starts_with(thread_id, user_id)") == 1


def test_rows_are_of_the_size_that_the_readme_says(middle: Connection) -> None:
    assert _value(middle, "SELECT pg_relation_size('memories') / 10000") == pytest.approx(
        670, abs=40
    )


def test_only_keys_have_indexes(small: Connection) -> None:
    extra = """
        SELECT count(*) FROM pg_index
        WHERE indrelid IN ('memories'::regclass, 'memory_clusters'::regclass) AND NOT indisunique
    """
    assert _value(small, extra) == 0


def test_the_workload_is_the_whole_one() -> None:
    assert sum(query.weight for query in QUERIES.values()) == 100
    assert set(QUERIES) == set(
        """
        meta_user meta_multi meta_nested meta_list meta_arrow user_thread related
        tier_stats tier_stats_all policy_scan policy_trim policy_migrate
        cluster_get cluster_upsert cluster_list
        """.split()
    )


@pytest.mark.parametrize("name", QUERIES)
def test_the_values_in_the_query_files_meet_rows(middle: Connection, name: str) -> None:
    assert _touched(middle, QUERIES[name]) > 0


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_explains(small: Connection, name: str) -> None:
    assert small.execute(("EXPLAIN " + bind(QUERIES[name]).sql).encode()).fetchall()


def test_the_same_data_comes_every_time(small: Connection, pg18: Cluster) -> None:
    digest = "SELECT md5(string_agg(m::text, '' ORDER BY id)) FROM memories AS m"
    first = small.execute(digest.encode()).fetchone()
    again = create_database(pg18, name="agent_memory_again")
    with psycopg.connect(again, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), 2_000)
        assert connection.execute(digest.encode()).fetchone() == first


def test_the_authors_indexes_are_built(pg18: Cluster) -> None:
    dsn = create_database(pg18, name="agent_memory_author")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda sql: connection.execute(sql.encode()), 2_000)
        add_hand_written_indexes(SYSTEM, lambda sql: connection.execute(sql.encode()))
        built = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx\\_%'"
        assert _value(connection, built) == 9
