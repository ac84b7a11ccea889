"""The curve of workload cost against storage, so that one sees where more indexes stop paying.

It is derived from the final set: from nothing, its members come back one after another, the one
that gains most for its bytes first (lazy greedy, as in the search). It says what each of them adds
to those before it, not what the best set of a smaller budget would be.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable
from itertools import accumulate

from dbaudit.advise.advice import CurvePoint
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet
from dbaudit.advise.selection import LEAST_BYTES
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: A point in the middle of the curve may be too high by this share of a query's cost.
_NEAR = 0.05


def workload_curve(outcome: Outcome) -> tuple[CurvePoint, ...]:
    """From no index to the chosen set: the storage so far, the workload's cost, what was added."""
    order = _most_valuable_first(outcome)
    sizes = accumulate((outcome.problem.size_bytes[index] for index in order), initial=0)
    costs = _never_rising(_costs(outcome, order))
    names = (None, *(outcome.names[index] for index in order))
    return tuple(map(CurvePoint, sizes, costs, names))


def _most_valuable_first(outcome: Outcome) -> list[IndexDefinition]:
    """Gains are priced again only for what is the most promising: most shrink as others come."""
    order: list[IndexDefinition] = []
    heap = [(-_gain_a_byte(outcome, unit, order), _ddl(unit), unit) for unit in _units(outcome)]
    heapq.heapify(heap)
    while heap:
        _, ddl, unit = heapq.heappop(heap)
        if unit.issubset(order):
            continue
        key = -_gain_a_byte(outcome, unit, order), ddl
        if heap and key > heap[0][:2]:
            heapq.heappush(heap, (*key, unit))
        else:
            order += sorted(unit.difference(order), key=IndexDefinition.ddl)
    return order


def _units(outcome: Outcome) -> set[IndexSet]:
    """The chosen indexes, and the candidates among them that pay only together."""
    together = {c.indexes for c in outcome.problem.candidates if c.indexes <= outcome.chosen}
    return together | {frozenset([index]) for index in outcome.chosen}


def _ddl(unit: IndexSet) -> tuple[str, ...]:
    return tuple(sorted(map(IndexDefinition.ddl, unit)))


def _gain_a_byte(outcome: Outcome, unit: IndexSet, order: Collection[IndexDefinition]) -> float:
    before = frozenset(order)
    after = before | unit
    tables = {(index.schema, index.table) for index in unit}
    items = [q.item for q in outcome.queries if not tables.isdisjoint(q.item.tables)]
    gain = sum(
        item.weight * (_cost(outcome, item, before) - _cost(outcome, item, after)) for item in items
    )
    size = sum(outcome.problem.size_bytes[index] for index in after - before)
    return gain / max(size, LEAST_BYTES)


def _costs(outcome: Outcome, order: Iterable[IndexDefinition]) -> list[float]:
    """The weighted cost of the workload, as the advice sums it, with none, one, two … indexes."""
    items = [query.item for query in outcome.queries]
    on: IndexSet = frozenset()
    costs = [outcome.before(item) for item in items]
    sums = [_weighted(items, costs)]
    for index in order:
        on |= {index}
        table = index.schema, index.table
        costs = [
            _cost(outcome, item, on) if table in item.tables else cost
            for item, cost in zip(items, costs, strict=True)
        ]
        sums.append(_weighted(items, costs))
    return sums


def _cost(outcome: Outcome, item: Item, indexes: IndexSet) -> float:
    """The item's cost, or with a part of the set one that is known to be near it. What must be
    asked is asked from above: a plan with more of the chosen indexes that uses only these holds
    for these, and for many other sets."""
    prices, wide = outcome.prices, outcome.chosen
    if indexes and indexes != wide:
        least, most = prices.bounds(item, indexes)
        if most < math.inf and most - least <= _NEAR * most:
            return most
    while not prices.knows(item, indexes):
        excess = prices.used(item, wide) - indexes
        wide = wide - excess if excess else indexes
    return prices.cost(item, indexes)


def _weighted(items: Iterable[Item], costs: Iterable[float]) -> float:
    return sum(item.weight * cost for item, cost in zip(items, costs, strict=True))


def _never_rising(costs: list[float]) -> list[float]:
    """The costs with each that is below a later one lifted to it.

    The search counts the risk of a plan besides its cost (`Prices.price`), so that a chosen index
    may look dearer to the planner than what it replaces. The curve is flat there.
    """
    return list(accumulate(reversed(costs), max))[::-1]
