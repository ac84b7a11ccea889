"""Which functions a statement calls that are the application's own."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.traffic.called import _builtin_functions, called
from dbaudit.workload.fingerprint import significant_tokens
from tests.conftest import NewDatabase


@pytest.mark.parametrize(
    ("sql", "names", "is_read"),
    [
        ("select f($1)", ["f"], False),
        ("select shop.f(id => $1), 2", ["shop.f"], False),
        ('select "Shop"."F"($1)', ["Shop.F"], False),
        ("select * from f($1) as t (a, b)", ["f"], True),
        ("select * from f(%s) t(a, b) join lateral shop.g(t.a) on true", ["f", "shop.g"], True),
        ("select upper(f(coalesce($1, 0)))", ["f"], False),
        ("call p($1, 2)", ["p"], False),
        ("call shop.p($1)", ["shop.p"], False),
        ("select 1 + f($1)", ["f"], False),
    ],
)
def test_functions_of_the_application(sql: str, names: list[str], is_read: bool) -> None:
    found = list(called(significant_tokens(sql)))
    assert [function.name for function in found] == names
    assert any(function.is_read for function in found) is is_read


@pytest.mark.parametrize(
    "sql",
    [
        "select nextval($1)", "select pg_catalog.f($1)", "select pg_advisory_lock($1)",
        "select set_config($1, $2, true)", "select pg_notify($1, $2)", "select now()", "select 1",
        "select * from unnest($1) as t (a, b)", "select * from generate_series(1, $1) g(n)",
        "select * from json_to_recordset($1) as x (id int)", "select $1::numeric(10, 2)",
        "select cast($1 as varchar(10))", "values ($1)", "select * from (values ($1)) v (a)",
        "select coalesce($1, 2), greatest($1, 2), extract(year from $1), row($1, 2)",
        "select row_number() over (order by $1)", "select count(*) filter (where $1)",
        "select $1 operator(pg_catalog.+) 2", "select exists (select $1)", "select 1 in ($1)",
        "select array(select 1), any($1)", "select xmlelement(name a, $1)", "select txid_current()",
    ],
)  # fmt: skip
def test_what_is_the_servers_own_or_no_function(sql: str) -> None:
    assert list(called(significant_tokens(sql))) == []


def test_the_servers_functions_are_known(new_database: NewDatabase) -> None:
    sql = """
        SELECT DISTINCT proname FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname !~ '^pg_'
          AND prorettype <> ALL (ARRAY['internal', 'trigger', 'event_trigger', 'cstring',
              'index_am_handler', 'table_am_handler', 'language_handler']::regtype[])
          AND NOT proargtypes::oid[] && ARRAY['internal'::regtype::oid, 'cstring'::regtype]
    """
    with psycopg.connect(new_database()) as connection:
        names = {name for (name,) in connection.execute(sql)}
    assert len(names) > 1000
    assert names <= _builtin_functions()
