"""GiST on real data: proposed, taken by the planner, and not where something else serves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, bench, bodies, gain, script
from tests.conftest import create_database

TABLES = [("public", name) for name in ("bookings", "places", "rooms", "hits", "names")]


@pytest.fixture(scope="module")
def hotel(pg18: Cluster) -> Iterator[Bench]:
    with bench(create_database(pg18, script("ranges")), TABLES) as opened:
        yield opened


def advised(hotel: Bench, sql: str) -> Advice:
    return hotel.advise(f"-- name: q\n{sql};")


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        (
            "select * from bookings where during && tstzrange('2025-02-01', '2025-02-01 0:10')",
            "bookings USING gist (during)",
        ),
        (
            "select * from bookings where during @> timestamptz '2025-02-01'",
            "bookings USING gist (during)",
        ),
        (
            "select * from bookings where days -|- daterange('2025-02-01', '2025-02-02')",
            "bookings USING gist (days)",
        ),
        (
            "select * from bookings where int4range(low, high) @> 70000",
            "bookings USING gist ((int4range(low, high)))",
        ),
        (
            "select id from places order by place <-> point(5, 5) limit 10",
            "places USING gist (place)",
        ),
        (
            "select id, point(5, 5) <-> place as far from places order by far limit 10",
            "places USING gist (place)",
        ),
        (
            "select id from hits where network >>= '10.0.3.7'",
            "hits USING gist (network inet_ops)",
        ),
        (
            "select id from names where name % 'abcdef' order by name <-> 'abcdef' limit 5",
            "names USING gist (name public.gist_trgm_ops)",
        ),
    ],
)
def test_what_gist_serves_gets_it(hotel: Bench, sql: str, wanted: str) -> None:
    advice = advised(hotel, sql)
    assert bodies(advice) == [wanted]
    assert gain(advice, "q") > 1.8
    assert advice.indexes[0].name in str(advice.queries[0].plan_after)


def test_scalars_stand_in_front_where_btree_gist_is_installed(hotel: Bench) -> None:
    sql = (
        "select * from bookings where room = 7 and during && tstzrange('2025-01-05', '2025-03-09')"
    )
    (index,) = bodies(advised(hotel, sql))
    assert index in ("bookings USING gist (room, during)", "bookings (room)")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from rooms where span && int4range(5, 9)",
        "select id from places order by place <-> point(5, 5)",
        "select id from places order by place <-> point(5, 5) desc limit 10",
        "select id from bookings where id = 5 and during && tstzrange('2025-02-01', '2025-02-02')",
        "select id from bookings where not during && tstzrange('2025-02-01', '2025-02-02')",
    ],
    ids=["small table", "all rows by distance", "farthest first", "the primary key", "negated"],
)
def test_nothing_where_gist_gains_nothing(hotel: Bench, sql: str) -> None:
    assert bodies(advised(hotel, sql)) == []


@pytest.mark.parametrize(
    ("sql", "method"),
    [
        ("select id from hits where network <<= '10.0.3.0/24'", "hits (network)"),
        ("select id from names where name like '%bcdef%'", "names USING gin (name public."),
        ("select * from bookings where low = 500", "bookings (low)"),
    ],
)
def test_a_smaller_or_quicker_index_wins(hotel: Bench, sql: str, method: str) -> None:
    (index,) = bodies(advised(hotel, sql))
    assert index.startswith(method)
