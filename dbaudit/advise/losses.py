"""What queries lose with an existing index that another existing one makes redundant.

Whether to drop it is a person's decision, so every such index is priced, also one that is missed
too much to be proposed. No new index counts: the price is of a drop today.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from dbaudit.advise.advice import IndexLoss
from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.failures import cost_without
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.redundant import redundant_indexes
from dbaudit.shadow.planner import Planner


def index_losses(outcome: Outcome, planner: Planner) -> tuple[IndexLoss, ...]:
    """One for each redundant index of the tables that the workload touches."""
    names = sorted({name for query in outcome.queries for name in query.item.tables})
    tables = [outcome.catalog.tables[name] for name in names if name in outcome.catalog.tables]
    return tuple(
        _loss(table, redundant.index.name, outcome, planner)
        for table in tables
        for redundant in redundant_indexes(table, ())
    )


def _loss(table: TableFacts, index: str, outcome: Outcome, planner: Planner) -> IndexLoss:
    """The query whose cost would grow by the greatest factor."""
    found = [IndexLoss(table.schema, table.name, index), *_losses(table, index, outcome, planner)]
    return max(found, key=lambda loss: loss.factor)


def _losses(
    table: TableFacts, index: str, outcome: Outcome, planner: Planner
) -> Iterator[IndexLoss]:
    for query in outcome.queries:
        for statement in query.item.statements:
            if table.key not in statement.tables:
                continue
            for variant in statement.variants:
                kept = outcome.prices.plan(statement, variant, frozenset())
                without = cost_without(planner, variant, (), [(table.schema, index)])
                if math.isinf(without):
                    continue
                yield IndexLoss(
                    table.schema,
                    table.name,
                    index,
                    query.item.name,
                    float(kept["Total Cost"]),
                    without,
                )
