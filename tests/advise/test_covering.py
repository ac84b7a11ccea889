"""One index holds what several queries read by the same keys, where that pays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, bench, bodies
from tests.conftest import create_database

READINGS = """
create table readings (
    id int primary key, meter int, kind text, unit text, quality int, at timestamptz, note text
);
insert into readings
select n, n * 7919 % 400, 'k' || n % 9, 'u' || n % 5, n % 3, date '2026-01-01', repeat('x', 120)
from generate_series(1, 120000) as n;
vacuum analyze readings;
"""


@pytest.fixture(scope="module")
def readings(pg18: Cluster) -> Iterator[Bench]:
    with bench(create_database(pg18, READINGS)) as opened:
        yield opened


def test_one_index_serves_both(readings: Bench) -> None:
    advice = readings.advise(
        "-- name: kinds\n-- weight: 100\nselect id, kind from readings where meter = 7;\n"
        "-- name: units\n-- weight: 100\nselect id, unit from readings where meter = 8;\n"
    )
    assert bodies(advice) == ["readings (meter) INCLUDE (id, kind, unit)"]
    (index,) = advice.indexes
    assert {served.query for served in index.serves} == {"kinds", "units"}


def test_each_has_its_own_where_the_keys_differ(readings: Bench) -> None:
    advice = readings.advise(
        "-- name: kinds\n-- weight: 100\nselect id, kind from readings where meter = 7;\n"
        "-- name: units\n-- weight: 100\nselect meter, unit from readings where id < 99;\n"
    )
    assert bodies(advice) == ["readings (meter) INCLUDE (id, kind)"]
