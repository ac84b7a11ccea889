"""What a statement does, told from its form."""

from __future__ import annotations

import pytest

from dbaudit.errors import UsageError
from dbaudit.workload.statement_kind import statement_kind


@pytest.mark.parametrize(
    ("sql", "kind", "modifies", "locks"),
    [
        ("select 1", "select", False, False),
        ("/* x */ (select 1);", "select", False, False),
        ("values (1)", "select", False, False),
        ("table t", "select", False, False),
        ("with a as (select 1) select * from a", "select", False, False),
        ("with a as (delete from t returning *) select * from a", "select", True, False),
        ("with a as not materialized (with b as (select 1) insert into t select 1 returning 1) "
         "select 1", "select", True, False),
        ("with x(a) as (values (1)) update t set a = 1", "update", True, False),
        ("insert into t select 1", "insert", True, False),
        ("merge into t using u on true when matched then delete", "merge", True, False),
        ("delete from t", "delete", True, False),
        ("select * from t for no key update", "select", False, True),
        ("select * from t where a in (select 1 for share)", "select", False, True),
        ("select * into n from t", "select", True, False),
        ("select substring(a for 3) from t", "select", False, False),
        ("call p()", "other", True, False),
        ("show work_mem", "other", False, False),
        ("explain analyze delete from t", "other", True, False),
    ],
)  # fmt: skip
def test_kinds(sql: str, kind: str, modifies: bool, locks: bool) -> None:
    found = statement_kind(sql)
    assert (found.kind, found.modifies, found.locks) == (kind, modifies, locks)


def test_functions_are_named_as_the_server_folds_them() -> None:
    sql = 'select Lower(a), "S p"."G"(1), pg_catalog.now(), left(b, 1) from t where a in (1)'
    assert statement_kind(sql).functions == {
        (None, "lower"),
        ("S p", "G"),
        ("pg_catalog", "now"),
        (None, "left"),
    }


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select 1; select 2", "2 statements where one is meant"),
        (" -- x\n;", "no statement where one is meant"),
        ("select 'x", "unterminated string in the statement, at character 8"),
    ],
)
def test_one_statement_is_meant(sql: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        statement_kind(sql)
