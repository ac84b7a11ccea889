"""What is cut out of a query means the same to a real server."""

from __future__ import annotations

import json

import psycopg
import pytest

from dbaudit.identifiers import qualified, quote_ident
from dbaudit.workload.binding import bind, generic
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.column_values import ColumnValues
from dbaudit.workload.parameters import variants
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.table_use import COLUMN, Condition, TableUse
from tests.conftest import Cluster, create_database

SCHEMA = '''
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
CREATE TABLE t (id bigint PRIMARY KEY, email text, v varchar(50), created timestamp, at timestamptz,
  day date, meta jsonb, tags text[], flag boolean, a int, b int, fts tsvector, r int4range,
  n numeric);
CREATE SCHEMA "Odd.Schema 😀";
CREATE TABLE "Odd.Schema 😀"."T ""x""" ("Co l" text, "é" int, "select" jsonb, id int);
'''
ODD = ("Odd.Schema 😀", 'T "x"')


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, SCHEMA)


@pytest.fixture(scope="module")
def catalog(dsn: str) -> Catalog:
    sql = """SELECT n.nspname, c.relname, a.attname, t.typname FROM pg_attribute a
        JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
        JOIN pg_type t ON t.oid = atttypid WHERE relkind = 'r' AND attnum > 0"""
    tables: dict[tuple[str, str], dict[str, str]] = {}
    with psycopg.connect(dsn) as connection:
        for schema, table, column, type_name in connection.execute(sql):
            tables.setdefault((schema, table), {})[column] = type_name
    return Catalog(tables)


@pytest.mark.parametrize(
    "text",
    [
        "-- param: a bigint = 42\nselect * from t where id = :a limit 5",
        "-- param: a = 42\n-- param: n = 5\nselect * from t where id = :a limit :n offset :n",
        "-- param: 1 int[] = {1,2}\nselect ($1)[1], $1[2], id from t where a = any($1)",
        "-- param: a timestamp with time zone = 2026-01-01 10:00\nselect :a + '1 day' from t",
        "-- param: a varchar(3) = it's\nselect %(a)s, 5 %% 2 from t where email like '%%x'",
        "-- param: a numeric(10, 2) = -1.5\nselect -:a, - :a from t where n < -:a",
        "-- param: a uuid[] = NULL\nselect :a is null, cardinality(:a)",
        "-- param: a text = back\\slash\nselect :a, E'\\':a', $q$ :a $q$, tags[1:2] from t",
        "-- param: k = {\"a\": 1}\nselect id from t where meta @> :k and meta ? 'k'",
        "-- param: a interval = 1 day\nselect 1 from t where at > now() - :a /* :b */ -- :c",
        "-- param: a = x\nupdate t set email = :a where v = :a returning id",
        "-- param: a = 3\ninsert into t (id) values (:a) on conflict do nothing",
        "-- param: a = 3\nselect 1 from t where a=:a and a in (:a,:a)and b<:a order by 1",
    ],
)
def test_bound_statements_are_understood(dsn: str, text: str) -> None:
    (query,) = parse_queries(text)
    with psycopg.connect(dsn) as connection:
        connection.execute(b"EXPLAIN " + bind(query).sql.encode())


