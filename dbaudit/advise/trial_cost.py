"""What a query would cost in another form or with other settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbaudit.advise.catalog import TableName
from dbaudit.advise.pricing import IndexSet
from dbaudit.errors import QueryError
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import Planner


def trial_cost(
    variants: Sequence[BoundQuery],
    indexes: IndexSet,
    tables: Collection[TableName],
    planner: Planner,
) -> float | None:
    """The mean over the variants with those of the indexes that are on the tables; None when the
    planner refuses the statement."""
    relevant = [index for index in indexes if (index.schema, index.table) in tables]
    relevant.sort(key=IndexDefinition.ddl)
    try:
        plans = [planner.plan(variant, relevant) for variant in variants]
    except QueryError:
        return None
    return sum(float(plan["Total Cost"]) for plan in plans) / len(plans)
