"""The best set for plans that are known, against every set there is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.advise.selection import Choice, Plan, select

KB = 1024


def cost(choice: Choice, mask: int) -> float:
    """What the set costs: each item's cheapest plan whose indexes are there, and the writes."""
    reads = [next(price for price, used in plans if not used & ~mask) for plans in choice.plans]
    return sum(reads) + choice.write_units(mask)


def best(choice: Choice) -> float:
    """The least cost of all sets within the budget."""
    masks = range(1 << len(choice.size_bytes))
    return min(cost(choice, mask) for mask in masks if choice.fits(mask))


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    count = draw(st.integers(1, 5))
    sizes = draw(st.lists(st.integers(1, 900 * KB), min_size=count, max_size=count))
    masks = st.integers(1, (1 << count) - 1)
    items: list[Sequence[Plan]] = []
    for _ in range(draw(st.integers(1, 5))):
        base = draw(st.floats(100, 10_000))
        shares = draw(st.dictionaries(masks, st.floats(0.01, 0.99), max_size=4))
        plans = sorted([(base, 0), *((share * base, mask) for mask, share in shares.items())])
        risky = draw(st.booleans())
        items.append(
            [(price + 2 * base * (risky and n == 0), m) for n, (price, m) in enumerate(plans)]
        )
    each = draw(st.sampled_from([0.0, 50.0]))
    budget = draw(st.one_of(st.none(), st.integers(0, sum(sizes))))
    half = (1 << count // 2) - 1
    tables = [half if half >> n & 1 else ((1 << count) - 1) & ~half for n in range(count)]
    return Choice(items, sizes, tables, lambda mask: each * mask.bit_count(), budget)


@given(choices())
def test_it_fits_and_is_the_best_there_is_or_next_to_it(choice: Choice) -> None:
    found = select(choice)
    assert choice.fits(found)
    assert best(choice) <= cost(choice, found) + 1e-6
    assert cost(choice, found) <= cost(choice, 0)
    assert cost(choice, found) <= best(choice) + 0.25 * (cost(choice, 0) - best(choice)) + 1e-6


@given(choices())
def test_the_same_choice_gives_the_same_set(choice: Choice) -> None:
    assert select(choice) == select(choice)


@given(choices(), st.integers(0, 31))
def test_it_is_never_worse_than_where_it_starts(choice: Choice, start: int) -> None:
    start &= (1 << len(choice.size_bytes)) - 1
    if choice.fits(start):
        assert cost(choice, select(choice, start)) <= cost(choice, start) + 1e-6


def test_two_that_pay_together_beat_one_that_gains_more_a_byte() -> None:
    plans = [[(10.0, 0b011), (600.0, 0b100), (1000.0, 0)]]
    sizes = [400 * KB, 400 * KB, 300 * KB]
    choice = Choice(plans, sizes, [0b111] * 3, None, 800 * KB)
    assert select(choice) == 0b011


@pytest.mark.parametrize("count", [3, 8])
def test_a_greedy_choice_that_fills_the_budget_badly_is_left(count: int) -> None:
    """One small index gains most a byte, but keeps the large one out, which gains more."""
    small, large = 1, 2
    plans: list[list[Plan]] = [[(500.0, small), (1000.0, 0)], [(100.0, large), (5000.0, 0)]]
    plans += [[(990.0, 1 << number), (1000.0, 0)] for number in range(2, count)]
    sizes = [200 * KB, 2_100 * KB, *itertools.repeat(200 * KB, count - 2)]
    choice = Choice(plans, sizes, [(1 << count) - 1] * count, lambda _mask: 0.0, 2_200 * KB)
    assert select(choice) & large
