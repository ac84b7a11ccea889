"""What the planner has said of each query so far, and what follows from it without asking again.

The planner takes the cheapest plan that it finds, so more indexes make no plan dearer: an answer
bounds the cost with many other sets. With everything that it used still there, a query costs no
more than it said; with nothing there that it did not have, no less. Where both bounds meet, there
is nothing to ask.

What the planner takes for cheap may be a risk: the price of its plan, risk included, is what the
search goes by, but the plan is chosen by cost. So an index can lure a query to a dearer price.

Nor does it hold where an index that the plan does not use tells the planner of an expression: the
same plan may cost more then. So a query is asked again without such an index.

Sets are masks here: bit n stands for the n-th of `indexes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.advise.informing import informed
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: A query that gains this share by what its plan costs at worst bears the risk.
_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query costs by the planner with the indexes of `given` at hand, of which its plans use
    `used`; `price` is the cost with the plans' risk."""

    given: int
    used: int
    cost: float
    price: float


class Answers:
    """Asks for the prices of items, named by their position, under sets of indexes."""

    def __init__(
        self,
        items: Sequence[Item],
        indexes: Sequence[IndexDefinition],
        prices: Prices,
        proposed: Mapping[str, IndexSet],
        loss_weight: float = 1.0,
    ) -> None:
        self.items = tuple(items)
        self.indexes = tuple(indexes)
        self._prices = prices
        self._loss_weight = loss_weight
        self._bits = {index: 1 << number for number, index in enumerate(self.indexes)}
        self._known: list[list[Answer]] = [[] for _ in self.items]
        on_table: dict[tuple[str, str], int] = {}
        for index, bit in self._bits.items():
            table = index.schema, index.table
            on_table[table] = on_table.get(table, 0) | bit
        self.tables = on_table
        self._informing = [
            self.mask(_informing(self.indexes, proposed.get(item.name, ()))) for item in self.items
        ]
        self.reach = [sum(on_table.get(table, 0) for table in item.tables) for item in self.items]

    def mask(self, indexes: Iterable[IndexDefinition]) -> int:
        """The set as a mask."""
        return sum(self._bits[index] for index in indexes)

    def set_of(self, mask: int) -> IndexSet:
        """The mask's indexes."""
        return frozenset(self.indexes[number] for number in numbers(mask))

    def ask(self, item: int, mask: int, share: float = 0.0) -> Answer:
        """What the item costs with these indexes, or what it is known to cost within a share.

        Raises QueryError when the planner fails.
        """
        mask &= self.reach[item]
        known = self.known_within(item, mask, share)
        if known is not None:
            return known
        indexes, used = self._without_idle(item, mask)
        planned, prices = self.items[item], self._prices
        cost, price = prices.cost(planned, indexes), prices.price(planned, indexes)
        answer = Answer(mask, used, cost, price + self._slower(planned, indexes, price))
        self._known[item].append(answer)
        return answer

    def _slower(self, item: Item, indexes: IndexSet, price: float) -> float:
        """What the plan's lookups may cost more than the planner believes, as far as the query does
        not gain by the margin all the same; and its loss, where it loses, as often as that counts
        besides."""
        risk = self._prices.lookup_risk(item, indexes)
        if not risk:
            return 0.0
        before = self._prices.price_at_worst(item, frozenset())
        loss = max(0.0, price + risk - before)
        lacking = max(0.0, price + risk - (1 - _MARGIN) * before)
        return min(risk, lacking) + (self._loss_weight - 1) * loss

    def _without_idle(self, item: int, mask: int) -> tuple[IndexSet, int]:
        """The indexes without those that the plan does not use but tells from, and what it uses."""
        while True:
            indexes = self.set_of(mask)
            used = self._prices.used(self.items[item], indexes)
            idle = self.set_of(self._informing[item] & mask) - used
            if informed(idle) <= informed(used):
                return indexes, self.mask(used)
            mask &= ~self.mask(idle)

    def known_within(self, item: int, mask: int, share: float) -> Answer | None:
        """The best known answer for the indexes, where no plan is cheaper by more than a share."""
        mask &= self.reach[item]
        known = self.best(item, mask)
        if known is None or known.cost - self.least(item, mask) > share * known.cost:
            return None
        return known

    def best(self, item: int, mask: int) -> Answer | None:
        """The cheapest known answer that needs nothing beyond the mask."""
        fitting = (answer for answer in self._known[item] if not answer.used & ~mask)
        return min(fitting, key=lambda answer: answer.cost, default=None)

    def known(self, item: int) -> list[Answer]:
        """Every plan seen for the item, the cheapest first, each set of used indexes once."""
        cheapest: dict[int, Answer] = {}
        for answer in self._known[item]:
            other = cheapest.get(answer.used)
            if other is None or answer.cost < other.cost:
                cheapest[answer.used] = answer
        return sorted(cheapest.values(), key=lambda answer: (answer.cost, answer.used))

    def least(self, item: int, mask: int) -> float:
        """What the item costs at least with the mask's indexes, by what it cost with more."""
        wider = (answer.cost for answer in self._known[item] if not mask & ~answer.given)
        return max(wider, default=0.0)


def _informing(
    indexes: Iterable[IndexDefinition], proposed: Collection[IndexDefinition]
) -> Iterator[IndexDefinition]:
    """Those that tell the planner of an expression that a query has by its own candidates."""
    own = {key.text for index in proposed for key in index.keys if key.is_expression}
    for index in indexes:
        if any(text in own for _, _, text in informed([index])):
            yield index


def numbers(mask: int) -> Iterator[int]:
    """The positions of the mask's bits, the lowest first."""
    while mask:
        bit = mask & -mask
        yield bit.bit_length() - 1
        mask ^= bit
