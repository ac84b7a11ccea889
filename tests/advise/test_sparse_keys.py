"""Of a column that few rows have, an index holds those: for joins and foreign keys too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, bench, bodies, gain
from tests.conftest import create_database

ENTRIES = """
create table entries (id int primary key, reverses int, mirror int, note text);
insert into entries
select n, case when n % 50 = 1 then n - 1 end, n - 1, repeat('x', 60)
from generate_series(1, 60000) as n where n % 50 > 0;
insert into entries select n, null, 7, 'x' from generate_series(0, 60000, 50) as n;
alter table entries add foreign key (reverses) references entries;
vacuum analyze entries;
"""


@pytest.fixture(scope="module")
def entries(pg18: Cluster) -> Iterator[Bench]:
    with bench(create_database(pg18, ENTRIES)) as opened:
        yield opened


def test_a_foreign_key_that_few_rows_have(entries: Bench) -> None:
    advice = entries.advise("-- name: q\ndelete from entries where id = 999;")
    assert bodies(advice) == ["entries (reverses) WHERE reverses IS NOT NULL"]
    assert gain(advice, "q") > 10


def test_a_join_by_it(entries: Bench) -> None:
    sql = "select r.note from entries e join entries r on r.reverses = e.id where e.id < 100"
    advice = entries.advise(f"-- name: q\n{sql};")
    assert bodies(advice) == ["entries (reverses) WHERE reverses IS NOT NULL"]
    assert gain(advice, "q") > 10


def test_all_rows_where_all_have_it(entries: Bench) -> None:
    sql = "select r.note from entries e join entries r on r.mirror = e.id where e.id < 9"
    assert bodies(entries.advise(f"-- name: q\n{sql};")) == ["entries (mirror)"]
