"""PREPARE and EXECUTE of SQL itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.prepared import PreparedStatements, read_execute, read_prepare


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("prepare p as select 1", ("p", "select 1")),
        ("PREPARE p (int, numeric(10)) AS select $1;", ("p", "select $1")),
        ("PREPARE p (int, text) AS\n select $1 ;", ("p", "select $1")),
        ('prepare "P ""x" as insert into t values ($1)', ('P "x', "insert into t values ($1)")),
        ("prepare p as select 1; execute p", None),
        ("prepare transaction 'x'", None),
        ("prepare p (int as select 1", None),
        ("prepare p", None),
        ("prepare 'never ends", None),
    ],
)
def test_what_is_prepared(sql: str, told: tuple[str, str] | None) -> None:
    assert read_prepare(sql) == told


@pytest.mark.parametrize(
    ("sql", "name", "values"),
    [
        ("execute p", "p", ()),
        ("EXECUTE P (7)", "p", ("7",)),
        ("execute p(-7, 1.5, 'it''s', null, true);", "p", ("-7", "1.5", "it's", None, "true")),
        ("execute p('7'::int, date '2026-01-31')", "p", ("7", "2026-01-31")),
        ("execute p(7 + 1)", "p", None),
        ("execute p(f(1, 2), 3)", "p", None),
        ("execute p(E'a\\n')", "p", None),
        ("execute p($1)", "p", None),
    ],
)
def test_what_is_executed(sql: str, name: str, values: Any) -> None:
    found = read_execute(sql)
    assert found is not None
    assert (found.name, found.values) == (name, values)


@pytest.mark.parametrize(
    "sql", ["execute", "execute p(1); select 2", "execute p 1", "execute p(1", "execute 'x", ""]
)
def test_what_is_no_execute(sql: str) -> None:
    assert read_execute(sql) is None


@given(st.text(), st.text("()[],;'1pas ", max_size=20))
def test_anything_can_be_read(rest: str, more: str) -> None:
    for text in (rest, more):
        read_prepare(f"prepare {text}")
        read_execute(f"execute {text}")


def test_a_session_has_its_own_statements() -> None:
    statements = PreparedStatements()
    sent = [
        Execution(1.0, session, text, 1.0, ())
        for session, text in (
            ("1", "prepare p as select a from t where id = $1"),
            ("2", "PREPARE p AS select b from t where id = $1"),
            ("1", "execute p(1)"),
            ("2", "EXECUTE p(2) /*route='/x'*/"),
            ("3", "execute p(3)"),
            ("1", "prepare p as select c from t"),
            ("1", "execute p"),
        )
    ]
    assert [(e.text, e.parameters) for e in map(statements.resolved, sent)][2:] == [
        ("select a from t where id = $1", ("1",)),
        ("select b from t where id = $1 /*route='/x'*/", ("2",)),
        ("execute p(3)", ()),
        ("prepare p as select c from t", ()),
        ("select c from t", ()),
    ]


@pytest.mark.parametrize("head", ["prepare: ", "préparation : ", "\u51c6\u5907\uff1a"])
def test_a_detail_tells_what_was_prepared(head: str) -> None:
    statements = PreparedStatements()
    execution = Execution(1.0, "1", "execute p(1)", 1.0, ())
    told = statements.told(execution, head + "prepare p (int) as select a from t where id = $1")
    assert statements.resolved(told) == execution._replace(
        text="select a from t where id = $1", parameters=("1",)
    )
    assert statements.told(execution, "Parameters: $1 = '1'") is execution
