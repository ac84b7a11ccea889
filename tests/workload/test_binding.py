"""Literals in place of parameters."""

from __future__ import annotations

import pytest

from dbaudit.errors import UsageError
from dbaudit.workload.binding import bind, generic, rebind, refuse_unknown
from dbaudit.workload.query_file import parse_queries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- param: a bigint = 42\nselect :a", "select '42'::bigint"),
        ("-- param: a = it's\nselect :a, ':a'", "select 'it''s', ':a'"),
        ("-- param: a = a\\b\nselect :a", "select E'a\\\\b'"),
        ("-- param: a int = NULL\nselect :a", "select NULL::int"),
        ("-- param: a = 5\nselect 1 limit :a offset %%", "select 1 limit '5' offset %%"),
        ("-- param: a int[] = {1}\nselect :a[1], (:a)[1]", None),
        ("-- param: 2 = x\n-- param: $1 = y\nselect $2, $1, $2", "select 'x', 'y', 'x'"),
    ],
)
def test_given(text: str, expected: str | None) -> None:
    bound = bind(parse_queries(text)[0])
    assert bound.sql == (expected or "select ('{1}'::int[])[1], ('{1}'::int[])[1]")
    assert bound.variant == "given"


def test_overrides_come_first_and_none_is_null() -> None:
    (query,) = parse_queries("-- param: a = 1\n-- param: b = 2\nselect :a, :b, :c")
    assert bind(query, {"b": None, "c": "x"}).sql == "select '1', NULL, 'x'"


def test_a_missing_value_is_named() -> None:
    (query,) = parse_queries("-- name: q\nselect :a, :b")
    with pytest.raises(UsageError, match=r"query q \(standard input:2\): no value .* a, b;"):
        bind(query)


def test_generic_keeps_the_parameters() -> None:
    (query,) = parse_queries("select :a")
    assert generic(query).sql == "select $1"
    assert generic(query).is_generic


def test_a_parameter_that_no_query_has() -> None:
    queries = parse_queries("select :a, :b")
    refuse_unknown(queries, {"a": "1"})
    with pytest.raises(UsageError, match=r"--param c: .* there are: a, b"):
        refuse_unknown(queries, {"c": "1"})


@pytest.mark.parametrize(
    "text",
    [
        "-- param: a bigint = 42\nselect :a, ':a', (:a)",
        '-- param: a = it\'s \\ "so"\nselect :a || :a, /* :a */ 1',
        "-- param: b timestamp(3) = NULL\nselect :b, 1",
        "-- param: a int[] = {1}\nselect :a[1], (:a)[1]",
        "-- param: 2 = x\n-- param: $1 = y\nselect $2, $1, $2",
        "-- param: a = ')'\nselect (:a)",
        "select 1",
    ],
)
def test_another_statement_takes_the_same_values(text: str) -> None:
    (query,) = parse_queries(text)
    bound = bind(query)
    assert rebind(bound, query.statement).sql == bound.sql
    assert rebind(rebind(bound, f"values ({query.statement})"), query.statement).sql == bound.sql


def test_open_parameters_stay_open() -> None:
    (query,) = parse_queries("-- param: a bigint\nselect :a")
    again = rebind(generic(query), "select $1 + 1")
    assert again.sql == "select $1::bigint + 1"
    assert again.query.statement == "select $1 + 1"
    assert again.is_generic
