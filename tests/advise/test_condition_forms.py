"""Conditions with the column bare: what they are, and that PostgreSQL finds the same rows."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.advise.catalog import ColumnFacts, TableFacts
from dbaudit.advise.rewrites import applied, replacements
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries
from tests.conftest import NewDatabase

TYPES = {
    "id": "int4",
    "n": "int2",
    "big": "int8",
    "Flag": "bool",
    "s": "varchar",
    "at": "timestamptz",
    "local": "timestamp",
    "tags": "_text",
    "numbers": "_int4",
    "key": "uuid",
    "amount": "numeric",
    "doc": "jsonb",
    "day": "date",
    "caseless": "text",
}
COLUMNS = {name: ColumnFacts(name, kind, 8, True) for name, kind in TYPES.items()}
COLUMNS["caseless"] = ColumnFacts("caseless", "text", 8, True, is_deterministic=False)
COLUMNS["id"] = ColumnFacts("id", "int4", 4, True, not_null=True)
TABLE = TableFacts("public", "t", 1000, 1000, COLUMNS)

UUID = "00000000-0000-0000-0000-00000000000a"
SAME = {
    "n + 1 = 5": "n = 4",
    "1 + n >= 5": "n >= 4",
    "n - 30000 < 2": "n < 30002",
    "5 > big + 3": "big < 2",
    "not (n + 1 = 5)": None,
    "at + interval '2 hours' > now()": "at > now() - interval '2 hours'",
    "at - '90 minutes'::interval <= '2025-03-30 10:00'": (
        "at <= '2025-03-30 10:00'::timestamptz + '90 minutes'::interval"
    ),
    "local + interval '7 days' < '2025-03-30 10:00'": (
        "local < '2025-03-30 10:00'::timestamp - interval '7 days'"
    ),
    "at + interval '2 hours' > timestamptz '2025-03-30 03:30'": (
        "at > timestamptz '2025-03-30 03:30' - interval '2 hours'"
    ),
    "local - interval '7 days' < '2025-03-30'::timestamp": (
        "local < '2025-03-30'::timestamp + interval '7 days'"
    ),
    "day + 7 = date '2025-03-30'": "day = date '2025-03-30' - 7",
    "day - 30 >= '2025-02-28'": "day >= '2025-02-28'::date + 30",
    "day + 1 <= current_date": "day <= CURRENT_DATE - 1",
    "coalesce(n, 0) = 4": "n = 4",
    "coalesce(n, 0) < 4": "(n < 4 OR n IS NULL)",
    "coalesce(n, 9) = 9": "(n = 9 OR n IS NULL)",
    "coalesce(id, 0) <= 4": "id <= 4",
    'coalesce("Flag", false) = true': '"Flag" = TRUE',
    'not coalesce("Flag", false)': '("Flag" = false OR "Flag" IS NULL)',
    "coalesce(s, '') = 'abc'": "s = 'abc'",
    "coalesce(s, 'abc') = 'abc'": "(s = 'abc' OR s IS NULL)",
    '"Flag" is false': 'NOT "Flag"',
    '"Flag" is true': '"Flag"',
    "left(s, 3) = 'abc'": "s LIKE 'abc%'",
    "substr(s, 1, 2) = 'a%'": r"s LIKE 'a\%%'",
    "substring(s from 1 for 3) = 'it'''": "s LIKE 'it''%'",
    "'a_c' = substring(s, 1, 3)": r"s LIKE 'a\_c%'",
    r"left(s, 2) = 'a\'": r"s LIKE 'a\\%'",
    "id::text = '4'": "id = 4",
    "cast(big as varchar) = '-7'": "big = -7",
    f"key::text = '{UUID}'": f"key = '{UUID}'",
    "'x' = any(tags)": "tags @> ARRAY['x']::text[]",
    "4 = any (numbers)": "numbers @> ARRAY[4]::int4[]",
    "(n + 1 = 5 or s = 'abc')": "(n = 4 or s = 'abc')",
    "id + 1 between 3 and 5": "(id >= 2 AND id <= 4)",
}
NONE = [
    "n + 1 <> 5",
    "n + 1 = 5.5",
    "n + 1 in (5, 6)",
    "n * 2 = 8",
    "1 - n = 5",
    "n - 30000 < 30000",
    "amount + 1 = 5",
    "at + interval '7 days' < now()",
    "local + interval '1 month' < '2025-03-30'",
    "local + interval '7 days' < now()",
    "local + interval '7 days' < timestamptz '2025-03-30'",
    "at + interval '2 hours' > timestamp '2025-03-30'",
    "at + interval '2 hours' > date '2025-03-30'",
    "day + 7 = timestamp '2025-03-30'",
    "day + n = date '2025-03-30'",
    "day + 7 = now()",
    "date '2025-03-30' - day = 7",
    "coalesce(n, big) = 4",
    "coalesce(s, 'ABC') = 'abc'",
    "coalesce(s, '') > 'abc'",
    "coalesce(amount, 0) = 4",
    "s is true",
    '"Flag" is not true',
    "left(s, 3) = 'abcd'",
    "left(caseless, 3) = 'abc'",
    r"left(s, 2) = E'a\\'",
    "left(s, 2) > 'ab'",
    "substr(s, 2, 3) = 'abc'",
    "left(doc::text, 3) = '{\"a'",
    "id::text = '04'",
    "id::text = '99999999999'",
    "id::text > '4'",
    f"key::text = '{UUID.upper()}'",
    "'x' <> all (tags)",
    "'x' < any (tags)",
    "id = any ('{1,2}')",
]

ROWS = """
create table t (id int4 not null, n int2, big int8, "Flag" bool, s varchar(20), at timestamptz,
    local timestamp, tags text[], numbers int4[], key uuid, amount numeric, doc jsonb,
    day date);
