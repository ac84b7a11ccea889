"""Existing indexes that the advice proposes to drop, each priced by hiding it from the planner."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dbaudit.advise.advice import AdvisedDrop, IndexName, Rejected
from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.failures import cost_without
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.redundant import Redundant, redundant_indexes
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.planner import Planner

#: A query may cost so many times as much without the index; beyond, it is not redundant.
_MAX_LOSS = 1.1


def advised_drops(
    outcome: Outcome, planner: Planner
) -> tuple[tuple[AdvisedDrop, ...], tuple[Rejected, ...]]:
    """The redundant indexes of the workload's tables that no query misses, and those that one
    does, with what it would lose."""
    tables = sorted({name for query in outcome.queries for name in query.item.tables})
    found = [
        drop
        for name in tables
        if name in outcome.catalog.tables
        for drop in _drops(outcome.catalog.tables[name], outcome, planner)
    ]
    return (
        tuple(drop for drop in found if isinstance(drop, AdvisedDrop)),
        tuple(drop for drop in found if isinstance(drop, Rejected)),
    )


def _drops(
    table: TableFacts, outcome: Outcome, planner: Planner
) -> Iterator[AdvisedDrop | Rejected]:
    new = [
        (name, index)
        for index, name in outcome.names.items()
        if (index.schema, index.table) == table.key
    ]
    hidden: list[tuple[str, str]] = []
    for redundant in redundant_indexes(table, new):
        candidate = (table.schema, redundant.index.name)
        loss, query = _loss([*hidden, candidate], table, outcome, planner)
        if loss > _MAX_LOSS:
            yield _missed(redundant, table, loss, query)
            continue
        hidden.append(candidate)
        price = f"; {query} would cost {loss - 1:.0%} more" if loss >= 1.01 else ""
        yield _drop(redundant, table, price)


def _loss(
    hidden: list[tuple[str, str]], table: TableFacts, outcome: Outcome, planner: Planner
) -> tuple[float, str]:
    """The greatest factor by which a statement on the table would cost more, and its query."""
    worst, name = 1.0, ""
    indexes = sorted(outcome.chosen, key=IndexDefinition.ddl)
    for query in outcome.queries:
        for statement in query.item.statements:
            if table.key not in statement.tables:
                continue
            for variant in statement.variants:
                kept = float(outcome.prices.plan(statement, variant, outcome.chosen)["Total Cost"])
                without = cost_without(planner, variant, indexes, hidden)
                if kept > 0 and without / kept > worst:
                    worst, name = without / kept, query.item.name
    return worst, name


def _missed(redundant: Redundant, table: TableFacts, loss: float, query: str) -> Rejected:
    price = "could not be planned" if math.isinf(loss) else f"would cost {loss - 1:.0%} more"
    return Rejected(
        _ddl(redundant, table), f"{redundant.reason}, but {query} {price} without this one"
    )


def _ddl(redundant: Redundant, table: TableFacts) -> str:
    return f"DROP INDEX CONCURRENTLY {qualified(table.schema, redundant.index.name)}"


def _drop(redundant: Redundant, table: TableFacts, price: str) -> AdvisedDrop:
    index = redundant.index
    return AdvisedDrop(
        name=index.name,
        schema=table.schema,
        table=table.name,
        ddl=_ddl(redundant, table),
        undo_ddl=index.sql.replace("CREATE INDEX ", "CREATE INDEX CONCURRENTLY ", 1),
        size_bytes=index.size_bytes,
        reason=redundant.reason + price,
        replaced_by=IndexName(table.schema, redundant.by),
    )
