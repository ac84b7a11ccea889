"""An index on a small table is advised where it pays, and it is said how little that is."""

from __future__ import annotations

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import advise_on
from tests.conftest import create_database

TABLES = """
create table few (id int primary key, kind int, note text);
insert into few select n, n % 1000, repeat('x', 100) from generate_series(1, 10000) as n;
create table many (like few including all);
insert into many select n, n % 1000, repeat('x', 400) from generate_series(1, 60000) as n;
vacuum analyze;
"""
QUERIES = """
-- name: of_few
select * from few where kind = 7;
-- name: of_many
select * from many where kind = 7;
"""


@pytest.fixture(scope="module")
def advice(pg18: Cluster) -> Advice:
    return advise_on(create_database(pg18, TABLES), QUERIES)


def test_the_index_on_the_small_table_is_graded(advice: Advice) -> None:
    assert sorted(index.table for index in advice.indexes) == ["few", "many"]
    graded = [note for note in advice.notes if note.startswith("low impact: ")]
    name = next(index.name for index in advice.indexes if index.table == "few")
    assert [note.split(" serves ")[0] for note in graded] == [f"low impact: {name}"]