insert into t select g, case when g % 7 > 0 then g % 12 end, g - 10,
    (array[true, false, null])[g % 3 + 1],
    (array['abc', 'abcd', 'a%b', 'a_c', 'axc', 'it''s', 'its', 'ABC', '', null, 'a\\b']
    )[g % 11 + 1],
    case when g % 5 > 0 then timestamptz '2025-03-29 22:30' + g * interval '17 minutes' end,
    timestamp '2025-03-22 22:30' + g * interval '17 minutes',
    (array['{x}', '{y,x}', '{NULL}', '{}', null, '{x,NULL}', '{{x,y},{z,w}}'])[g % 7 + 1]::text[],
    array[g, null, g + 1], ('00000000-0000-0000-0000-' || lpad(to_hex(g), 12, '0'))::uuid,
    g, '{"a": 1}', case when g % 5 > 0 then date '2025-03-01' + g end
from generate_series(-20, 200) as g where g <> 0;
insert into t (id, n, at, local) values
    (500, 32000, 'infinity', 'infinity'), (501, -32768, '-infinity', '-infinity'),
    (502, 1, now() - interval '2 hours', now()), (503, 1, now() + interval '1 day', now());
insert into t (id, day) values (510, 'infinity'), (511, '-infinity'), (512, current_date - 1);
analyze t;
"""


def rewrite(condition: str) -> str | None:
    query = parse_queries(f"select * from t where {condition}")[0]
    uses = query_uses(query, Catalog({("public", "t"): TYPES}, ("public",)))
    found = replacements(query, uses, {TABLE.key: TABLE})
    if not found:
        return None
    return applied(query.statement, found).removeprefix("select * from t where ")


@pytest.mark.parametrize(("condition", "wanted"), SAME.items())
def test_the_form_that_an_index_serves(condition: str, wanted: str | None) -> None:
    assert rewrite(condition) == wanted


@pytest.mark.parametrize("condition", NONE)
def test_no_form_where_it_might_differ(condition: str) -> None:
    assert rewrite(condition) is None


def test_names_stay_as_the_query_qualifies_them() -> None:
    statement = "select * from t as o where o.n + 1 = 5 and left(s, 1) = 'a'"
    query = parse_queries(statement)[0]
    uses = query_uses(query, Catalog({("public", "t"): TYPES}, ("public",)))
    found = replacements(query, uses, {TABLE.key: TABLE})
    wanted = "select * from t as o where o.n = 4 and s LIKE 'a%'"
    assert applied(query.statement, found) == wanted


@pytest.mark.parametrize(
    ("condition", "kind", "wanted"),
    [
        ("at::date = :day", "", "at >= ($1)::date AND at < ($1)::date + 1"),
        ("at::date = :day", " date", "at >= ($1)::date AND at < ($1)::date + 1"),
        ("at::date = :day", " timestamptz", None),
        ("at + interval '1 hour' > :day", " timestamp with time zone", "at > $1::timestamptz"),
        ("at + interval '1 hour' > :day", " timestamp", None),
        (":day = any (tags)", " text", "tags @> ARRAY[$1]::text[]"),
        (":day = any (tags)", " citext", None),
        ("coalesce(id, 0) = :day", "", "id = $1"),
        ("coalesce(id, 0) = :day", " numeric", None),
        ("left(s, 3) = :day", "", None),
    ],
)
def test_a_parameter_keeps_its_type(condition: str, kind: str, wanted: str | None) -> None:
    query = parse_queries(f"-- name: q\n-- param: day{kind}\nselect * from t where {condition}")[0]
    uses = query_uses(query, Catalog({("public", "t"): TYPES}, ("public",)))
    found = replacements(query, uses, {TABLE.key: TABLE})
    assert [one.bare.startswith(wanted or "-") for one in found] == ([True] if wanted else [])


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_both_forms_find_the_same_rows(new_database: NewDatabase, zone: str) -> None:
    with psycopg.connect(new_database(ROWS)) as connection:
        connection.execute(f"set timezone = '{zone}'".encode())
        for condition, other in SAME.items():
            if other is None:
                continue
            differing = f"(({condition}) is true) is distinct from (({other}) is true)"
            counts = f"select count(*) filter (where {differing}), count(*) filter (where {other})"
            row = connection.execute(f"{counts} from t".encode()).fetchone()
            assert row is not None
            assert row[0] == 0, condition
            assert row[1] > 0, condition
