"""Common and rare values from the statistics."""

from __future__ import annotations

import pytest

from dbaudit.workload.catalog import Catalog
from dbaudit.workload.column_values import ColumnValues
from dbaudit.workload.parameters import needed_columns, variants
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries

CATALOG = Catalog({("public", "t"): {"a": "int4", "s": "text", "j": "jsonb", "ts": "timestamptz"}})
VALUES = {
    ("public", "t", "a"): ColumnValues(("1", "2"), tuple(str(n) for n in range(100, 201))),
    ("public", "t", "s"): ColumnValues(('Of"ten', "some_times"), ("Aa", "Bob", "Zed")),
    ("public", "t", "ts"): ColumnValues(("2026-01-01",), ()),
}


def tried(sql: str, **overrides: str) -> dict[str, str]:
    (query,) = parse_queries(sql)
    uses = query_uses(query, CATALOG)
    needed = {name: VALUES[name] for name in needed_columns(query, uses, overrides)}
    return {bound.variant: bound.sql for bound in variants(query, uses, overrides, needed)}


@pytest.mark.parametrize(
    ("condition", "common", "rare"),
    [
        ("a = :p", "a = '1'", "a = '150'"),
        (":p = a", "'1' = a", "'150' = a"),
        ("a > :p", "a > '110'", "a > '199'"),
        ("a <= :p", "a <= '190'", "a <= '101'"),
        ("a between :p and :q", "a between '110' and '190'", "a between '150' and '151'"),
        ("a in (:p, :q)", "a in ('1', '2')", "a in ('150', '151')"),
        ("a = any(:p)", 'a = any(\'{"1","2","100"}\')', "a = any('{\"150\"}')"),
        ("s = :p", "s = 'Of\"ten'", "s = 'Bob'"),
        ("lower(s) = :p", "lower(s) = 'of\"ten'", "lower(s) = 'bob'"),
        ("lower(s) = lower(:p)", "lower(s) = lower('of\"ten')", "lower(s) = lower('bob')"),
        ("s like :p", "s like '%Of\"%'", "s like '%Bob%'"),
        ("s ilike '%' || :p || '%'", "s ilike '%' || 'Of\"' || '%'", None),
        ("starts_with(s, :p)", "starts_with(s, 'Of\"')", "starts_with(s, 'Bob')"),
        ("ts > :p", "ts > '2026-01-01'", None),
        ("a = 1 limit :p offset :q", "a = 1 limit '20' offset '0'", None),
    ],
)
def test_common_and_rare(condition: str, common: str, rare: str | None) -> None:
    found = tried(f"select 1 from t where {condition}")
    assert found["common"] == f"select 1 from t where {common}"
    if rare is not None:
        assert found["rare"] == f"select 1 from t where {rare}"


@pytest.mark.parametrize(
    "condition", ["j @> :p", "j->>'k' = :p", "a + 1 = :p", "length(s) = :p", "s ~ :p", "b = :p"]
)
def test_what_statistics_do_not_tell_is_planned_generically(condition: str) -> None:
    assert tried(f"select 1 from t where a = :other and {condition}").keys() == {"generic"}


def test_given_values_need_no_statistics() -> None:
    sql = "-- param: p = 7\nselect 1 from t where a = :p and s = :q"
    assert tried(sql, q="x") == {"given": "select 1 from t where a = '7' and s = 'x'"}
    assert tried(sql)["rare"] == "select 1 from t where a = '7' and s = 'Bob'"


def test_one_variant_where_both_values_are_the_same() -> None:
    assert tried("select 1 from t where ts = :p").keys() == {"common"}


def test_stored_parameters_take_their_columns_values() -> None:
    found = tried("update t set s = :s where a = :a")
    assert found["common"] == "update t set s = 'Of\"ten' where a = '1'"
    assert "common" in tried("insert into t (a, s) values (:a, :s)")
