"""The curve of cost against storage, on planners made of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.advise.catalog import Catalog
from dbaudit.advise.curve import workload_curve
from dbaudit.advise.explanation import advised_queries
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import Planner
from tests.advise.test_search import MB, Numbers, candidate, index_on, item, problem

Sizes = Mapping[str, int]


def outcome(
    planner: Planner,
    items: Sequence[Item],
    sizes: Sizes,
    candidates: Sequence[Candidate] = (),
) -> Outcome:
    """The outcome of a search that chose every index with a size."""
    chosen: IndexSet = frozenset(map(index_on, sizes))
    every = [*candidates, *(candidate(name, queries=[]) for name in sizes)]
    queries = [
        PlannedQuery(one.statements[0].variants[0].query, one, (), (), frozenset()) for one in items
    ]
    names = {index: f"{index.keys[0].text}_idx" for index in chosen}
    task = problem(items, every, sizes)
    return Outcome(Catalog({}), queries, Prices(planner), task, Found(chosen), names, {})


def order(found: Outcome) -> list[str]:
    return [str(point.index).removesuffix("_idx") for point in workload_curve(found)[1:]]


def test_the_greatest_gain_a_byte_comes_first() -> None:
    costs = {
        "q": {(): 1000, ("a",): 10},
        "r": {(): 1000, ("b",): 10},
        "s": {(): 1000, ("c",): 700},
    }
    sizes = {"a": 10 * MB, "b": MB, "c": MB}
    found = outcome(Numbers(costs), [item("q"), item("r"), item("s")], sizes)
    curve = workload_curve(found)
    assert [point.index for point in curve] == [None, "b_idx", "c_idx", "a_idx"]
    assert [point.cost for point in curve] == [3000, 2010, 1710, 720]
    assert [point.size_bytes for point in curve] == [0, MB, 2 * MB, 12 * MB]


def test_no_plan_tells_of_one_with_statistics_of_an_expression() -> None:
    """The plans without it say nothing of those with it, not even at most."""
    first, second = (
        IndexDefinition("public", table, (IndexKey("a", is_expression=True),)) for table in "tu"
    )
    there = item("r")
    there = replace(
        there, statements=(replace(there.statements[0], tables=frozenset([("public", "u")])),)
    )
    costs = {"q": {(): 1000, ("a",): 10}, "r": {(): 500, ("a",): 50}}
    found = replace(
        outcome(Numbers(costs), [item("q"), there], {}),
        found=Found(frozenset([first, second])),
        names={first: "t_idx", second: "u_idx"},
    )
    assert [found.before(query.item) for query in found.queries] == [1000, 500]
    sized = replace(found.problem, size_bytes={first: MB, second: MB})
    curve = workload_curve(replace(found, problem=sized))
    assert [point.cost for point in curve] == [1500, 510, 60]


def test_a_gain_is_what_an_index_adds_to_those_before_it() -> None:
    costs = {
        "q": {(): 1000, ("covering",): 10, ("narrow",): 20},
        "r": {(): 500, ("other",): 10},
    }
    sizes = {"covering": MB, "narrow": MB, "other": MB}
    found = outcome(Numbers(costs), [item("q"), item("r")], sizes)
    assert order(found) == ["covering", "other", "narrow"]


def test_weights_count() -> None:
    costs = {"rare": {(): 1000, ("a",): 10}, "often": {(): 100, ("b",): 10}}
    found = outcome(Numbers(costs), [item("rare"), item("often", 50)], {"a": MB, "b": MB})
    assert order(found) == ["b", "a"]
    assert workload_curve(found)[0].cost == 6000


def test_those_that_pay_only_together_follow_each_other() -> None:
    costs = {
        "small": {(): 200, ("m",): 10},
        "either": {(): 1000, ("a", "z"): 20},
    }
    sizes = {"a": MB, "m": MB, "z": MB}
    together = candidate("a", "z", queries=["either"])
    found = outcome(Numbers(costs), [item("small"), item("either")], sizes, [together])
    assert order(found) == ["a", "z", "m"]


def test_no_index_is_one_point() -> None:
    (point,) = workload_curve(outcome(Numbers({"q": {(): 1000}}), [item("q")], {}))
    assert (point.size_bytes, point.cost, point.index) == (0, 1000, None)


def test_a_curve_needs_few_plans() -> None:
    names = [f"c{number:02}" for number in range(20)]
    costs = {f"q{name}": {(): 1000.0, (name,): 10.0} for name in names}
    numbers = Numbers(costs)
    found = outcome(numbers, [item(query) for query in costs], dict.fromkeys(names, MB))
    for query in found.queries:
        found.after(query.item)
    asked = numbers.what_if_calls
    assert len(order(found)) == 20
    assert numbers.what_if_calls - asked == len(costs)


def test_indexes_that_share_a_name_are_told_apart() -> None:
    up, down = index_on("a"), IndexDefinition("public", "t", (IndexKey("a", descending=True),))
    assert up.name == down.name

    class ByDirection(Numbers):
        def plan_names(self, index: IndexDefinition) -> Collection[str]:
            return ("up",) if index == up else ("down",)

        def plan(self, query: BoundQuery, *args: Any, **more: Any) -> Mapping[str, Any]:
            indexes = frozenset(args[0])
            cost = {"q": {up: 10.0}, "r": {down: 500.0}}[query.name]
            used = [index for index in indexes if index in cost]
            scans = [{"Index Name": name} for i in used for name in self.plan_names(i)]
            return {"Total Cost": min((cost[i] for i in used), default=1000.0), "Plans": scans}

    found = outcome(ByDirection({}), [item("q"), item("r")], {"a": MB})
    both = frozenset([up, down])
    found = replace(
        found,
        problem=replace(found.problem, size_bytes=dict.fromkeys(both, MB)),
        found=Found(both),
        names={up: "up", down: "down"},
    )
    points = [(point.cost, point.index) for point in workload_curve(found)]
    assert points == [(2000, None), (1010, "up"), (510, "down")]


class Whimsical(Numbers):
    """A planner whose cost of a query is any number for any set of indexes."""

    def __init__(self, draws: Mapping[tuple[str, frozenset[str]], float]) -> None:
        super().__init__({})
        self._draws = draws

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[tuple[str, str]] = (),
    ) -> Mapping[str, Any]:
        self.what_if_calls += 1
        on = frozenset(index.keys[0].text for index in indexes)
        scans = [{"Index Name": index.name} for index in indexes]
        return {"Total Cost": self._draws[query.name, on], "Plans": scans}


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    sizes = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2**40), max_size=4))
    weights = draw(st.lists(st.floats(0.001, 1e6), max_size=3))
    subsets: list[frozenset[str]] = [frozenset()]
    for name in sizes:
        subsets += [subset | {name} for subset in subsets]
    queries = [f"q{number}" for number in range(len(weights))]
    cost = st.floats(0, 1e12, allow_nan=False)
    draws = {(query, subset): draw(cost) for query in queries for subset in subsets}
    groups = draw(st.lists(st.sampled_from(subsets[1:]), max_size=2)) if sizes else []
    items = [item(query, weight) for query, weight in zip(queries, weights, strict=True)]
    return outcome(
        Whimsical(draws), items, sizes, [candidate(*group, queries=queries) for group in groups]
    )


@given(outcomes())
def test_costs_never_rise_and_sizes_never_shrink(found: Outcome) -> None:
    curve = workload_curve(found)
    for before, after in pairwise(curve):
        assert before.cost >= after.cost
        assert before.size_bytes <= after.size_bytes


@given(outcomes())
def test_the_curve_ends_at_the_advice(found: Outcome) -> None:
    curve = workload_curve(found)
    queries = advised_queries(found)
    assert curve[-1].cost == sum(query.weight * query.cost_after for query in queries)
    assert curve[-1].size_bytes == sum(found.problem.size_bytes[i] for i in found.chosen)
    assert [point.index is None for point in curve] == [True] + [False] * len(found.chosen)
    assert {point.index for point in curve[1:]} == set(found.names.values())


@given(outcomes())
def test_the_curve_never_begins_below_the_cost_before(found: Outcome) -> None:
    before = sum(query.item.weight * found.before(query.item) for query in found.queries)
    assert workload_curve(found)[0].cost >= before


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_does_not_depend_on_that_of_the_candidates(reverse: bool) -> None:
    costs = {"q": {(): 1000, ("a",): 10, ("b",): 10}}
    sizes = dict(sorted({"a": MB, "b": MB}.items(), reverse=reverse))
    assert order(outcome(Numbers(costs), [item("q")], sizes)) == ["a", "b"]
