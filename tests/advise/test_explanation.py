"""What is told of advised and rejected indexes, on a planner made of a table of numbers."""

from __future__ import annotations

from dataclasses import replace

from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.advise.curve import workload_curve
from dbaudit.advise.explanation import advised_indexes
from dbaudit.advise.problem import Found
from dbaudit.advise.rejection import rejections
from tests.advise.test_curve import outcome
from tests.advise.test_search import MB, Numbers, candidate, index_on, item

TABLE = TableFacts("public", "t", 1000, 100_000, {})


def test_the_reason_is_that_of_the_queries_which_it_serves() -> None:
    costs = {"q": {(): 1000.0}, "r": {(): 1000.0, ("a",): 10.0}}
    wanted = replace(candidate("a", queries=["q", "r"]), why="a sorts", whys=(("r", "a joins"),))
    found = outcome(Numbers(costs), [item("q"), item("r")], {"a": MB}, [wanted])
    found = replace(found, catalog=Catalog({TABLE.key: TABLE}))
    assert advised_indexes(found, workload_curve(found))[0].reason.startswith("a joins")


def test_what_the_planner_refused_is_told_last() -> None:
    costs = {"q": {(): 1000.0, ("a",): 10.0, ("b",): 20.0}}
    found = outcome(Numbers(costs), [item("q")], {"a": MB}, [candidate("b", queries=["q"])])
    rival = frozenset([index_on("b")])
    told = rejections(
        replace(
            found,
            found=Found(found.found.indexes, {"q": [rival]}),
            refused={index_on("c"): "functions must be IMMUTABLE"},
        )
    )
    assert [one.reason.split(" would ")[0] for one in told] == [
        "q",
        "the planner refuses it: functions must be IMMUTABLE",
    ]


def test_a_rival_is_told_once_a_query() -> None:
    costs = {"q": {(): 1000.0, ("a",): 10.0, ("b",): 20.0, ("a", "b"): 15.0}}
    found = outcome(Numbers(costs), [item("q")], {"a": MB}, [candidate("b", queries=["q"])])
    both = frozenset([index_on("a"), index_on("b")])
    rivals = [both, frozenset([index_on("b")])]
    told = rejections(replace(found, found=Found(found.found.indexes, {"q": rivals})))
    assert len(told) == 1
