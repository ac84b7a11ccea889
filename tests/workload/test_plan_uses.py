"""What a query asks of its tables, read from the plan that a real server made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.query import BoundQuery
from dbaudit.snapshot.collect import collect
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session, connect
from dbaudit.workload.binding import bind, generic
from dbaudit.workload.catalog import Catalog, catalog_from_snapshot
from dbaudit.workload.plan_uses import plan_uses
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.table_use import TableUse
from tests.conftest import create_database

TABLES = """
create domain posint as int;
create schema "Odd s";
create table t (id int primary key, a int, c posint, code varchar(40), status text, flag bool,
    at timestamptz, meta jsonb, net inet, place point, area box);
create table u (id int primary key, t_id int, name text, b int);
create table "Odd s"."T. 1" ("Käy ""x" int, "group" text);
create view open_t as select id, a as number, code from t where status = 'open';
create function of_b(int) returns setof u language sql stable as 'select * from u where b = $1';
create table m (k int, at date) partition by list (k);
create table m_1 partition of m for values in (1);
create table m_2 partition of m for values in (2);
"""


@pytest.fixture(scope="module", params=["pg15", "pg18"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    cluster: Cluster = request.getfixturevalue(request.param)
    with connect(PostgresTarget(create_database(cluster, TABLES))) as opened:
        yield opened


@pytest.fixture(scope="module")
def catalog(session: Session) -> Catalog:
    return catalog_from_snapshot(collect(session))


def read(session: Session, catalog: Catalog, sql: str) -> tuple[TableUse, ...]:
    query = parse_queries(sql)[0]
    bound: BoundQuery = generic(query) if query.parameters else bind(query)
    document = explain(session, bound, ExplainOptions(verbose=True))
    return plan_uses(document["Plan"], catalog)


def told(uses: tuple[TableUse, ...]) -> list[str]:
    return sorted(
        f"{use.alias}: {c.expression} {c.operator} {c.value or ''} [{c.value_kind or ''}]"
        + (" or" if c.in_or else "")
        + (" list" if c.is_list else "")
        for use in uses
        for c in use.conditions
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select 1 from t where net << cidr '10.0.0.0/8'",
            ["t: net << '10.0.0.0/8'::inet [constant]"],
        ),
        (
            "select 1 from t where area <@ box '((0,0),(1,1))'",
            ["t: area <@ '(1,1),(0,0)'::box [constant]"],
        ),
        ("select 1 from t where c = 5", ["t: c = 5 [constant]"]),
        ("select 1 from t where code like 'x%'", ["t: code ~~ 'x%'::text [constant]"]),
        ("select 1 from t where a in (1, 2)", ["t: a = '{1,2}'::integer[] [constant] list"]),
        ("select 1 from t where a = :a", ["t: a = $1 [parameter]"]),
        (
            "select 1 from t where 5 > a and not flag",
            ["t: a < 5 [constant]", "t: flag = false [constant]"],
        ),
        (
            "select 1 from t where a = 1 or status = 'x'",
            ["t: a = 1 [constant] or", "t: status = 'x'::text [constant] or"],
        ),
        (
            "select 1 from t where a = 1 and at > now() - interval '1 day'",
            ["t: a = 1 [constant]", "t: at > (now() - '1 day'::interval) [expression]"],
        ),
        (
            "select 1 from t where meta ->> 'k' = 'x' and (a = 1 or |/ a = 2)",
            ["t: meta ->> 'k'::text = 'x'::text [constant]"],
        ),
        (
            "select 1 from t where a = (select max(b) from u) and status = 'x'",
            ["t: a = (SELECT 1) [subquery]", "t: status = 'x'::text [constant]"],
        ),
        (
            "select 1 from open_t where number = :n",
            ["t: a = $1 [parameter]", "t: status = 'open'::text [constant]"],
        ),
        ("select 1 from of_b(7)", ["u: b = 7 [constant]"]),
        (
            "select 1 from t x join u y on y.t_id = x.id where y.name = 'x'",
            [
                "x: id = y.t_id [column]",
                "y: name = 'x'::text [constant]",
                "y: t_id = x.id [column]",
            ],
        ),
        (
            "merge into t using u on u.t_id = t.id when matched then delete",
            ["t: id = u.t_id [column]", "u: t_id = t.id [column]"],
        ),
        (
            """select 1 from "Odd s"."T. 1" where "Käy ""x" = 5 and "group" > 'a'""",
            ["""T. 1: "Käy ""x" = 5 [constant]""", """T. 1: "group" > 'a'::text [constant]"""],
        ),
    ],
)
def test_conditions(session: Session, catalog: Catalog, sql: str, expected: list[str]) -> None:
    assert told(read(session, catalog, sql)) == expected


def test_keys_limit_and_target(session: Session, catalog: Catalog) -> None:
    order = "at desc nulls last, lower(code)"
    (use,) = read(session, catalog, f"select a from t order by {order} limit 3")
    assert [(k.expression, k.descending, k.nulls_first) for k in use.sort] == [
        ("at", True, False),
        ("lower((code)::text)", False, False),
    ]
    assert use.has_limit
    (use,) = read(session, catalog, "select date_trunc('day', at), count(*) from t group by 1")
    assert [key.expression for key in use.group] == ["date_trunc('day'::text, at)"]
    (use,) = read(session, catalog, "select max(at) from t where a = 5")
    assert [(key.column, key.descending) for key in use.extremum] == [("at", True)]
    (use,) = read(session, catalog, "select id from t order by place <-> point '(1,2)' limit 2")
    assert use.sort[0].distance is not None
    assert use.sort[0].distance.column == "place"
    (use,) = read(session, catalog, "delete from t where a = 5")
    assert use.is_target
    assert not use.has_limit


def test_columns_are_those_that_the_query_wants(session: Session, catalog: Catalog) -> None:
    (use,) = read(session, catalog, "select code from t where a = 5")
    assert (use.output, set(use.columns)) == (("code",), {"code", "a"})
    uses = read(session, catalog, "select u.name from t join u on u.t_id = t.id where t.a = 5")
    columns = {use.table: set(use.columns) for use in uses}
    assert columns == {"t": {"id", "a"}, "u": {"name", "t_id"}}
    (use,) = read(session, catalog, "select count(*) from t where a = 5")
    assert set(use.columns) == {"a"}


def test_each_partition_is_told(session: Session, catalog: Catalog) -> None:
    uses = read(session, catalog, "select 1 from m where at = '2025-01-01'")
    assert [use.table for use in uses] == ["m_1", "m_2"]


def test_a_table_of_the_system_is_left_out(session: Session, catalog: Catalog) -> None:
    assert read(session, catalog, "select 1 from pg_catalog.pg_class where relname = 'x'") == ()
