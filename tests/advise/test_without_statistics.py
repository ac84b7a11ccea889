"""Advice where the planner knows little, or where there is nothing to advise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, bench, bodies
from tests.conftest import create_database

TABLES = """
create table fresh (id int primary key, a int, b text) with (autovacuum_enabled = off);
insert into fresh select n, n % 1000, md5(n::text) from generate_series(1, 50000) as n;
"""


@pytest.fixture(scope="module")
def opened(pg18: Cluster) -> Iterator[Bench]:
    with bench(create_database(pg18, TABLES)) as found:
        yield found


def test_a_table_that_was_never_analysed(opened: Bench) -> None:
    advice = opened.advise("-- name: q\nselect * from fresh where a = 7 and b = 'word';")
    assert bodies(advice) == ["fresh (a, b)"]
    assert advice.indexes[0].confidence == "possible"
    assert any("run ANALYZE public.fresh" in note for note in advice.notes)


def test_a_workload_without_a_query_to_improve(opened: Bench) -> None:
    advice = opened.advise("-- name: q\nselect count(*) from generate_series(1, 10);")
    assert advice.indexes == ()
    assert any(note.startswith("no query asks for a column") for note in advice.notes)
    assert not any("ANALYZE" in note for note in advice.notes)
