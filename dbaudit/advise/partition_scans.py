"""Plans with each partitioned table scanned once: a hundred partitions are asked the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbaudit.advise.catalog import Catalog, TableName
from dbaudit.shadow.planner import PlanJson

_APPENDS = frozenset(("Append", "Merge Append"))


def relations(node: PlanJson) -> Iterator[TableName]:
    """The tables in a plan of EXPLAIN (VERBOSE)."""
    if "Relation Name" in node and "Schema" in node:
        yield node["Schema"], node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from relations(child)


def one_partition_each(plan: PlanJson, catalog: Catalog) -> PlanJson:
    """The plan with the first partition alone of those that an Append scans alike.

    EXPLAIN names the columns above an Append after its first child (set_deparse_plan in
    ruleutils.c), so what stands above can still be understood.
    """
    children: Sequence[PlanJson] = plan.get("Plans", ())
    if plan["Node Type"] in _APPENDS:
        children = list(_first_of_each(children, catalog))
    if not children:
        return plan
    return {**plan, "Plans": [one_partition_each(child, catalog) for child in children]}


def _first_of_each(children: Sequence[PlanJson], catalog: Catalog) -> Iterator[PlanJson]:
    seen: set[tuple[TableName, ...]] = set()
    for child in children:
        names = list(relations(child))
        roots = tuple(catalog.root(name) for name in names)
        are_partitions = bool(names) and all(n in catalog.partition_parents for n in names)
        if not are_partitions or roots not in seen:
            yield child
        if are_partitions:
            seen.add(roots)
