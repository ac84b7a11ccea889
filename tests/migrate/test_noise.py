"""Which differences of times are more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.migrate.prove.deadline import LEAST_LIMIT_MS, Deadline
from dbaudit.migrate.prove.noise import SIGNIFICANCE, is_shorter, quartiles

TIMES = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("shorter", "longer", "expected"),
    [
        ((1, 2, 3), (4, 5, 6), True),
        ((1, 2, 4.5), (4, 5, 6), False),  # with three runs a side, not one may overlap
        ((1, 1.1, 1.2, 9, 1.3, 1), (2, 2.1, 2, 2.2, 2, 2), True),  # one run was disturbed
        ((1, 2, 1, 2, 1), (1, 2, 1, 2, 1), False),
        ((1,), (1.9,), False),  # a single run on a side: only a plain factor counts
        ((1,), (2,), True),
        ((1, 3), (2, 9), False),
        ((), (1,), False),
        ((1,), (), False),
    ],
)
def test_what_is_shorter(shorter: Sequence[float], longer: Sequence[float], expected: bool) -> None:
    assert is_shorter(shorter, longer) is expected


@given(TIMES, TIMES)
def test_never_both_ways(one: list[float], other: list[float]) -> None:
    assert not (is_shorter(one, other) and is_shorter(other, one))


@pytest.mark.parametrize(("first", "second"), [(3, 3), (4, 4), (5, 7), (7, 7)])
def test_chance_alone_seldom_orders_them(first: int, second: int) -> None:
    """Over all the orders in which equal samples can stand, which is exact."""
    places = range(first + second)
    said = sum(
        is_shorter(chosen, [place for place in places if place not in chosen])
        for chosen in combinations(places, first)
    )
    assert 0 < said <= SIGNIFICANCE * comb(first + second, first)


def test_quartiles() -> None:
    assert quartiles((1, 2, 3, 4, 5)) == (2, 4)
    assert quartiles((1,)) is None


def test_a_deadline_leaves_each_statement_its_turn() -> None:
    assert Deadline.after(0).limit_ms(10) == LEAST_LIMIT_MS
    assert Deadline.after(0).left_ms == 0
    ample = Deadline.after(600_000)
    assert 200_000 < ample.limit_ms(10) <= 240_000
    assert 500_000 < ample.limit_ms(1) <= 600_000
    assert ample.part(0.5).left_ms <= 300_000
