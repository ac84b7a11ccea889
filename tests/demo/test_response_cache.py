"""The response cache holds what its README says; dbaudit finds and flags there what it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.run import DemoOutcome, run_demo
from dbaudit.demo.systems import find_system
from dbaudit.findings import Finding
from dbaudit.query import Query
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.binding import bind
from dbaudit.workload.lexer import statements
from dbaudit.workload.query_file import load_queries
from tests.conftest import create_database
from tests.demo.silent_screen import SilentScreen

SYSTEM = find_system("response-cache")
QUERIES = {query.name: query for query in load_queries([SYSTEM.queries], SYSTEM.folder)}
TABLE = "ai_response_cache"

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module", autouse=True)
def _roles_gone_afterwards(pg18: Cluster) -> Iterator[None]:
    """The system's roles belong to the whole cluster, which other tests use too."""
    yield
    with psycopg.connect(pg18.dsn(), autocommit=True) as connection:
        ours = "SELECT datname FROM pg_database WHERE datname LIKE 'response\\_cache\\_%'"
        for (name,) in connection.execute(ours.encode()).fetchall():
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(str(name))))
        connection.execute("DROP ROLE IF EXISTS authenticated, service_role")


@contextmanager
def _loaded(cluster: Cluster, scale: int, name: str) -> Iterator[Connection]:
    dsn = create_database(cluster, name=f"response_cache_{name}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        load(SYSTEM, lambda text: connection.execute(text.encode()), scale)
        yield connection


@pytest.fixture(scope="module")
def small(pg18: Cluster) -> Iterator[Connection]:
    with _loaded(pg18, 2_000, "small") as connection:
        yield connection


@pytest.fixture(scope="module")
def middle(pg18: Cluster) -> Iterator[Connection]:
    with _loaded(pg18, 20_000, "middle") as connection:
        yield connection


@pytest.fixture(params=["small", "middle"])
def connection(request: pytest.FixtureRequest) -> Connection:
    """The system at each scale in turn."""
    found: Connection = request.getfixturevalue(request.param)
    return found


def _value(connection: Connection, text: str) -> float:
    row = connection.execute(text.encode()).fetchone()
    assert row is not None
    return float(str(row[0]))


def _share(connection: Connection, condition: str) -> float:
    return _value(connection, f"SELECT avg(({condition})::int) FROM {TABLE}")


def _as_application(connection: Connection, query: Query, prefix: str = "") -> list[object]:
    """What the query gives the role that runs it; rolled back."""
    with connection.transaction(force_rollback=True):
        for name, value in query.settings.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        if query.role:
            role = sql.Identifier(query.role)
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        cursor = connection.execute((prefix + bind(query).sql).encode())
        return list(cursor.fetchall()) if cursor.description else [None] * cursor.rowcount


def _improve(connection: Connection, step: str) -> None:
    for statement in statements((SYSTEM.folder / "improved" / step).read_text("utf-8")):
        text = "".join(token.text for token in statement).strip()
        if text:
            connection.execute(text.encode())


@pytest.mark.parametrize(("fixture", "responses"), [("small", 2_000), ("middle", 20_000)])
def test_the_rows_are_as_many_as_asked(
    request: pytest.FixtureRequest, fixture: str, responses: int
) -> None:
    connection: Connection = request.getfixturevalue(fixture)
    counts = {
        table: _value(connection, f"SELECT count(*) FROM {table}")
        for table in (TABLE, "lectures", "lecture_content_hashes", "courses", "ai_cache_stats")
    }
    assert counts == {
        TABLE: responses,
        "lectures": responses / 20,
        "lecture_content_hashes": responses / 20,
        "courses": responses / 500,
        "ai_cache_stats": 120,
    }


def test_the_responses_are_distributed_as_described(middle: Connection) -> None:
    kinds = (("summary", 0.5), ("quiz", 0.21), ("flashcards", 0.16), ("explanation", 0.13))
    for kind, share in kinds:
        assert _share(middle, f"operation_type = '{kind}'") == pytest.approx(share, abs=0.02)
    assert _share(middle, "created_at < '2026-10-02 00:00+00'") == pytest.approx(0.25, abs=0.01)
    assert _share(middle, "cardinality(lecture_ids) = 3") == pytest.approx(0.5, abs=0.02)
    assert _share(middle, "cardinality(lecture_ids) BETWEEN 2 AND 3") == 1
    assert _share(middle, "hit_count = 0") == pytest.approx(0.475, abs=0.02)
    assert _value(middle, f"SELECT avg(hit_count) FROM {TABLE}") == pytest.approx(5, abs=0.3)
    distinct = _value(middle, f"SELECT count(DISTINCT content_hash) FROM {TABLE}")
    assert distinct == pytest.approx(1400, abs=5)


def test_a_row_is_about_a_kilobyte_and_not_toasted(middle: Connection) -> None:
    row = f"SELECT avg(pg_column_size(r.*)) FROM {TABLE} AS r"
    assert 1100 < _value(middle, row) < 1350
    toast = f"SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = '{TABLE}'"
    assert _value(middle, toast) == 0


def test_a_few_lectures_are_asked_about_most(middle: Connection) -> None:
    lectures = f"SELECT unnest(lecture_ids) AS lecture FROM {TABLE}"
    sizes = f"SELECT count(*) AS n FROM ({lectures}) AS named GROUP BY lecture"
    most = _value(middle, f"SELECT max(n) / avg(n) FROM ({sizes}) AS sizes")
    assert most > 4
    asked = len(_as_application(middle, QUERIES["by_lecture"]))
    assert asked == pytest.approx(0.7 * 50, rel=0.5)


def test_every_lecture_named_in_a_response_exists(connection: Connection) -> None:
    named = f"SELECT unnest(lecture_ids) FROM {TABLE}"
    unknown = f"SELECT count(*) FROM ({named} EXCEPT SELECT id FROM lectures) AS unknown"
    assert _value(connection, unknown) == 0


def test_only_keys_have_indexes(small: Connection) -> None:
    extra = """
        SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace) AND NOT indisunique
    """
    assert _value(small, extra) == 0


def test_the_workload_is_the_whole_one() -> None:
    assert sum(query.weight for query in QUERIES.values()) == pytest.approx(100)
    assert set(QUERIES) == set(
        """
        get hit put by_lecture by_lecture_teacher invalidate hash_put lecture_hash
        lectures_of_course orphans ttl_delete ttl_batch stats_delete by_type top growth stats_inc
        stats_range
        """.split()
    )
    assert all(query.role for query in QUERIES.values())


@pytest.mark.parametrize("name", sorted(set(QUERIES) - {"orphans"}))
def test_the_values_in_the_query_files_meet_rows(connection: Connection, name: str) -> None:
    assert _as_application(connection, QUERIES[name])


def test_the_policy_hides_the_cache_from_whoever_is_not_signed_in(small: Connection) -> None:
    query = QUERIES["by_lecture_teacher"]
    with small.transaction(force_rollback=True):
        small.execute("SET LOCAL ROLE authenticated")
        assert not small.execute(bind(query).sql.encode()).fetchall()
    assert _as_application(small, query) == _as_application(small, QUERIES["by_lecture"])


def test_a_changed_lecture_takes_its_responses_with_it(pg18: Cluster) -> None:
    with _loaded(pg18, 2_000, "trigger") as connection:
        with_lecture = bind(QUERIES["by_lecture"]).sql
        for improved in (False, True):
            if improved:
                _improve(connection, "01_trigger.sql")
            with connection.transaction(force_rollback=True):
                assert connection.execute(with_lecture.encode()).fetchall()
                connection.execute(bind(QUERIES["hash_put"]).sql.encode())
                assert connection.execute(with_lecture.encode()).fetchall()
                connection.execute(bind(QUERIES["invalidate"]).sql.encode())
                assert not connection.execute(with_lecture.encode()).fetchall()


def test_the_same_data_comes_every_time(small: Connection, pg18: Cluster) -> None:
    digest = (
        f"SELECT md5(string_agg(r::text, '' ORDER BY ctid)) FROM {TABLE} AS r "
        "UNION ALL SELECT md5(string_agg(l::text, '' ORDER BY ctid)) FROM lectures AS l"
    )
    first = small.execute(digest.encode()).fetchall()
    with _loaded(pg18, 2_000, "again") as again:
        assert again.execute(digest.encode()).fetchall() == first


def test_role_based_policies_and_room_on_the_page_do_what_the_readme_says(pg18: Cluster) -> None:
    with _loaded(pg18, 4_000, "improved") as connection:
        connection.execute(f"CREATE INDEX ON {TABLE} USING gin (lecture_ids)".encode())
        teacher = QUERIES["by_lecture_teacher"]
        assert "Seq Scan" in str(_as_application(connection, teacher, "EXPLAIN "))
        for step in ("01_trigger.sql", "02_policies.sql", "03_fillfactor.sql"):
            _improve(connection, step)
        assert "Bitmap Index Scan" in str(_as_application(connection, teacher, "EXPLAIN "))
        assert _hot_share(connection) == 1
        connection.execute(f"CREATE INDEX ON {TABLE} (hit_count)".encode())
        assert _hot_share(connection) == 0


def _hot_share(connection: Connection) -> float:
    """The share of some hits that are HOT."""
    counts = f"""
        SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = '{TABLE}'
    """
    seen = []
    for _ in range(2):
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(counts.encode()).fetchone()
        assert row is not None
        seen.append((float(str(row[0])), float(str(row[1]))))
        if len(seen) == 1:
            for _ in range(50):
                connection.execute(bind(QUERIES["hit"]).sql.encode())
    return (seen[1][1] - seen[0][1]) / (seen[1][0] - seen[0][0])


@pytest.fixture(scope="module")
def bare() -> DemoOutcome:
    """The whole loop without the authors' indexes."""
    return run_demo(SYSTEM, 20_000, SilentScreen())


@pytest.fixture(scope="module")
def hand_written() -> DemoOutcome:
    """The whole loop with the authors' indexes to begin with."""
    return run_demo(SYSTEM, 20_000, SilentScreen(), hand_written=True)


def _findings(outcome: DemoOutcome, rule: str) -> dict[str, Finding]:
    found = (f for f in outcome.audit.evaluation.findings if f.rule == rule)
    return {finding.object.name: finding for finding in found}


def _cost(outcome: DemoOutcome, query: str) -> tuple[float, float]:
    (found,) = (q for q in outcome.advice.queries if q.name == query)
    return found.cost_before, found.cost_after


def test_the_indexes_that_pay_are_found(bare: DemoOutcome) -> None:
    bodies = [index.ddl.partition(" ON ")[2] for index in bare.advice.indexes]
    assert f"public.{TABLE} USING gin (lecture_ids);" in [body.rstrip(";") + ";" for body in bodies]
    assert any("(created_at)" in body for body in bodies)
    assert any("(operation_type, created_at)" in body for body in bodies)
    before, after = _cost(bare, "by_lecture")
    assert before > 20 * after
    outcomes = {index.name: index for index in bare.result.indexes}
    assert outcomes["ai_response_cache_lecture_ids_gin"].outcome == "kept"


def test_what_no_index_helps_is_said(bare: DemoOutcome) -> None:
    for query in ("ttl_delete", "invalidate", "by_lecture_teacher", "top"):
        before, after = _cost(bare, query)
        assert after == pytest.approx(before, rel=0.01), query
    assert "invalidate_responses" in _findings(bare, "function-predicate-unindexable")
    proposed = _findings(bare, "rls-blocks-index")["by_lecture_teacher"]
    assert "would not serve @> on lecture_ids" in proposed.message


def test_an_index_on_the_hit_count_is_refused_with_the_figures(bare: DemoOutcome) -> None:
    reasons = [r.reason for r in bare.advice.rejected if "(hit_count" in r.ddl]
    assert reasons
    for reason in reasons:
        assert "could never be HOT again (" in reason
        assert "1,000 updates" in reason
    assert not any("hit_count" in index.ddl for index in bare.advice.indexes)


def test_room_on_the_page_is_advised(bare: DemoOutcome) -> None:
    advised = _findings(bare, "low-hot-update-ratio")[TABLE]
    assert advised.remedy is not None
    assert advised.remedy.sql == (f"ALTER TABLE public.{TABLE} SET (fillfactor = 83)",)


def test_the_policies_are_flagged(bare: DemoOutcome) -> None:
    assert set(_findings(bare, "rls-function-per-row")) >= {"read_responses", "manage_responses"}


def test_the_duplicates_of_constraints_are_flagged_and_the_constraints_kept(
    hand_written: DemoOutcome,
) -> None:
    duplicates = {"idx_ai_cache_key", "idx_ai_cache_stats_date"}
    assert set(_findings(hand_written, "duplicate-index")) == duplicates
    dropped = {drop.name for drop in hand_written.advice.drops}
    assert duplicates <= dropped
    assert not any(name.endswith(("_key", "_pkey")) for name in dropped - duplicates)


def test_the_authors_indexes_are_judged(hand_written: DemoOutcome) -> None:
    assert set(_findings(hand_written, "low-selectivity-index")) == {"idx_ai_cache_operation_type"}
    assert set(_findings(hand_written, "index-without-query")) == {"idx_ai_cache_content_hash"}
    body = _findings(hand_written, "function-predicate-unindexable")["invalidate_responses"]
    assert "alone would gain nothing" in body.message
    assert body.remedy is not None
    assert "lecture_ids @> ARRAY[NEW.lecture_id]" in body.remedy.summary
    blocked = _findings(hand_written, "rls-blocks-index")["by_lecture_teacher"]
    assert "idx_ai_cache_lecture_ids cannot serve @> on lecture_ids" in blocked.message


def test_the_authors_indexes_are_built(pg18: Cluster) -> None:
    with _loaded(pg18, 2_000, "author") as connection:
        add_hand_written_indexes(SYSTEM, lambda text: connection.execute(text.encode()))
        built = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx\\_ai\\_cache\\_%'"
        assert _value(connection, built) == 6
