from __future__ import annotations

from dataclasses import fields
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dbaudit.advise.advice import CurvePoint
from dbaudit.report.plot import ASCII, BOX, Strokes, curve_title, is_worth_showing, plot

MB = 1024 * 1024


def curve(*points: tuple[int, float]) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(size, cost, f"i{number}" if number else None)
        for number, (size, cost) in enumerate(points)
    )


FALLING = curve((0, 1000), (10 * MB, 500), (20 * MB, 250), (40 * MB, 0))


@st.composite
def curves(draw: st.DrawFn) -> tuple[CurvePoint, ...]:
    steps = draw(st.lists(st.tuples(st.integers(0, 2**42), st.floats(0, 1e15)), max_size=30))
    sizes = accumulate((size for size, _ in steps), initial=0)
    costs = sorted([cost for _, cost in steps] + [draw(st.floats(0, 1e15))], reverse=True)
    return curve(*zip(sizes, costs, strict=True))


def test_a_staircase_with_its_labels() -> None:
    assert plot(FALLING, 40, BOX) == [
        "1,000 ┤●───────╮",
        "      │        │",
        "  500 ┤        ●───────╮",
        "      │                ●───────────────╮",
        " 0.00 ┤                                ●",
        "      └┬───────┬───────┬───────────────┬",
        "       0     10 MB   20 MB         40 MB",
    ]


def test_it_ends_where_the_costs_do() -> None:
    lines = plot(FALLING, 60, ASCII)
    assert lines[0].startswith("1,000 +*")
    assert lines[2].lstrip().startswith("500 +")
    assert lines[4].lstrip().startswith("0.00 +") and lines[4].endswith("*")
    assert lines[6].split() == ["0", "10", "MB", "20", "MB", "40", "MB"]


def test_labels_never_touch() -> None:
    close = curve((0, 1000), (39 * MB, 500), (40 * MB, 0))
    assert plot(close, 40, ASCII)[-1].split() == ["0", "40", "MB"]


def test_a_title_tells_where_most_of_the_gain_is_had() -> None:
    early = curve((0, 1000), (10 * MB, 80), (20 * MB, 40), (40 * MB, 0))
    first = "the first of 3 indexes (10 MB) brings 92% of the gain"
    assert curve_title(early) == f"Cost by storage: {first}"
    later = curve((0, 1000), (10 * MB, 500), (20 * MB, 40), (40 * MB, 0))
    first = "the first 2 of 3 indexes (20 MB) bring 96% of the gain"
    assert curve_title(later) == f"Cost by storage: {first}"


def test_a_title_is_short_when_every_index_counts() -> None:
    assert curve_title(FALLING) == "Cost by storage"


@pytest.mark.parametrize(
    "points",
    [
        curve(),
        curve((0, 100)),
        curve((0, 100), (MB, 10)),
        curve((0, 100), (MB, 100), (2 * MB, 100)),
        curve((0, 100), (0, 50), (0, 10)),
    ],
)
def test_what_shows_nothing_is_not_drawn(points: tuple[CurvePoint, ...]) -> None:
    assert not is_worth_showing(points)
    assert plot(points, 80, BOX) == []


def test_a_narrow_screen_has_no_room_for_it() -> None:
    assert plot(FALLING, 20, BOX) == []


@pytest.mark.parametrize("strokes", [BOX, ASCII])
def test_every_stroke_is_one_column_wide(strokes: Strokes) -> None:
    assert all(cell_len(getattr(strokes, one.name)) == 1 for one in fields(strokes))


@given(curves(), st.integers(1, 130))
def test_it_fits(points: tuple[CurvePoint, ...], width: int) -> None:
    lines = plot(points, width, BOX)
    assert len(lines) in (0, 7)
    assert all(cell_len(line) <= min(width, 80) for line in lines)


@given(curves())
def test_it_is_drawn_when_there_is_something_to_see(points: tuple[CurvePoint, ...]) -> None:
    is_falling = len(points) >= 3 and points[0].cost > points[-1].cost and points[-1].size_bytes > 0
    assert bool(plot(points, 80, BOX)) is is_falling
    if is_falling:
        assert len(curve_title(points)) <= 80


@given(curves())
def test_plain_strokes_are_ascii(points: tuple[CurvePoint, ...]) -> None:
    plain, drawn = plot(points, 80, ASCII), plot(points, 80, BOX)
    assert all(line.isascii() for line in plain)
    assert [len(line) for line in plain] == [len(line) for line in drawn]
