"""What a larger work_mem, for one query alone, makes of its cost.

https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM: each sort and
hash may take as much (a hash twice that), so a large value for the whole server is a danger.
"""

from __future__ import annotations

from dataclasses import replace

from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.trial_cost import trial_cost
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner

#: The settings that are tried, the smallest first. A gigabyte is as much as anybody gives a query.
_TRIED = ("16MB", "64MB", "256MB", "1GB")

#: A note must save this share of the cost; a smaller setting with nearly the gain of a larger is
#: preferred.
_WORTH, _NEARLY = 0.2, 0.9


def memory_remedy(query: PlannedQuery, outcome: Outcome, planner: Planner) -> str | None:
    """The smallest work_mem that takes most of what memory can take off the query's cost."""
    own = query.item.statements[0]
    if not any(_needs_memory(outcome.prices.plan(own, v, outcome.chosen)) for v in own.variants):
        return None
    costs = {}
    for size in _TRIED:
        variants = [_with(variant, size) for variant in own.variants]
        cost = trial_cost(variants, outcome.chosen, query.item.tables, planner)
        if cost is not None:
            costs[size] = cost
    now = trial_cost(own.variants, outcome.chosen, query.item.tables, planner) or 0.0
    gain = now - min(costs.values(), default=now)
    if gain < max(_WORTH * now, 1.0):
        return None
    size = next(size for size in costs if now - costs[size] >= _NEARLY * gain)
    return (
        f"it sorts or hashes more than work_mem holds; SET LOCAL work_mem = '{size}' for this "
        f"query alone takes its cost from {now:,.0f} to {costs[size]:,.0f}"
    )


def _needs_memory(node: PlanJson) -> bool:
    is_hashed = node.get("Strategy") == "Hashed" or "hashed SubPlan" in node.get("Filter", "")
    is_kept = node["Node Type"] in ("Sort", "Hash", "Materialize", "Incremental Sort")
    return is_hashed or is_kept or any(map(_needs_memory, node.get("Plans", ())))


def _with(variant: BoundQuery, size: str) -> BoundQuery:
    settings = {**variant.query.settings, "work_mem": size}
    return replace(variant, query=replace(variant.query, settings=settings))
