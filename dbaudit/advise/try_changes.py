"""Indexes and drops that somebody else proposes, tried on the workload by a what-if planner."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.advice import NotCovered
from dbaudit.advise.advisor import planned_queries
from dbaudit.advise.catalog import Catalog, TableName
from dbaudit.advise.failures import cost_without
from dbaudit.advise.items import PlannedQuery, split_covered
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.workload import Statement
from dbaudit.errors import QueryError, ShadowError
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner
from dbaudit.snapshot.snapshot import Snapshot

#: The planner's guess alone decides between paths that cost the same but for this share.
_LEAST_CHANGE = 0.01


@dataclass(frozen=True, slots=True)
class Effect:
    """What a query costs before and after a change."""

    query: str
    cost_before: float
    cost_after: float

    @property
    def factor(self) -> float:
        """cost_after / cost_before."""
        return self.cost_after / self.cost_before if self.cost_before > 0 else 1.0


@dataclass(frozen=True, slots=True)
class TriedIndex:
    """What a new index does. `used` are the queries in whose plan it stands, best gain first;
    `possible` those that could use it were there no other way to the table's rows.

    `reason` says why it could not be tried.
    """

    size_bytes: int | None = None
    used: tuple[Effect, ...] = ()
    possible: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """`losses` are by the (schema, name) of each dropped index, the worst first; `readers` are the
    queries that read each table. `unpriced` says why no drop could be priced.
    """

    tried: Mapping[IndexDefinition, TriedIndex]
    losses: Mapping[TableName, tuple[Effect, ...]]
    readers: Mapping[TableName, tuple[str, ...]]
    not_covered: tuple[NotCovered, ...] = ()
    unpriced: str | None = None


def try_changes(
    snapshot: Snapshot,
    queries: Sequence[Sequence[BoundQuery]],
    planner: Planner,
    new: Collection[IndexDefinition],
    dropped: Sequence[tuple[TableName, str]],
) -> Trial:
    """Try each new index alone and all together, then each drop with the new ones in place.

    `dropped` are (table, index). The planner must have the tables of the queries.
    """
    catalog = read_catalog(snapshot)
    prices = Prices(planner)
    covered, missed = split_covered(queries, planner)
    found = planned_queries(snapshot, covered, catalog, planner, prices)
    planned = [_with_partitions(query, catalog) for query in found]
    readers = _readers(planned)
    wanted = sorted((i for i in new if (i.schema, i.table) in readers), key=IndexDefinition.ddl)
    refused = dict(planner.prepare(wanted)) if wanted else {}
    usable = frozenset(wanted) - refused.keys()
    gone = tuple((table[0], index) for table, index in dropped)
    trial = _Trial(catalog, planned, prices, planner, usable, gone)
    tried = {index: trial.index(index, refused) for index in new}
    try:
        losses, unpriced = trial.losses(dropped), None
    except ShadowError as error:  # a HypoPG that cannot hide indexes
        losses, unpriced = {}, str(error)
    return Trial(tried, losses, readers, tuple(missed), unpriced)


def _readers(planned: Sequence[PlannedQuery]) -> dict[TableName, tuple[str, ...]]:
    found: dict[TableName, dict[str, None]] = {}
    for query in planned:
        for table in query.item.tables:
            found.setdefault(table, {})[query.item.name] = None
    return {table: tuple(names) for table, names in found.items()}


def _with_partitions(query: PlannedQuery, catalog: Catalog) -> PlannedQuery:
    """The query with every partition of its tables among them: an index may be on one alone."""
    statements = []
    for statement in query.item.statements:
        partitions = catalog.partition_parents
        more = (name for name in partitions if catalog.root(name) in statement.tables)
        statements.append(replace(statement, tables=statement.tables.union(more)))
    return replace(query, item=replace(query.item, statements=tuple(statements)))


@dataclass(frozen=True, slots=True)
class _Trial:
    catalog: Catalog
    planned: Sequence[PlannedQuery]
    prices: Prices
    planner: Planner
    usable: IndexSet
    dropped: tuple[TableName, ...]

    def index(self, index: IndexDefinition, refused: Mapping[IndexDefinition, str]) -> TriedIndex:
        if index in refused:
            return TriedIndex(reason=refused[index])
        if index not in self.usable:
            return TriedIndex()
        used = tuple(sorted(self._used(index), key=lambda effect: effect.factor))
        known = {effect.query for effect in used}
        possible = (name for name in self._possible(index) if name not in known)
        return TriedIndex(self.planner.size_bytes(index), used, tuple(possible))

    def _used(self, index: IndexDefinition) -> Iterator[Effect]:
        alone = frozenset([index])
        for query in self.planned:
            item = query.item
            if (index.schema, index.table) not in item.tables:
                continue
            before = self.prices.cost(item, frozenset())
            if index in self.prices.used(item, alone):
                yield Effect(item.name, before, self.prices.cost(item, alone))
            elif index in self.prices.used(item, self.usable):
                yield Effect(item.name, before, self.prices.cost(item, self.usable))
            elif self.dropped and (effect := self._used_instead(query, index)) is not None:
                yield effect

    def _used_instead(self, query: PlannedQuery, index: IndexDefinition) -> Effect | None:
        """What the index spares a query once the dropped ones are gone, if it is used then."""
        names = frozenset(self.planner.plan_names(index))
        table = (index.schema, index.table)
        ordered = sorted(self.usable - self.prices.failed.keys(), key=IndexDefinition.ddl)
        others = [other for other in ordered if other != index]
        for statement in query.item.statements:
            for variant in statement.variants if table in statement.tables else ():
                try:
                    plan = self.planner.plan(variant, ordered, self.dropped)
                except (QueryError, ShadowError):  # several together, or nothing can be hidden
                    continue
                if not names.isdisjoint(_index_names(plan)):
                    without = cost_without(self.planner, variant, others, self.dropped)
                    return Effect(query.item.name, without, float(plan["Total Cost"]))
        return None

    def _possible(self, index: IndexDefinition) -> Iterator[str]:
        table = (index.schema, index.table)
        facts = self.catalog.tables.get(table)
        hidden = [(table[0], other.name) for other in facts.indexes] if facts else []
        names = frozenset(self.planner.plan_names(index))
        for query in self.planned:
            for statement in query.item.statements:
                if table in statement.tables and self._can_use(statement, index, hidden, names):
                    yield query.item.name
                    break

    def _can_use(
        self,
        statement: Statement,
        index: IndexDefinition,
        hidden: Sequence[tuple[str, str]],
        names: frozenset[str],
    ) -> bool:
        for variant in statement.variants:
            try:
                plan = self._forced(_without_seq_scan(variant), index, hidden)
            except QueryError:  # the same query without a setting was planned
                continue
            if not names.isdisjoint(_index_names(plan)):
                return True
        return False

    def _forced(
        self, variant: BoundQuery, index: IndexDefinition, hidden: Sequence[tuple[str, str]]
    ) -> PlanJson:
        """The plan with this index, and without others where the planner can hide those."""
        try:
            return self.planner.plan(variant, [index], hidden)
        except ShadowError:
            return self.planner.plan(variant, [index])

    def losses(
        self, dropped: Sequence[tuple[TableName, str]]
    ) -> dict[TableName, tuple[Effect, ...]]:
        """Each drop is priced on top of those before it: of two that stand in for each other the
        second one is missed."""
        hidden: list[TableName] = []
        found = {}
        for table, index in dropped:
            name = (table[0], index)
            losses = list(self._losses(table, list(hidden), [*hidden, name]))
            found[name] = tuple(sorted(losses, key=lambda effect: -effect.factor))
            hidden.append(name)
        return found

    def _losses(
        self, table: TableName, before: Sequence[TableName], after: Sequence[TableName]
    ) -> Iterator[Effect]:
        indexes = sorted(
            (i for i in self.usable if i not in self.prices.failed), key=IndexDefinition.ddl
        )
        for query in self.planned:
            worst = None
            for statement in query.item.statements:
                if table not in statement.tables:
                    continue
                for variant in statement.variants:
                    kept = cost_without(self.planner, variant, indexes, before)
                    without = cost_without(self.planner, variant, indexes, after)
                    effect = Effect(query.item.name, kept, without)
                    is_worse = without > kept * (1 + _LEAST_CHANGE) and not math.isinf(without)
                    if is_worse and (worst is None or effect.factor > worst.factor):
                        worst = effect
            if worst is not None:
                yield worst


def _without_seq_scan(variant: BoundQuery) -> BoundQuery:
    """The planner then takes an index wherever one can be used at all."""
    settings = {**variant.query.settings, "enable_seqscan": "off"}
    return replace(variant, query=replace(variant.query, settings=settings))


def _index_names(node: PlanJson) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _index_names(child)
