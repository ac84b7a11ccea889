"""How the search moves, on a planner made of a table of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found, Problem, SearchOptions
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.search import search
from dbaudit.advise.workload import Item, Statement
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery, Query

MB = 1024 * 1024


class Numbers:
    """A planner: for each query, costs by the names of the indexes that a plan uses."""

    kind, version = "numbers", "0"

    def __init__(self, costs: Mapping[str, Mapping[tuple[str, ...], float]]) -> None:
        self._costs = costs
        self.what_if_calls = 0

    def prepare(self, candidates: Sequence[IndexDefinition]) -> Mapping[IndexDefinition, str]:
        return {}

    def size_bytes(self, index: IndexDefinition) -> int:
        return MB

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        return (index.name,)

    def not_covered(self, query: BoundQuery) -> str | None:
        return None

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[tuple[str, str]] = (),
    ) -> Mapping[str, Any]:
        self.what_if_calls += 1
        on = {index.keys[0].text for index in indexes}
        usable = {use: cost for use, cost in self._costs[query.name].items() if on >= set(use)}
        best = min(usable, key=lambda use: usable[use])
        scans = [{"Node Type": "Index Scan", "Index Name": index_on(name).name} for name in best]
        return {"Node Type": "Append", "Total Cost": usable[best], "Plans": scans}


def index_on(column: str) -> IndexDefinition:
    return IndexDefinition("public", "t", (IndexKey(column),))


def item(name: str, weight: float = 1.0) -> Item:
    bound = BoundQuery(Query(name, name, name), name)
    return Item(name, weight, (Statement((bound,), frozenset([("public", "t")])),))


def candidate(*columns: str, queries: Collection[str]) -> Candidate:
    return Candidate(frozenset(map(index_on, columns)), "", frozenset(queries))


def no_writes(_indexes: IndexSet) -> float:
    return 0.0


def problem(
    items: Sequence[Item], candidates: Sequence[Candidate], sizes: Mapping[str, int] | None = None
) -> Problem:
    known = sizes or {}
    size_bytes = {i: known.get(i.keys[0].text, MB) for c in candidates for i in c.indexes}
    return Problem(items, candidates, size_bytes, no_writes, lambda _indexes, _items: None)


def columns(found: Found) -> set[str]:
    return {index.keys[0].text for index in found.indexes}


def test_what_pays_is_chosen_and_what_does_not_is_told() -> None:
    prices = Prices(Numbers({"q": {(): 1000, ("a",): 10}, "r": {(): 1000, ("b",): 950}}))
    tried = [candidate("a", queries=["q"]), candidate("b", queries=["r"])]
    found = search(problem([item("q"), item("r")], tried), prices, SearchOptions())
    assert columns(found) == {"a"}
    assert "would fall from 1000.0 to 950.0 only" in found.useless[tried[1]]


def test_a_small_absolute_gain_is_none() -> None:
    prices = Prices(Numbers({"q": {(): 20, ("a",): 1}}))
    found = search(problem([item("q")], [candidate("a", queries=["q"])]), prices, SearchOptions())
    assert columns(found) == set()


@pytest.mark.parametrize(("cost", "is_chosen"), [(900, False), (5000, True)])
def test_refining_an_existing_index_must_spare_milliseconds(cost: float, is_chosen: bool) -> None:
    prices = Prices(Numbers({"q": {(): cost, ("a",): 10}}))
    wider = replace(candidate("a", queries=["q"]), refines=True)
    found = search(problem([item("q")], [wider]), prices, SearchOptions())
    assert (columns(found) == {"a"}) is is_chosen


def test_the_budget_goes_to_the_best_gain_a_byte() -> None:
    costs = {"q": {(): 1000, ("a",): 10, ("b",): 200}, "r": {(): 1000, ("c",): 300}}
    tried = [candidate(name, queries=["q", "r"]) for name in "abc"]
    task = problem([item("q"), item("r")], tried, {"a": 10 * MB})
    found = search(task, Prices(Numbers(costs)), SearchOptions(budget_bytes=3 * MB))
    assert columns(found) == {"b", "c"}
    assert "are more than the budget of 3072 kB" in found.barred[tried[0]]


def test_a_wider_index_takes_the_place_of_two() -> None:
    costs = {
        "q": {(): 1000, ("a",): 10, ("ab",): 12},
        "r": {(): 1000, ("b",): 10, ("ab",): 12},
    }
    tried = [candidate("a", queries=["q"]), candidate("b", queries=["r"])]
    tried.append(candidate("ab", queries=["q", "r"]))
    found = search(problem([item("q"), item("r")], tried), Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {"ab"}


def test_a_member_that_others_made_needless_leaves() -> None:
    costs = {"q": {(): 1000, ("small",): 400, ("large",): 10}}
    tried = [candidate("small", queries=["q"]), candidate("large", queries=["q"])]
    task = problem([item("q")], tried, {"small": MB // 4, "large": 4 * MB})
    found = search(task, Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {"large"}
    assert [set(a) for a in found.alternatives["q"]] == [{index_on("small")}]


def test_indexes_that_pay_only_together_come_together() -> None:
    costs = {"q": {(): 1000, ("a", "b"): 20}}
    tried = [candidate("a", "b", queries=["q"]), candidate("a", queries=["q"])]
    found = search(problem([item("q")], tried), Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {"a", "b"}


def test_writes_can_outweigh_a_gain() -> None:
    prices = Prices(Numbers({"q": {(): 1000, ("a",): 10}}))
    task = Problem(
        [item("q")],
        [candidate("a", queries=["q"])],
        {index_on("a"): MB},
        lambda indexes: 5000.0 * len(indexes),
        lambda _indexes, _items: None,
    )
    assert columns(search(task, prices, SearchOptions())) == set()


def test_where_every_index_is_a_risk_none_takes_the_place_of_a_smaller_one() -> None:
    costs = {
        "guess": {(): 5000, ("a",): 10, ("b",): 10},
        "sure": {(): 5000, ("a",): 10.01, ("b",): 10},
    }
    tried = [candidate(name, queries=["guess", "sure"]) for name in "ab"]
    task = problem([item("guess"), item("sure")], tried, {"b": 2 * MB})
    prices = Prices(Numbers(costs), lambda plan, _on: 250.0 if len(plan["Plans"]) else 0.0)
    assert columns(search(task, prices, SearchOptions())) == {"a"}


def test_weights_decide_who_is_served_first() -> None:
    costs = {"rare": {(): 1000, ("a",): 10}, "often": {(): 500, ("b",): 10}}
    tried = [candidate("a", queries=["rare"]), candidate("b", queries=["often"])]
    task = problem([item("rare"), item("often", 50)], tried)
    found = search(task, Prices(Numbers(costs)), SearchOptions(budget_bytes=MB))
    assert columns(found) == {"b"}


@pytest.mark.parametrize("limit", [0.0, None])
def test_at_the_time_limit_the_best_so_far_is_given(limit: float | None) -> None:
    prices = Prices(Numbers({"q": {(): 1000, ("a",): 10}}))
    task = problem([item("q")], [candidate("a", queries=["q"])])
    found = search(task, prices, SearchOptions(max_seconds=limit))
    assert found.was_cut_short is (limit is not None)
    assert columns(found) == (set() if limit is not None else {"a"})


def test_an_index_that_a_plan_does_not_use_needs_no_new_plan() -> None:
    numbers = Numbers({"q": {(): 1000, ("a",): 10}})
    prices, query = Prices(numbers), item("q")
    both = frozenset([index_on("a"), index_on("b")])
    assert prices.cost(query, both) == 10
    assert prices.cost(query, frozenset([index_on("a")])) == 10
    assert numbers.what_if_calls == 1
    assert prices.cost(query, frozenset([index_on("b")])) == 1000
    assert numbers.what_if_calls == 2


def test_indexes_on_other_tables_need_no_new_plan() -> None:
    numbers = Numbers({"q": {(): 1000}})
    prices = Prices(numbers)
    elsewhere = IndexDefinition("public", "other", (IndexKey("a"),))
    assert prices.cost(item("q"), frozenset()) == prices.cost(item("q"), frozenset([elsewhere]))
    assert numbers.what_if_calls == 1


def test_an_index_of_a_partition_is_known_for_its_parents() -> None:
    class Partitioned(Numbers):
        def plan_names(self, index: IndexDefinition) -> Collection[str]:
            return (index.name, f"partition of {index.name}")

        def plan(self, query: BoundQuery, *args: Any, **more: Any) -> Mapping[str, Any]:
            plan = super().plan(query, *args, **more)
            scans = [
                {**scan, "Index Name": f"partition of {scan['Index Name']}"}
                for scan in plan["Plans"]
            ]
            return {**plan, "Plans": scans}

    prices = Prices(Partitioned({"q": {(): 1000, ("a",): 10}}))
    both = frozenset([index_on("a"), index_on("b")])
    assert prices.used(item("q"), both) == {index_on("a")}


def test_a_larger_rival_must_pay_as_an_index_does() -> None:
    costs = {"q": {(): 1000, ("a",): 8, ("covering",): 4}}
    tried = [candidate("a", queries=["q"]), candidate("covering", queries=["q"])]
    task = problem([item("q", 100)], tried, {"covering": 4 * MB})
    found = search(task, Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {"a"}


def test_one_query_that_needs_an_index_is_enough_to_keep_it() -> None:
    """Each of them uses it; with the first answer it is plain that it stays."""
    names = [f"q{number}" for number in range(20)]
    numbers = Numbers({name: {(): 900, ("a",): 10, ("a", "b"): 5} for name in names})
    tried = [candidate("a", queries=names), candidate("b", queries=names)]
    task = problem([item(name) for name in names], tried)
    found = search(task, Prices(numbers), SearchOptions())
    assert columns(found) == {"a", "b"}
    assert numbers.what_if_calls < 3.5 * len(names)


def test_an_index_that_lures_a_query_to_a_risky_plan_is_left() -> None:
    """The order pays for one query, but the other one would read it from end to end."""
    costs = {
        "latest": {(): 1000, ("order",): 10},
        "found": {(): 9000, ("words",): 500, ("order",): 100},
    }

    def risk(plan: Mapping[str, Any], _indexes: IndexSet) -> float:
        return 1e6 if plan["Total Cost"] == 100 else 0.0

    tried = [
        candidate("order", queries=["latest", "found"]),
        candidate("words", queries=["found"]),
    ]
    task = problem([item("latest"), item("found")], tried)
    found = search(task, Prices(Numbers(costs), risk), SearchOptions())
    assert columns(found) == {"words"}


def test_an_index_that_lures_gives_way_to_one_that_serves_all_as_well() -> None:
    """The planner takes both orders of keys for alike, and the wrong one of two."""
    costs: dict[str, dict[tuple[str, ...], float]] = {
        "both": {(): 1000, ("scalar first",): 8, ("range first",): 8},
        "range": {(): 1000, ("scalar first",): 5, ("range first",): 5.01},
    }

    def risk(plan: Mapping[str, Any], _indexes: IndexSet) -> float:
        return 400.0 if plan["Total Cost"] == 5 else 0.0

    tried = [
        candidate("scalar first", queries=["both"]),
        candidate("range first", queries=["both", "range"]),
    ]
    task = problem([item("both"), item("range")], tried)
    found = search(task, Prices(Numbers(costs), risk), SearchOptions())
    assert columns(found) == {"range first"}


@pytest.mark.parametrize(("guesses", "taken"), [(True, "b"), (False, "a")])
def test_where_the_planner_guesses_the_more_direct_one_is_taken(guesses: bool, taken: str) -> None:
    costs = {"q": {(): 1000, ("a",): 10, ("b",): 10}}
    tried = [
        Candidate(frozenset([index_on("a")]), "", frozenset(["q"]), rank=1),
        Candidate(frozenset([index_on("b")]), "", frozenset(["q"]), rank=0),
    ]
    task = replace(problem([item("q")], tried), guessed=[index_on("a")] if guesses else [])
    found = search(task, Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {taken}


@pytest.mark.parametrize(("cost", "taken"), [(12.0, {"ab"}), (200.0, {"a"})])
def test_what_serves_a_query_in_full_is_preferred_for_next_to_nothing(
    cost: float, taken: set[str]
) -> None:
    narrow = IndexDefinition("public", "t", (IndexKey("a"),))
    wide = IndexDefinition("public", "t", (IndexKey("a"), IndexKey("b")))

    class Prefixes(Numbers):
        def plan(self, query: BoundQuery, *args: Any, **more: Any) -> Mapping[str, Any]:
            self.what_if_calls += 1
            prices = {narrow: 10.0, wide: cost}
            best = min((i for i in args[0] if i in prices), key=lambda i: prices[i], default=None)
            scans = [{"Index Name": best.name}] if best else []
            return {"Total Cost": prices[best] if best else 1000.0, "Plans": scans}

    queries = frozenset(["q"])
    tried = [
        Candidate(frozenset([narrow]), "", queries, rank=1),
        Candidate(frozenset([wide]), "", queries, direct=queries),
    ]
    sizes = {narrow: MB, wide: 4 * MB}
    task = Problem([item("q")], tried, sizes, no_writes, lambda _indexes, _items: None)
    found = search(task, Prices(Prefixes({})), SearchOptions())
    assert {"".join(key.text for key in index.keys) for index in found.indexes} == taken


def test_mergers_of_the_same_members_are_one_question() -> None:
    """Whether any of ten wider indexes could replace two is asked once a query, and not each."""
    wide = [f"wide{number}" for number in range(10)]
    costs: dict[str, dict[tuple[str, ...], float]] = {
        "q": {(): 1000, ("a",): 10, **dict.fromkeys([(name,) for name in wide], 500.0)},
        "r": {(): 1000, ("b",): 10, **dict.fromkeys([(name,) for name in wide], 500.0)},
    }
    numbers = Numbers(costs)
    tried = [candidate("a", queries=["q"]), candidate("b", queries=["r"])]
    tried += [candidate(name, queries=["q", "r"]) for name in wide]
    found = search(problem([item("q"), item("r")], tried), Prices(numbers), SearchOptions())
    assert columns(found) == {"a", "b"}
    assert numbers.what_if_calls <= 10


def test_what_one_query_loses_does_not_outweigh_by_its_share_what_another_saves() -> None:
    """q is lured by an index that r cannot do without."""
    costs = {"q": {(): 1_000, ("a",): 900}, "r": {(): 1_000_000, ("a",): 10}}

    def risk(plan: Mapping[str, Any], _indexes: IndexSet) -> float:
        return 9_000.0 if plan["Total Cost"] == 900 else 0.0

    prices = Prices(Numbers(costs), lookup_risk=risk)
    found = search(
        problem([item("q"), item("r")], [candidate("a", queries=["q", "r"])]),
        prices,
        SearchOptions(),
    )
    assert columns(found) == {"a"}


@pytest.mark.parametrize(("loss_weight", "expected"), [(1, {"a"}), (10, set())])
def test_an_index_that_slows_a_query_down_must_save_others_more(
    loss_weight: float, expected: set[str]
) -> None:
    costs = {"q": {(): 10_000, ("a",): 9_000}, "r": {(): 20_000, ("a",): 10_000}}

    def risk(plan: Mapping[str, Any], _indexes: IndexSet) -> float:
        return 3_000.0 if plan["Total Cost"] == 9_000 else 0.0

    task = problem([item("q"), item("r")], [candidate("a", queries=["q", "r"])])
    prices = Prices(Numbers(costs), lookup_risk=risk)
    assert columns(search(task, prices, SearchOptions(loss_weight=loss_weight))) == expected
