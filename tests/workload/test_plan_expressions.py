"""Conditions as EXPLAIN prints them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.workload.blocks import Block, Reference
from dbaudit.workload.plan_expressions import add_quals, columns_named

TYPES = {"a": "int4", "b": "int4", "Or d": "text", "status": "varchar", "flag": "bool"}


def told(text: str, returned: tuple[str, ...] = ()) -> list[str]:
    references = {"t": Reference("public", "t", "t", TYPES)}
    add_quals(text, Block(sources=dict(references)), "where", returned)
    return [
        f"{c.expression} {c.operator} {c.value or ''}".strip() for c in references["t"].conditions
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(t.a = 5)", ["a = 5"]),
        ("((t.a = 5) AND (t.b > 3))", ["a = 5", "b > 3"]),
        ("((NOT t.flag) AND (t.b IS NULL))", ["flag = false", "b is null"]),
        ("((t.status)::text = 'x AND (y'::text)", ["status = 'x AND (y'::text"]),
        ("(t.\"Or d\" = 'a'' OR b'::text)", ["\"Or d\" = 'a'' OR b'::text"]),
        ("((t.a = (InitPlan 1).col1) AND (t.b = 1))", ["a = (SELECT 1)", "b = 1"]),
        ("((NOT (hashed SubPlan 2)) AND (t.b = 1))", ["b = 1"]),
        ("((ANY (t.a = (hashed SubPlan 1).col1)) AND (t.b = 1))", ["b = 1"]),
        ("((alternatives: SubPlan 1 or hashed SubPlan 2) AND (t.b = 1))", ["b = 1"]),
        ("(EXISTS(SubPlan 1) AND (t.b = 1))", ["b = 1"]),
        ("(((|/ (t.a)::double precision) = '2'::double precision) AND (t.b = 1))", ["b = 1"]),
        ("(t.a = other.x)", ["a = other.x"]),
        ("(t.a = ANY ('{1,2}'::integer[]))", ["a = '{1,2}'::integer[]"]),
    ],
)
def test_quals(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_a_parameter_that_a_subquery_returns_is_no_parameter() -> None:
    assert told("((t.a = $0) AND (t.b = $1))", ("$0",)) == ["a = (SELECT 1)", "b = $1"]


@given(st.text(max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    told(text)


def test_columns_are_named_with_their_alias_or_alone() -> None:
    one = {"t": Reference("public", "t", "t", TYPES)}
    two = {**one, "u": Reference("public", "u", "u", {"a": "int4"})}
    assert {name for _, name in columns_named("max(a) + t.b", one)} == {"a", "b"}
    found = [(owner.alias, name) for owner, name in columns_named('u.a, t."Or d", a', two)]
    assert found == [("u", "a"), ("t", "Or d")]
    assert list(columns_named("'t.a'", two)) == []
