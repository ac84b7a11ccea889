"""What each value of a statement is for."""

from __future__ import annotations

import pytest

from dbaudit.traffic.roles import value_roles
from dbaudit.traffic.skeleton import GAP, rendered, split_fast

CASES = [
    ("select * from t where a = 1", "key", ""),
    ("select * from t where 1 = a and $1::int = b", "key", "key"),
    ("select * from t where t.a = $2 and b > $1", "", "range key"),
    ("select * from t where a in ($1)", "", "key"),
    ("select * from t where a in ($1::uuid)", "", "key"),
    ("select * from t where a in (1, 2) and b = 'x'", "member member key", ""),
    ("select * from t where a not in ('x')", "other", ""),
    ("select * from t where a = any($1)", "", "array"),
    ("select * from t where a = any(array[1])", "array", ""),
    ("select * from t where a = any(array[1, 2])", "member member", ""),
    ("select * from t where a <> all($1)", "", "other"),
    ("select * from t where (a, b) = ($1, $2)", "", "key key"),
    ("select * from t where (a, b) > (1, 2) limit 5", "range range limit", ""),
    ("select * from t where a between 1 and 2 and b = 3", "range range key", ""),
    ("select * from t where a = %s limit %s offset %s", "", "key limit offset"),
    ("select * from t where lower(e) = lower('x')", "key", ""),
    ("select * from t where a = cast($1 as int)", "", "key"),
    ("select * from t where a = date '2026-01-01'", "key", ""),
    ("select * from t where m->>'k' = 'v' and m @> '{}'", "other key key", ""),
    ("select * from t where tags @> array[$1] and b > 1", "range", "key"),
    ("select * from t where a is not distinct from $1 and b is distinct from 2", "other", "key"),
    ("select * from t where e like 'x%'", "other", ""),
    ("update t set a = $1, b = 2 where id = $2", "assigned", "assigned key"),
    ("insert into t (a, b) values ($1, 'x')", "inserted", "inserted"),
    ("insert into t (a) select $1 where 1 = 1", "key key", "inserted"),
    ("delete from t where id = :id and at < :at", "", "key range"),
    ("select 5 from t order by a fetch first 3 rows only", "other limit", ""),
    ("select * from t where id in (select a from u where b = 7)", "key", ""),
]


@pytest.mark.parametrize(("sql", "literals", "parameters"), CASES)
def test_roles(sql: str, literals: str, parameters: str) -> None:
    found = value_roles(rendered(GAP.join(split_fast(sql)[::2])))
    assert (" ".join(found[0]), " ".join(found[1])) == (literals, parameters)
