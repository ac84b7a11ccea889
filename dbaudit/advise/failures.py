"""A what-if that fails costs the advice one candidate, not more."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dbaudit.errors import QueryError
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner


def plan_without_failures(
    planner: Planner,
    query: BoundQuery,
    indexes: Sequence[IndexDefinition],
    failed: dict[IndexDefinition, str],
) -> PlanJson:
    """The plan with those of the indexes that do not make planning fail.

    `failed` holds those that did, for whatever query, each with the server's message; new ones are
    added. Raises QueryError when the query fails without any.
    """
    usable = [index for index in indexes if index not in failed]
    try:
        return planner.plan(query, usable)
    except QueryError:
        if not usable:
            raise
    found = {index: reason for index in usable if (reason := _failure(planner, query, index))}
    failed |= found
    if not found:  # it is several of them together: this query does without
        return planner.plan(query)
    return plan_without_failures(planner, query, usable, failed)


def cost_without(
    planner: Planner,
    query: BoundQuery,
    indexes: Sequence[IndexDefinition],
    hidden: Sequence[tuple[str, str]],
) -> float:
    """The cost with the candidates and without the hidden indexes; infinite where planning fails:
    then the hidden ones must stay."""
    try:
        return float(planner.plan(query, indexes, hidden)["Total Cost"])
    except QueryError:
        return math.inf


def _failure(planner: Planner, query: BoundQuery, index: IndexDefinition) -> str | None:
    try:
        planner.plan(query, [index])
    except QueryError as error:
        return f"{query.name} cannot be planned with it: {error}"
    return None
