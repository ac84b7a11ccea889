"""The advised indexes and queries: for each index whom it serves, and why it looks so."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.advise.advice import AdvisedIndex, AdvisedQuery, CurvePoint, PartitionTable, Served
from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.advise.confidence import confidence
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item
from dbaudit.advise.write_cost import insert_price
from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.plan_names import renamed

#: Reasons that are told of an index which several queries want for different ones.
_MAX_WHYS = 2


def advised_queries(outcome: Outcome) -> tuple[AdvisedQuery, ...]:
    """Every planned query; the plans are those of its costliest variant."""
    return tuple(_advised_query(query, outcome) for query in outcome.queries)


def _advised_query(query: PlannedQuery, outcome: Outcome) -> AdvisedQuery:
    own, prices = query.item.statements[0], outcome.prices
    plans = [prices.plan(own, variant, frozenset()) for variant in own.variants]
    costliest = max(range(len(plans)), key=lambda n: float(plans[n]["Total Cost"]))
    after = prices.plan(own, own.variants[costliest], outcome.chosen)
    return AdvisedQuery(
        name=query.item.name,
        weight=query.item.weight,
        cost_before=outcome.before(query.item),
        cost_after=outcome.after(query.item),
        plan_before=plans[costliest],
        plan_after=renamed(after, outcome.names_in_plans),
    )


def advised_indexes(outcome: Outcome, curve: Sequence[CurvePoint]) -> tuple[AdvisedIndex, ...]:
    """The chosen indexes in the order of the curve: the one that saves most a byte first."""
    indexes = {name: index for index, name in outcome.names.items()}
    order = [indexes[point.index] for point in curve if point.index is not None]
    return tuple(_advised_index(index, outcome.served(index), outcome) for index in order)


def _advised_index(
    index: IndexDefinition, served: Sequence[Item], outcome: Outcome
) -> AdvisedIndex:
    name = outcome.names[index]
    table = outcome.catalog.tables[index.schema, index.table]
    return AdvisedIndex(
        name=name,
        schema=index.schema,
        table=index.table,
        method=index.method,
        ddl=index.ddl(name),
        undo_ddl=index.undo_ddl(name),
        size_bytes=outcome.problem.size_bytes[index],
        confidence=confidence(index, table, served),
        serves=tuple(
            Served(item.name, outcome.before(item), outcome.after(item)) for item in served
        ),
        reason=_reason(index, served, outcome),
        partitions=_partitions(table, outcome.catalog),
    )


def _partitions(table: TableFacts, catalog: Catalog) -> tuple[PartitionTable, ...] | None:
    if not table.is_partitioned:
        return None
    return tuple(
        PartitionTable(*name, *catalog.partition_parents[name], catalog.tables[name].is_partitioned)
        for name in catalog.partitions(table.key)
    )


def _reason(index: IndexDefinition, served: Sequence[Item], outcome: Outcome) -> str:
    known = [c for c in outcome.problem.candidates if index in c.indexes]
    alone = [c for c in known if len(c.indexes) == 1] or known
    words = _whys(alone[0], served) if alone else []
    words += [words_ for item in served if (words_ := _one_sided(item, outcome))]
    words.append(_write_price(index, served, outcome))
    words.append(_partitioned_build(index, outcome.catalog))
    return "; ".join(word for word in words if word)


def _whys(candidate: Candidate, served: Sequence[Item]) -> list[str]:
    """Why it looks so for the queries that it serves."""
    asked = [item.name for item in served if item.name in candidate.queries]
    return list(dict.fromkeys(map(candidate.why_for, asked)))[:_MAX_WHYS] or [candidate.why]


def _partitioned_build(index: IndexDefinition, catalog: Catalog) -> str:
    """Said where the DDL cannot be pasted into psql."""
    table = catalog.table_of(index)
    if not table.is_partitioned:
        return ""
    return (
        "only dbaudit apply and render build it concurrently: they go through its partitions "
        f"({catalog.leaves(table)})"
    )


def _write_price(index: IndexDefinition, served: Sequence[Item], outcome: Outcome) -> str:
    """What the index costs each write, and for how many of the calls, where that is much."""
    price = insert_price(index, outcome.catalog.tables[index.schema, index.table])
    calls = sum(query.item.weight for query in outcome.queries)
    if not price or not calls:
        return ""
    return f"{price}, and it serves {sum(item.weight for item in served) / calls:.0%} of the calls"


def _one_sided(item: Item, outcome: Outcome) -> str:
    """Said when only some of a query's variants gain."""
    before = outcome.prices.variant_costs(item, frozenset())
    after = outcome.prices.variant_costs(item, outcome.chosen)
    gaining = [v for v in before if outcome.is_better(before[v], after[v])]
    if not gaining or len(gaining) == len(before):
        return ""
    return f"{item.name} gains with its {' and '.join(gaining)} values only"
