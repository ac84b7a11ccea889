"""Remedies that the shadow prices: more memory for one query, a page without its total."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.advise.page_totals import without_total
from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, bench
from tests.conftest import create_database

SCHEMA = """
create table visits (id int primary key, site int not null, page text not null, ms int);
insert into visits select g, g % 300, repeat(md5(g::text), 12), g % 1000
from generate_series(1, 60000) g;
create index on visits (ms);
vacuum analyze;
"""
SORT = "select * from visits order by md5(page)"
PAGE = "select id, ms, count(*) over () as total from visits order by ms limit 20"


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, SCHEMA)


@pytest.fixture(scope="module")
def opened(dsn: str) -> Iterator[Bench]:
    with bench(dsn) as found:
        yield found


def notes(opened: Bench, text: str) -> list[str]:
    return [note for note in opened.advise(f"-- name: q\n{text};").notes if note.startswith("q: ")]


def test_memory_for_one_query(opened: Bench, dsn: str) -> None:
    (note,) = notes(opened, SORT)
    found = re.search(r"SET LOCAL work_mem = '(\w+)' .* from ([\d,]+) to ([\d,]+)", note)
    assert found is not None
    with psycopg.connect(dsn) as connection:
        connection.execute(f"set local work_mem = '{found[1]}'".encode())
        plan = connection.execute(f"explain (format json) {SORT}".encode()).fetchall()[0][0]
        assert round(plan[0]["Plan"]["Total Cost"]) == int(found[3].replace(",", ""))
        kept = connection.execute(f"explain (analyze, format json) {SORT}".encode()).fetchall()
        assert kept[0][0][0]["Plan"]["Sort Space Type"] == "Memory"


@pytest.mark.parametrize(
    "text",
    [
        f"-- set: work_mem = 256MB\n{SORT}",
        "select * from visits",
        "select site, count(*) from visits where ms % 7 = 2 group by site",
        "select * from visits where ms < 5 order by page",
    ],
    ids=["enough", "nothing is kept", "small groups", "few rows"],
)
def test_no_memory_where_it_changes_nothing(opened: Bench, text: str) -> None:
    assert [note for note in notes(opened, text) if "work_mem" in note] == []


def test_a_page_without_its_total(opened: Bench) -> None:
    (note,) = [note for note in notes(opened, PAGE) if "OVER ()" in note]
    found = re.search(r"a page costs ([\d,.]+) instead of ([\d,.]+):", note)
    assert found is not None
    assert float(found[1].replace(",", "")) < float(found[2].replace(",", "")) / 10


def test_a_total_that_is_nearly_free(opened: Bench) -> None:
    text = "select site, count(*) over () from visits where page like '%ff%' order by 1 limit 20"
    assert [note for note in notes(opened, text) if "OVER ()" in note] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (PAGE, "select id, ms from visits order by ms limit 20"),
        ('select count(*) over() "All", id from t limit 1', "select  id from t limit 1"),
        ("select id, COUNT(*) OVER () FROM t limit 1", "select id FROM t limit 1"),
        ("select id, count(*) over () from t", None),
        ("select count(*) over () from t limit 1", None),
        ("select id, count(*) over (partition by site) from t limit 1", None),
    ],
)
def test_the_total_is_cut_out(text: str, wanted: str | None) -> None:
    assert without_total(text) == wanted
