"""What queries cost under a set of indexes: the planner is asked each question once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from dbaudit.advise.failures import plan_without_failures
from dbaudit.advise.informing import Informed, informed
from dbaudit.advise.workload import Item, Statement
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner

#: A set of candidates that are switched on together.
IndexSet = frozenset[IndexDefinition]

#: Planner units that a plan, made with the set, may cost more than the planner believes.
Risk = Callable[[PlanJson, IndexSet], float]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A plan that was made with `given` on and uses `used` of it; of the expressions `known` the
    planner had statistics."""

    given: IndexSet
    used: IndexSet
    known: frozenset[Informed]
    plan: PlanJson

    def holds_for(self, indexes: IndexSet, known: frozenset[Informed]) -> bool:
        """Whether the plan stays the best: all that it uses is there, nothing new, and the planner
        knows as much."""
        return self.used <= indexes <= self.given and self.known == known


class Prices:
    """Costs in planner units, remembered by statement and the indexes on its tables.

    An index that a plan did not use can go without changing the plan, so one answer holds for many
    sets, but where the planner had statistics of an expression by it. `risk` is what a plan may
    cost more than the planner believes, `lookup_risk` what its lookups in nested loops may besides.
    """

    def __init__(
        self,
        planner: Planner,
        risk: Risk = lambda _plan, _indexes: 0.0,
        lookup_risk: Risk = lambda _plan, _indexes: 0.0,
    ) -> None:
        self._planner = planner
        self._risk, self._lookup_risk = risk, lookup_risk
        self.failed: dict[IndexDefinition, str] = {}
        self._by_name: dict[str, IndexDefinition] = {}
        self._named: set[IndexDefinition] = set()
        self._answers: defaultdict[BoundQueryKey, list[_Answer]] = defaultdict(list)

    def cost(self, item: Item, indexes: IndexSet) -> float:
        """The cost of one execution: each statement's mean over variants, times its executions."""
        return sum(s.times * self._mean(s, indexes) for s in item.statements)

    def price(self, item: Item, indexes: IndexSet) -> float:
        """The cost with `risk` of each plan added: what the search goes by."""
        return self.cost(item, indexes) + self._total_risk(self._risk, item, indexes)

    def lookup_risk(self, item: Item, indexes: IndexSet) -> float:
        """What the lookups in nested loops may cost besides."""
        return self._total_risk(self._lookup_risk, item, indexes)

    def price_at_worst(self, item: Item, indexes: IndexSet) -> float:
        """The price with all that the lookups in nested loops may cost besides."""
        return self.price(item, indexes) + self.lookup_risk(item, indexes)

    def variant_costs(self, item: Item, indexes: IndexSet) -> dict[str, float]:
        """The cost of the query's own statement by variant."""
        own = item.statements[0]
        return {
            variant.variant: _total(self.plan(own, variant, indexes)) for variant in own.variants
        }

    def plan(self, statement: Statement, variant: BoundQuery, indexes: IndexSet) -> PlanJson:
        """The plan of one variant with these indexes; those on other tables do not matter."""
        relevant = _on_tables(indexes, statement)
        known = self._known(variant, relevant)
        if known is not None:
            return known
        ordered = sorted(relevant, key=IndexDefinition.ddl)
        plan = plan_without_failures(self._planner, variant, ordered, self.failed)
        self._answers[_key(variant)].append(self._answer(relevant, plan))
        return plan

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        """The names under which a candidate stands in plans."""
        return self._planner.plan_names(index)

    def learn(self, variant: BoundQuery, plan: PlanJson) -> None:
        """Remember the plan of a variant without candidates."""
        nothing: IndexSet = frozenset()
        self._answers[_key(variant)].append(self._answer(nothing, plan))

    def knows(self, item: Item, indexes: IndexSet) -> bool:
        """Whether the item's cost can be told without asking the planner."""
        return all(
            self._known(variant, _on_tables(indexes, statement)) is not None
            for statement in item.statements
            for variant in statement.variants
        )

    def bounds(self, item: Item, indexes: IndexSet) -> tuple[float, float]:
        """What the item's cost is at least and at most by the plans seen so far: more indexes make
        no plan dearer."""
        least = most = 0.0
        for statement in item.statements:
            relevant, share = (
                _on_tables(indexes, statement),
                statement.times / len(statement.variants),
            )
            for variant in statement.variants:
                known = informed(relevant)
                answers = [a for a in self._answers[_key(variant)] if a.known == known]
                wider = [_total(a.plan) for a in answers if relevant <= a.given]
                fitting = [_total(a.plan) for a in answers if a.used <= relevant]
                least += share * max(wider, default=0.0)
                most += share * min(fitting, default=math.inf)
        return least, most

    def _known(self, variant: BoundQuery, relevant: IndexSet) -> PlanJson | None:
        answers, known = self._answers[_key(variant)], informed(relevant)
        return next((a.plan for a in answers if a.holds_for(relevant, known)), None)

    def used(self, item: Item, indexes: IndexSet) -> IndexSet:
        """Those of the indexes that stand in a plan of the item."""
        found: IndexSet = frozenset()
        for statement in item.statements:
            on_tables = _on_tables(indexes, statement)
            for variant in statement.variants:
                found |= self._used(self.plan(statement, variant, indexes), on_tables)
        return found

    def _answer(self, given: IndexSet, plan: PlanJson) -> _Answer:
        return _Answer(given, self._used(plan, given), informed(given), plan)

    def _mean(self, statement: Statement, indexes: IndexSet) -> float:
        costs = [_total(self.plan(statement, variant, indexes)) for variant in statement.variants]
        return sum(costs) / len(costs)

    def _total_risk(self, risk: Risk, item: Item, indexes: IndexSet) -> float:
        total = 0.0
        for statement in item.statements:
            plans = [self.plan(statement, variant, indexes) for variant in statement.variants]
            total += statement.times * sum(risk(plan, indexes) for plan in plans) / len(plans)
        return total

    def _used(self, plan: PlanJson, given: IndexSet) -> IndexSet:
        for index in given - self._named:
            self._by_name.update(dict.fromkeys(self._planner.plan_names(index), index))
            self._named.add(index)
        found = (self._by_name.get(name) for name in _index_names(plan))
        return frozenset(index for index in found if index in given)


#: Two variants are the same question when text, role and settings are.
BoundQueryKey = tuple[str, str | None, tuple[tuple[str, str], ...], bool]


def _key(query: BoundQuery) -> BoundQueryKey:
    settings = tuple(sorted(query.query.settings.items()))
    return query.sql, query.query.role, settings, query.is_generic


def _on_tables(indexes: IndexSet, statement: Statement) -> IndexSet:
    """Those that may change the statement's plan."""
    return frozenset(i for i in indexes if (i.schema, i.table) in statement.tables)


def _total(plan: PlanJson) -> float:
    return float(plan["Total Cost"])


def _index_names(node: PlanJson) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _index_names(child)
