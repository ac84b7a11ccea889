"""Queries that the advised set makes slower, and what the others gain by it."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: A rise of a cost below this share is not worth a word.
_FELT = 0.01


def slower_queries(outcome: Outcome) -> Iterator[str]:
    """One line for each query that costs more with the set than as things are, all risk counted:
    by how much, and the index without which it would cost least."""
    price = outcome.prices.price_at_worst
    for query in outcome.queries:
        item = query.item
        before, after = price(item, frozenset()), price(item, outcome.chosen)
        if after > (1 + _FELT) * before:
            yield (
                f"{item.name} may become slower by {after / before - 1:.0%}, lookups counted that "
                f"the planner takes for cheap: {_why(outcome, item, after)}"
            )


def _why(outcome: Outcome, item: Item, after: float) -> str:
    used = sorted(outcome.prices.used(item, outcome.chosen), key=IndexDefinition.ddl)
    price = outcome.prices.price_at_worst
    spared = {i: after - price(item, outcome.chosen - {i}) for i in used}
    index = max(spared, key=lambda index: spared[index], default=None)
    if index is None or spared[index] <= 0:
        return f"accepted, since the set saves the others {_saved(outcome, item, frozenset()):,.0f}"
    saved = _saved(outcome, item, outcome.chosen - {index})
    lost = item.weight * spared[index]
    return (
        f"accepted, since {outcome.names[index]} saves the others {saved:,.0f} ("
        f"{saved / lost:,.1f} times what it costs this one)"
    )


def _saved(outcome: Outcome, item: Item, without: IndexSet) -> float:
    """Weighted units that the chosen set saves the other queries, beside one without an index."""
    price = outcome.prices.price_at_worst
    others = (query.item for query in outcome.queries if query.item is not item)
    return sum(
        other.weight * (price(other, without) - price(other, outcome.chosen)) for other in others
    )
