"""What the search found, with everything that explaining it draws on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbaudit.advise.catalog import Catalog
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found, Problem
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: A query is named as served when its cost falls by at least this share.
_SERVED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that the explanation draws on; `names` are those of the chosen indexes."""

    catalog: Catalog
    queries: Sequence[PlannedQuery]
    prices: Prices
    problem: Problem
    found: Found
    names: Mapping[IndexDefinition, str]
    refused: Mapping[IndexDefinition, str]
    budget_bytes: int | None = None

    @property
    def chosen(self) -> IndexSet:
        """The advised set."""
        return self.found.indexes

    @property
    def names_in_plans(self) -> Mapping[str, str]:
        """The chosen indexes' names by those under which what-if plans show them."""
        return {
            known: name
            for index, name in self.names.items()
            for known in self.prices.plan_names(index)
        }

    def before(self, item: Item) -> float:
        """The query's cost as things are."""
        return self.prices.cost(item, frozenset())

    def after(self, item: Item) -> float:
        """The query's cost with the advised set."""
        return self.prices.cost(item, self.chosen)

    def is_better(self, before: float, after: float) -> bool:
        """Whether the fall of a cost is worth a word."""
        return after <= (1 - _SERVED_SHARE) * before

    def served(self, index: IndexDefinition) -> list[Item]:
        """The queries whose plan uses the index and that are cheaper with the set."""
        table = index.schema, index.table
        near = (query.item for query in self.queries if table in query.item.tables)
        return [
            item
            for item in near
            if index in self.prices.used(item, self.chosen)
            and self.is_better(self.before(item), self.after(item))
        ]
