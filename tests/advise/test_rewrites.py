"""Rewritten conditions: what they are, and that PostgreSQL finds the same rows by them."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.advise.catalog import ColumnFacts, TableFacts
from dbaudit.advise.rewrites import applied, replacements, rewritten
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries
from tests.conftest import NewDatabase

TYPES = {"at": "timestamptz", "Own Time": "timestamp", "day": "date", "note": "text"}
TABLE = TableFacts(
    "public", "t", 1000, 1000, {n: ColumnFacts(n, kind, 8, True) for n, kind in TYPES.items()}
)

SAME = {
    "at::date = '2025-03-01'": "at >= ('2025-03-01')::date AND at < ('2025-03-01')::date + 1",
    "date(at) = current_date": "at >= (CURRENT_DATE)::date AND at < (CURRENT_DATE)::date + 1",
    "at::date >= '2025-03-30'": "at >= ('2025-03-30')::date",
    "at::date <= '2025-03-30'": "at < ('2025-03-30')::date + 1",
    "at::date > date '2025-03-30'": "at >= (date '2025-03-30')::date + 1",
    "cast(at as date) < '2025-03-30'": "at < ('2025-03-30')::date",
    "'2025-03-30' > at::date": "at < ('2025-03-30')::date",
    "extract(year from at) = 2025": "at >= '2025-01-01' AND at < '2026-01-01'",
    "date_part('year', \"Own Time\") = 2024": (
        "\"Own Time\" >= '2024-01-01' AND \"Own Time\" < '2025-01-01'"
    ),
    "to_char(at, 'YYYY-MM-DD') = '2025-12-31'": "at >= '2025-12-31' AND at < '2026-01-01'",
    "to_char(at, 'YYYY-MM') = '2024-12'": "at >= '2024-12-01' AND at < '2025-01-01'",
    "to_char(at, 'YYYY') = '2025'": "at >= '2025-01-01' AND at < '2026-01-01'",
    "date_trunc('month', at) = '2025-02-01'": "at >= '2025-02-01' AND at < '2025-03-01'",
    "date_trunc('day', at) = '2025-03-30'": "at >= '2025-03-30' AND at < '2025-03-31'",
    "extract(year from day) = 2025": "day >= '2025-01-01' AND day < '2026-01-01'",
    "now() - at > interval '36 hours'": "at < now() - interval '36 hours'",
    "now() - at <= interval '5000 hours'": "at >= now() - interval '5000 hours'",
}
NONE = [
    "at::date = now()",
    "at::date = '2025-03-01 10:00'",
    "at::date <> '2025-03-01'",
    "at::date in ('2025-03-01', '2025-03-02')",
    "at = '2025-03-01'",
    "day = '2025-03-01'",
    "note::date = '2025-03-01'",
    "extract(month from at) = 3",
    "extract(year from at) = 2025.5",
    "to_char(at, 'YYYY-MM-DD') = '2025-02-30'",
    "to_char(at, 'YYYY-MM') = '2025-02-01'",
    "to_char(at, 'DD.MM.YYYY') = '01.02.2025'",
    "date_trunc('month', at) = '2025-02-02'",
    "now() - at > interval '1 month'",
    "lower(note) = 'x'",
    "day::date = '2025-03-01'",
]

#: Conditions side by side that only together are a range.
TOGETHER = {
    "extract(year from at) = 2025 and extract(month from at) = 3": (
        "(at >= '2025-03-01' AND at < '2025-04-01')"
    ),
    "12 = date_part('month', at)\n  AND extract(year from at) = 2024": (
        "(at >= '2024-12-01' AND at < '2025-01-01')"
    ),
    "date_part('day', day) = 8 and extract(year from day) = 2025 and extract(month from day) = 2": (
        "(day >= '2025-02-08' AND day < '2025-02-09')"
    ),
    "extract(year from at) = 2025 and extract(month from at) = 3 and note = 'x'": (
        "(at >= '2025-03-01' AND at < '2025-04-01') and note = 'x'"
    ),
    "(note = 'y' or extract(year from at) = 2025 and extract(month from at) = 3)": (
        "(note = 'y' or (at >= '2025-03-01' AND at < '2025-04-01'))"
    ),
    "extract(year from t.at) = 2025 and extract(month from t.at) = 3": (
        "(t.at >= '2025-03-01' AND t.at < '2025-04-01')"
    ),
    # What is not side by side stays, beside the year's range.
    "extract(year from at) = 2025 and note = 'x' and extract(month from at) = 3": (
        "(at >= '2025-01-01' AND at < '2026-01-01') and note = 'x' and extract(month from at) = 3"
    ),
    "extract(year from at) = 2025 and extract(month from day) = 3": (
        "(at >= '2025-01-01' AND at < '2026-01-01') and extract(month from day) = 3"
    ),
    "extract(year from at) = 2025 and extract(day from at) = 3": (
        "(at >= '2025-01-01' AND at < '2026-01-01') and extract(day from at) = 3"
    ),
    "extract(year from at) = 2025 and extract(month from at) > 3": (
        "(at >= '2025-01-01' AND at < '2026-01-01') and extract(month from at) > 3"
    ),
    "extract(year from at) = 2025 and extract(month from at) = 13": (
        "(at >= '2025-01-01' AND at < '2026-01-01') and extract(month from at) = 13"
    ),
}
APART = [
    "extract(year from at) = 2025 or extract(month from at) = 3",
    "not (extract(year from at) = 2025 and extract(month from at) = 3)",
    "extract(month from at) = 3 and extract(day from at) = 3",
]

ROWS = """
create table t (at timestamptz, "Own Time" timestamp, day date, note text);
insert into t select at, at, at::date, 'x' from generate_series(
    timestamptz '2023-12-30 23:00', '2026-02-03', interval '59 minutes 59.5 seconds') as at;
