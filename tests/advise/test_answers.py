"""What follows from answers without asking again, on a planner made of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest

from dbaudit.advise.answers import Answers, numbers
from dbaudit.advise.pricing import Prices
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery
from tests.advise.test_search import Numbers, index_on, item


def asked(costs: dict[tuple[str, ...], float]) -> tuple[Answers, Numbers]:
    planner = Numbers({"q": costs})
    indexes = [index_on(name) for name in "abc"]
    return Answers([item("q")], indexes, Prices(planner), {}), planner


def test_a_set_that_keeps_what_was_used_needs_no_question() -> None:
    answers, planner = asked({(): 1000, ("a",): 10})
    assert answers.ask(0, 0b111).used == 0b001
    assert answers.ask(0, 0b101).price == 10
    assert planner.what_if_calls == 1


def test_a_set_that_lacks_what_was_used_is_asked() -> None:
    answers, planner = asked({(): 1000, ("a",): 10, ("b",): 500})
    answers.ask(0, 0b111)
    assert answers.ask(0, 0b110).price == 500
    assert planner.what_if_calls == 2


def test_between_two_bounds_that_are_near_nothing_is_asked() -> None:
    answers, planner = asked({(): 1000, ("a",): 100, ("b",): 101})
    answers.ask(0, 0b111)
    answers.ask(0, 0b010)
    assert answers.ask(0, 0b110, share=0.015).price == 101
    assert planner.what_if_calls == 2


def test_each_set_of_used_indexes_is_known_once_and_the_cheapest_is_first() -> None:
    answers, _ = asked({(): 1000, ("a",): 100, ("b",): 500})
    for mask in (0, 0b010, 0b110, 0b001):
        answers.ask(0, mask)
    assert [(answer.used, answer.price) for answer in answers.known(0)] == [
        (0b001, 100),
        (0b010, 500),
        (0, 1000),
    ]


def test_masks_and_sets_are_the_same() -> None:
    answers, _ = asked({(): 1000})
    both = frozenset([index_on("a"), index_on("c")])
    assert answers.mask(both) == 0b101
    assert answers.set_of(0b101) == both
    assert list(numbers(0b101)) == [0, 2]


def test_with_less_an_item_costs_no_less() -> None:
    answers, _ = asked({(): 1000, ("a",): 100, ("b",): 300})
    answers.ask(0, 0b111)
    answers.ask(0, 0b110)
    assert answers.least(0, 0b011) == 100
    assert answers.least(0, 0b010) == 300


TELLER = IndexDefinition("public", "t", (IndexKey("lower(x)", is_expression=True),))


class Told(Numbers):
    """With statistics of the expression it expects twenty times the rows."""

    def plan(
        self, query: BoundQuery, indexes: Collection[IndexDefinition] = (), *args: Any
    ) -> Mapping[str, Any]:
        plan = super().plan(query, indexes, *args)
        cost = plan["Total Cost"] * (20 if TELLER in indexes else 1)
        return {**plan, "Total Cost": cost}


def test_what_an_index_only_tells_is_no_part_of_the_others_price() -> None:
    planner = Told({"q": {(): 1000, ("a",): 8}})
    everything = [index_on("a"), TELLER]
    answers = Answers([item("q")], everything, Prices(planner), {"q": frozenset(everything)})
    assert (answers.ask(0, 0b11).used, answers.ask(0, 0b11).price) == (0b01, 8)
    assert answers.ask(0, 0b01).price == 8
    assert planner.what_if_calls == 2


def test_what_is_told_of_another_query_s_expression_is_not_asked_again() -> None:
    planner = Numbers({"q": {(): 1000, ("a",): 8}})
    answers = Answers([item("q")], [index_on("a"), TELLER], Prices(planner), {})
    assert answers.ask(0, 0b11).price == 8
    assert planner.what_if_calls == 1


def test_a_plan_by_an_expression_s_statistics_holds_only_with_them() -> None:
    prices, query = Prices(Told({"q": {(): 1000, ("a",): 8}})), item("q")
    a = index_on("a")
    partial = replace(TELLER, where="x IS NOT NULL")
    assert prices.cost(query, frozenset([a, TELLER, partial])) == 160
    assert prices.cost(query, frozenset([a, TELLER])) == 160
    assert prices.cost(query, frozenset([a])) == 8


def test_what_a_query_loses_may_count_more_often() -> None:
    planner = Numbers({"q": {(): 1000, ("a",): 900}})
    prices = Prices(planner, lookup_risk=lambda plan, _on: 300 if plan["Plans"] else 0)
    answers = Answers([item("q")], [index_on("a")], prices, {}, loss_weight=10)
    assert answers.ask(0, 0b01).price == pytest.approx(900 + 300 + 9 * 200)


@pytest.mark.parametrize(
    ("cost", "risk", "price"), [(700, 300, 800), (850, 30, 850), (890, 30, 910), (890, 0, 890)]
)
def test_what_lookups_may_cost_counts_as_far_as_the_query_does_not_gain_all_the_same(
    cost: float, risk: float, price: float
) -> None:
    planner = Numbers({"q": {(): 1000, ("a",): cost}})
    prices = Prices(planner, lookup_risk=lambda plan, _on: risk if plan["Plans"] else 0)
    answers = Answers([item("q")], [index_on("a")], prices, {})
    assert answers.ask(0, 0).price == 1000
    assert answers.ask(0, 0b01).price == pytest.approx(price)
