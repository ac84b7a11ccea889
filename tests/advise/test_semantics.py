"""For each way to write a condition, the index that a careful DBA makes; built, it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from dbaudit.advise.advice import Advice
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.query_file import parse_queries
from tests.advise.workloads import Bench, bench, bodies, script
from tests.conftest import create_database

TABLES = [("public", "t"), ("public", "p")]

CASES = [
    # Functions: immutable ones only, written as the query writes them.
    ("date_trunc('day', at) = '2024-03-01'", []),
    ("date_trunc('day', day) = '2024-03-01'", ["t ((date_trunc('day', day)))"]),
    ("to_char(day, 'YYYY-MM') = '2024-03'", []),
    ("date(at) = '2024-03-01'", []),
    ("day::date = '2024-03-01'", ["t ((day::date))"]),
    ("extract(year from at) = 2024", []),
    ("to_tsvector(body) @@ plainto_tsquery('x')", []),
    ("lower(code) = 'code 5'", ["t ((lower(code)))"]),
    ("code || status = 'code 5new'", ["t ((code || status))"]),
    ("coalesce(a, 0) = 5", ["t ((coalesce(a, 0)))"]),
    ("a + b = 7", ["t ((a + b))"]),
    ("age(day) > interval '1 day'", []),
    ("at > now() - interval '1 day'", ["t (at)"]),
    # Patterns: byte order, trigrams.
    ("code like 'code 512%'", ["t (code varchar_pattern_ops)"]),
    ("plain like 'plain 512%'", ["t (plain)"]),
    ("code ~ '^code 512'", ["t (code varchar_pattern_ops)"]),
    ("code similar to 'code 512%'", ["t (code varchar_pattern_ops)"]),
    ("code collate \"C\" like 'code 512%'", ['t (code COLLATE "C")']),
    ("code = 'code 5' collate \"C\"", ['t (code COLLATE "C")']),
    ("plain = 'plain 5' collate \"C\"", ["t (plain)"]),
    ("lower(code) like 'code 51%'", ["t ((lower(code)) text_pattern_ops)"]),
    (r"code like '\%5%'", ["t (code varchar_pattern_ops)"]),
    ("body ilike '%abcdef%'", ["t USING gin (body public.gin_trgm_ops)"]),
    ("lower(body) like '%abcdef%'", ["t USING gin ((lower(body)) public.gin_trgm_ops)"]),
    ("mail = 'mail5@x.y'", ["t (mail)"]),
    ("mail like 'mail512%'", []),
    # Types.
    ("c = 5 and b = 3", ["t (b, c)"]),
    ("kind = 'sad' and a = 3", ["t (a) WHERE kind = 'sad'"]),
    ("u = '00000000-0000-0000-0000-000000000000'", ["t (u)"]),
    ("net = inet '10.5.5.1'", ["t (net)"]),
    ("net <<= '10.5.5.0/24'", ["t USING gist (net inet_ops)"]),
    ("span @> 5", ["t USING gist (span)"]),
    ("area && box '((0,0),(1,1))'", ["t USING gist (area)"]),
    ("a = 5.0", []),
    ("a = '5'", ["t (a)"]),
    ("code = 'code 5'::text", ["t (code)"]),
    ("at = date '2024-03-01'", ["t (at)"]),
    ("a::text = '5'", ["t ((a::text))"]),
    # Sorts.
    ("true order by a desc nulls last limit 10", ["t (a DESC NULLS LAST)"]),
    ("true order by a nulls first limit 10", ["t (a NULLS FIRST)"]),
    ("true order by a desc limit 10", ["t (a)"]),
    ("true order by a, b desc limit 10", ["t (a, b DESC)"]),
    (
        "b = 5 order by a desc nulls last, at limit 10",
        ["t (b, a DESC NULLS LAST, at)"],
    ),
    ("(a, b) < (5, 700) order by a desc, b desc limit 10", ["t (a, b)"]),
    # Nulls and booleans.
    ("deleted_at is null and a = 7", ["t (a) WHERE deleted_at is null"]),
    ("deleted_at is not null and a = 7", ["t (a) WHERE deleted_at is not null"]),
    ("flag and b = 5", ["t (b) WHERE flag"]),
    ("not active and a = 5", ["t (a) WHERE not active"]),
    ("active is false and a = 5", ["t (a) WHERE active is false"]),
    ("flag is null and a = 5", ["t (a) WHERE flag is null"]),
    ("a is not distinct from 5", []),
    ("a = 7 and deleted_at < at", ["t (a) WHERE deleted_at < at"]),
    # Lists, OR, ranges.
    ("a = any(:ids)", ["t (a)"]),
    ("a in (1, 2, 3)", ["t (a)"]),
    ("a < 5 or a > 4995", ["t (a)"]),
    ("a = 5 or code = 'code 7'", ["t (a)", "t (code)"]),
    ("a between symmetric 20 and 10", ["t (a)"]),
    ("a not between 5 and 4995", []),
    # What is open in a prepared statement must not stand in a predicate.
    ("status = :s and a = :x", ["t (a, status)"]),
    (
        "deleted_at is null and status = :s order by at desc limit 20",
        ["t (status, at) WHERE deleted_at is null"],
    ),
    # Documents, arrays, text search.
    ("meta->>'k' = '5'", ["t ((meta->>'k'))"]),
    ("(meta->>'k')::int between 5 and 7", ["t (((meta->>'k')::int))"]),
    ("meta @> '{\"k\": 5}'", ["t USING gin (meta jsonb_path_ops)"]),
    ("meta ? 'zz'", ["t USING gin (meta)"]),
    ("tags @> array['t5']", ["t USING gin (tags)"]),
    ("'t5' = any(tags)", []),
    ("fts @@ to_tsquery('simple', 'abc')", ["t USING gin (fts)"]),
    (
        "to_tsvector('english', body) @@ plainto_tsquery('english', 'abc')",
        ["t USING gin ((to_tsvector('english', body)))"],
    ),
    # Joins and subqueries.
    ("a = (select max(b) from p)", ["p (b)", "t (a)"]),
    ("id in (select t_id from p where b = 7)", ["p (b, t_id)"]),
    ("exists (select from p where p.t_id = t.id and p.name = 'name7')", ["p (name)"]),
]


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, script("semantics"))


@pytest.fixture(scope="module")
def opened(dsn: str) -> Iterator[Bench]:
    with bench(dsn, TABLES) as found:
        yield found


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=[case[0] for case in CASES])
def test_the_index_of_a_condition(
    dsn: str, opened: Bench, condition: str, expected: list[str]
) -> None:
    sql = f"select * from t where {condition}"
    advice = opened.advise(f"-- name: q\n{sql};")
    assert advice.not_covered == ()
    assert bodies(advice) == expected
    with built(dsn, advice) as connection:
        assert {index.name for index in advice.indexes} <= set(used(connection, sql))


@contextmanager
def built(dsn: str, advice: Advice) -> Iterator[psycopg.Connection[Any]]:
    """A connection that sees the advised indexes; they go again."""
    with psycopg.connect(dsn) as connection:
        for index in advice.indexes:
            connection.execute(index.ddl.replace(" CONCURRENTLY", "").encode())
        yield connection
        connection.rollback()


def used(connection: psycopg.Connection[Any], sql: str) -> Iterator[str]:
    """The names of the indexes in the plan."""
    query = parse_queries(sql)[0]
    options = "FORMAT JSON, GENERIC_PLAN" if query.parameters else "FORMAT JSON"
    row = connection.execute(f"EXPLAIN ({options}) {query.statement}".encode()).fetchone()
    assert row is not None
    yield from index_names(row[0][0]["Plan"])


def index_names(node: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from index_names(child)