insert into t values (null), ('infinity'), ('-infinity'), ('2025-03-30 00:00'), (now());
create index on t (at);
create index on t ("Own Time");
create index on t (day);
vacuum analyze t;
"""


def form(condition: str) -> str | None:
    query = parse_queries(f"select 1 from t where {condition}")[0]
    uses = query_uses(query, Catalog({("public", "t"): TYPES}, ("public",)))
    return next((f for c in uses.tables[0].conditions if (f := rewritten(c, TABLE))), None)


@pytest.mark.parametrize(("condition", "wanted"), SAME.items())
def test_the_form_that_an_index_serves(condition: str, wanted: str) -> None:
    assert form(condition) == wanted


@pytest.mark.parametrize("condition", NONE)
def test_no_form_where_it_might_differ(condition: str) -> None:
    assert form(condition) is None


def whole(condition: str) -> str | None:
    """The WHERE clause with all that can be replaced in it."""
    query = parse_queries(f"select 1 from t where {condition}")[0]
    uses = query_uses(query, Catalog({("public", "t"): TYPES}, ("public",)))
    found = replacements(query, uses, {TABLE.key: TABLE})
    return applied(query.statement, found).split(" where ", 1)[1] if found else None


@pytest.mark.parametrize(("condition", "wanted"), TOGETHER.items())
def test_parts_of_a_date_side_by_side_are_one_range(condition: str, wanted: str) -> None:
    assert whole(condition) == wanted


@pytest.mark.parametrize("condition", APART)
def test_parts_of_a_date_that_are_no_range_stay(condition: str) -> None:
    assert "03-01" not in (whole(condition) or "")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_both_forms_find_the_same_rows(new_database: NewDatabase, zone: str) -> None:
    with psycopg.connect(new_database(ROWS)) as connection:
        connection.execute(f"set timezone = '{zone}'".encode())
        connection.execute("set enable_seqscan = off")
        for condition, other in (SAME | TOGETHER).items():
            sides = [
                f'select coalesce(at, "Own Time") as x from t where {c}' for c in (condition, other)
            ]
            first, second = sides
            sql = "(table a except table b) union all (table b except table a)"
            both = f"with a as ({first}), b as ({second}) {sql}"
            assert connection.execute(both.encode()).fetchall() == [], condition
            plan = connection.execute(f"explain {second}".encode()).fetchall()
            assert "Index" in str(plan) or "note = 'y'" in condition, other
