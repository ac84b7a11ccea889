"""What the advice says of queries that it makes slower."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaudit.advise.catalog import Catalog
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found
from dbaudit.advise.slower import slower_queries
from tests.advise.test_search import Numbers, candidate, index_on, item, problem

COSTS = {
    "q": {(): 1_000, ("a",): 900},
    "r": {(): 100_000, ("a",): 10},
    "s": {(): 1_000, ("b",): 10},
}


def told(risk_of_q: float) -> list[str]:
    """The lines for a set of both indexes, where the lookups of q by `a` are a risk."""

    def risk(plan: Mapping[str, Any], _indexes: IndexSet) -> float:
        return risk_of_q if plan["Total Cost"] == 900 else 0.0

    items = [item("q", weight=2.0), item("r"), item("s")]
    queries = [
        PlannedQuery(i.statements[0].variants[0].query, i, (), (), frozenset()) for i in items
    ]
    names = {index_on(column): f"ix_{column}" for column in "ab"}
    task = problem(items, [candidate(column, queries=["q", "r", "s"]) for column in "ab"])
    prices = Prices(Numbers(COSTS), lookup_risk=risk)
    outcome = Outcome(Catalog({}), queries, prices, task, Found(frozenset(names)), names, {})
    return list(slower_queries(outcome))


def test_a_query_that_loses_is_named_with_the_index_and_what_others_gain_by_it() -> None:
    (line,) = told(risk_of_q=600)
    assert line == (
        "q may become slower by 50%, lookups counted that the planner takes for cheap: "
        "accepted, since ix_a saves the others 99,990 (100.0 times what it costs this one)"
    )


def test_a_query_that_gains_at_worst_is_not() -> None:
    assert told(risk_of_q=50) == []