@pytest.mark.parametrize(
    "text",
    ["select * from t where id = :a and email = :b limit :c", "select 1 from t where a in ($1,$2)"],
)
def test_generic_statements_are_understood(dsn: str, text: str) -> None:
    (query,) = parse_queries(text)
    with psycopg.connect(dsn, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(b"EXPLAIN (GENERIC_PLAN) " + generic(query).sql.encode())


BTREE = [
    "select * from t where lower(t.email) = 'x'",
    "select * from t x where LOWER( x . Email ) = lower('X')",
    "select * from t where date_trunc('day', created) = '2026-01-01'",
    "select * from t where date_trunc('day', t.at at time zone 'utc') = '2026-01-01'",
    "select * from t where t.created::date = '2026-01-01'",
    "select * from t where cast(t.created as date) = '2026-01-01'",
    "select * from t where date(created) = '2026-01-01'",
    "select * from t where extract(year from t.created) = 2026",
    "select * from t where date_part('year', t.created) = 2026",
    "select * from t where t.meta->>'k' = 'x'",
    "select * from t where t.meta->'a'->>'b''c' = 'x'",
    "select * from t where t.meta #>> '{a,b}' = 'x'",
    "select * from t where (t.meta->>'n')::int > 5",
    "select * from t where ((t.meta->>'n')::int) between 5 and 7",
    "select * from t where (t.meta->'n') = '5'",
    "select * from t where jsonb_extract_path_text(t.meta, 'k') = 'x'",
    "select * from t where jsonb_array_length(meta) = 2",
    "select * from t where coalesce(t.email, '') = 'x'",
    "select * from t where coalesce(t.email, E'a\\'b', $$c$$) = 'x'",
    "select * from t where a + b = 5",
    "select * from t where t.a % 10 = 5",
    "select * from t where mod(t.a, 10) = 5",
    "select * from t where a & 4 = 4",
    "select * from t where -a > 5",
    "select * from t where 5 < a * 2",
    "select * from t where t.email || t.v = 'x'",
    "select * from t where left(email, 3) = 'abc'",
    "select * from t where substring(email from 1 for 3) = 'abc'",
    "select * from t where substr(email, 1, 3) = 'abc'",
    "select * from t where position('@' in email) = 3",
    "select * from t where strpos(email, '@') = 3",
    "select * from t where trim(both ' ' from email) = 'x'",
    "select * from t where btrim(email) = 'x'",
    "select * from t where split_part(email, '@', 2) = 'x'",
    "select * from t where length(email) = 2",
    "select * from t where char_length(email) = 2",
    "select * from t where md5(email) = 'x'",
    "select * from t where upper(substring(t.email, 1, 2)) in ('X', 'Y')",
    "select * from t where pg_catalog.lower(email) = 'x'",
    "select * from t where tags[1] = 'x'",
    "select * from t where array_length(tags, 1) = 3",
    "select * from t where cardinality(tags) = 3",
    "select * from t where lower(r) = 3",
    "select * from t where case when flag then a else b end = 3",
    "select * from t where nullif(a, 0) = 3",
    "select * from t where greatest(a, b) = 3",
    "select * from t where round(n, 2) = 3",
    "select * from t where ceil(n) = 3",
    "select * from t where regexp_replace(email, '\\D', '', 'g') = '3'",
    "select * from t where replace(email, 'a', 'b') = 'x'",
    "select * from t where (flag is true) = true",
    "select * from t where email collate \"C\" = 'x'",
    "with q as (select id, meta as m from t) select * from q where m->>'k' = 'x'",
    'select * from "Odd.Schema 😀"."T ""x""" o where upper(o."Co l") = \'x\'',
    'select * from "Odd.Schema 😀"."T ""x""" where "select"->>\'k 😀\' = \'x\' and "é" > 0',
]


def only_expression(sql: str, catalog: Catalog) -> tuple[TableUse, Condition]:
    uses = query_uses(parse_queries(sql)[0], catalog)
    assert uses.reason is None
    found = [(use, c) for use in uses.tables for c in use.conditions if c.shape != COLUMN]
    assert len({condition.expression for _, condition in found}) == 1, found
    return found[0]


def used_indexes(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> set[str]:
    connection.execute("SET LOCAL enable_seqscan = off")
    row = connection.execute(b"EXPLAIN (FORMAT JSON) " + sql.encode()).fetchone()
    assert row is not None
    text = json.dumps(row[0])
    return {"tried"} if '"tried"' in text and '"Index Cond"' in text else set()


@pytest.mark.parametrize("sql", BTREE)
def test_an_index_on_the_expression_serves_the_query(dsn: str, catalog: Catalog, sql: str) -> None:
    use, condition = only_expression(sql, catalog)
    assert not condition.is_sargable
    assert use.schema is not None
    with psycopg.connect(dsn) as connection:
        ddl = f"CREATE INDEX tried ON {qualified(use.schema, use.table)} (({condition.expression}))"
        connection.execute(ddl.encode())
        assert used_indexes(connection, sql) == {"tried"}, condition.expression
        connection.rollback()


GIN = [
    ("select * from t where to_tsvector('english', t.email) @@ plainto_tsquery('x')", ""),
    ("select * from t where meta->'tags' @> '[\"x\"]'", ""),
    ("select * from t where meta->'tags' ? 'x'", ""),
    ("select * from t where lower(t.email) like '%xyz%'", "gin_trgm_ops"),
    ("select * from t where (email || ' ' || v) ilike '%xyz%'", "gin_trgm_ops"),
    ("select * from t where lower(email) % 'xyz'", "gin_trgm_ops"),
    ("select * from t where 'xyz' <% lower(email)", "gin_trgm_ops"),
    ("select * from t where string_to_array(email, ',') && array['x']", ""),
    ("select * from t where array['x'] <@ string_to_array(t.email, ',')", ""),
]


@pytest.mark.parametrize(("sql", "opclass"), GIN)
def test_a_gin_index_on_the_expression_serves_the_query(
    dsn: str, catalog: Catalog, sql: str, opclass: str
) -> None:
    _, condition = only_expression(sql, catalog)
    with psycopg.connect(dsn) as connection:
        key = f"({condition.expression}) {opclass}"
        connection.execute(f"CREATE INDEX tried ON t USING gin ({key})".encode())
        assert used_indexes(connection, sql) == {"tried"}, condition.expression
        connection.rollback()


PREDICATES = [
    "select a from t where a > 0 and not flag",
    "select a from t where a > 0 and t.flag is true",
    "select a from t x where a > 0 and x.email is not null",
    "select a from t x where a > 0 and x.email in ('a', 'b')",
    "select a from t x where a > 0 and x.meta->>'k' = 'it''s'",
    "select a from t x where a > 0 and x.email !~~ 'y%'",
    "select a from t where a > 0 and (b > 1 and not (email = 'x'))",
    "select a from t where a > 0 and b between 1 and 2",
]


@pytest.mark.parametrize("sql", PREDICATES)
def test_a_partial_index_on_the_predicate_serves_the_query(
    dsn: str, catalog: Catalog, sql: str
) -> None:
    (use,) = query_uses(parse_queries(sql)[0], catalog).tables
    where = " AND ".join(c.predicate for c in use.conditions[1:] if c.predicate)
    assert all(condition.predicate for condition in use.conditions)
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE INDEX tried ON t (a) WHERE {where}".encode())
        assert used_indexes(connection, sql) == {"tried"}, where
        connection.rollback()


SARGABLE = [
    ("a = 1", "a"),
    ("1 < a", "a"),
    ("a in (1, 2)", "a"),
    ("a = any('{1,2}')", "a"),
    ("a between 1 and 2", "a"),
    ("a is null", "a"),
    ("email is not null", "email"),
    ("flag", "flag"),
    ("not flag", "flag"),
    ("flag is false", "flag"),
    ("(a, b) < (1, 2)", "a, b"),
    ("not (a > 1)", "a"),
    ("v::text = 'x'", "v"),
    ("v = 'x'", "v"),
    ("email like 'x%'", "email text_pattern_ops"),
    ("email ~ '^abc'", "email text_pattern_ops"),
    ("email similar to 'a%'", "email text_pattern_ops"),
    ("email like 'a!%b%' escape '!'", "email text_pattern_ops"),
    ("starts_with(email, 'x')", "email text_pattern_ops"),
    ("email ^@ 'x'", "email text_pattern_ops"),
    ("day = '2026-01-01 10:00'::timestamptz", "day"),
]
NOT_SARGABLE = [
    ("a + 1 = 5", "a"),
    ("a <> 1", "a"),
    ("a not in (1, 2)", "a"),
    ("a is distinct from 1", "a"),
    ("a is not distinct from 1", "a"),
    ("a = 1.5", "a"),
    ("a = 2::numeric", "a"),
    ("a < b", "a"),
    ("flag is not true", "flag"),
    ("created::date = '2026-01-01'", "created"),
    ("coalesce(email, '') = 'x'", "email"),
    ("lower(email) = 'x'", "email"),
    ("email like '%x'", "email text_pattern_ops"),
    ("email like any('{x%}')", "email text_pattern_ops"),
    ("email ilike 'x%'", "email text_pattern_ops"),
    ("email ~ 'abc'", "email text_pattern_ops"),
    ("email ~* '^abc'", "email text_pattern_ops"),
    ("'x' = any(tags)", "tags"),
    ("meta->>'k' = 'x'", "meta"),
    ("'abc' like email", "email text_pattern_ops"),
    ("a <> all('{1,2}')", "a"),
]


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [(*pair, True) for pair in SARGABLE] + [(*pair, False) for pair in NOT_SARGABLE],
)
def test_sargable_as_the_server_sees_it(
    dsn: str, catalog: Catalog, condition: str, keys: str, expected: bool
) -> None:
    sql = f"select * from t where {condition}"
    (use,) = query_uses(parse_queries(sql)[0], catalog).tables
    assert {found.is_sargable for found in use.conditions} == {expected}
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE INDEX tried ON t ({keys})".encode())
        assert bool(used_indexes(connection, sql)) is expected
        connection.rollback()


def test_names_of_any_shape_resolve(catalog: Catalog) -> None:
    schema, table = (quote_ident(name) for name in ODD)
    sql = f'select "é" from {schema}.{table} where "Co l" = \'x\' order by id'
    (use,) = query_uses(parse_queries(sql)[0], catalog).tables
    assert (use.schema, use.table) == ODD
    assert set(use.columns) == {"é", "Co l", "id"}


STATISTICS = """SELECT attname, most_common_vals::text::text[], histogram_bounds::text::text[]
    FROM pg_stats WHERE tablename = 'd'"""
DATA = """
CREATE TABLE d (id bigint, s text, day date, at timestamptz, f boolean, k uuid, n numeric);
INSERT INTO d SELECT i, CASE WHEN i % 3 = 0 THEN 'of"t\\en, {it''s}%' ELSE 'v_' || i END,
  '2026-01-01'::date + i % 400, now() - i * interval '1 hour', i % 50 = 0, gen_random_uuid(),
  i / 7.0
  FROM generate_series(1, 3000) i;
ANALYZE d;
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("id = :p", {"common"}),
        ("s = :p", {"common", "rare"}),
        ("s = any(:p) and id = any(:q)", {"common", "rare"}),
        ("s like :p", {"common", "rare"}),
        ("lower(s) like lower(:p)", {"common", "rare"}),
        ("starts_with(s, :p)", {"common", "rare"}),
        ("day between :p and :q and at > :r", {"common", "rare"}),
        ("at::date = :p", {"common"}),
        ("f = :p", {"common", "rare"}),
        ("k in (:p, :q) and n < :r", {"common", "rare"}),
        ("n = :p order by id limit :q offset :r", {"common"}),
    ],
)
def test_values_from_statistics_are_understood(
    data_dsn: str, condition: str, expected: set[str]
) -> None:
    (query,) = parse_queries(f"select * from d where {condition}")
    types = {"id": "int8", "s": "text", "day": "date", "at": "timestamptz"}
    types.update({"f": "bool", "k": "uuid", "n": "numeric"})
    uses = query_uses(query, Catalog({("public", "d"): types}))
    with psycopg.connect(data_dsn) as connection:
        values = {
            ("public", "d", name): ColumnValues(tuple(common or ()), tuple(bounds or ()))
            for name, common, bounds in connection.execute(STATISTICS)
        }
        found = variants(query, uses, {}, values)
        assert {bound.variant for bound in found} == expected
        for bound in found:
            connection.execute(b"EXPLAIN " + bound.sql.encode())


@pytest.fixture(scope="module")
def data_dsn(pg18: Cluster) -> str:
    return create_database(pg18, DATA)
