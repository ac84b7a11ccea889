"""What a query asks of its tables, read from its plan.

For what the parser does not know the server is right; and a plan shows what the text does not: the
conditions of views, of functions that were inlined, and of row-level security. The plan must be
that of EXPLAIN (VERBOSE, FORMAT JSON).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from dbaudit.query import Query
from dbaudit.workload.blocks import Block, Reference
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.names import paging
from dbaudit.workload.plan_expressions import add_extremum, add_keys, add_quals, columns_named
from dbaudit.workload.table_use import QueryUses, TableUse

#: A plan node as EXPLAIN prints it (the value under "Plan").
PlanNode = Mapping[str, Any]

#: Where a node's conditions stand, and the clause that they are of. A bitmap's index conditions
#: are repeated as its Recheck Cond.
_QUALS = {
    "Index Cond": "where",
    "Recheck Cond": "where",
    "Filter": "where",
    "Hash Cond": "join",
    "Merge Cond": "join",
    "Join Filter": "join",
}
_KEYS = {"Sort Key": "ORDER BY", "Group Key": "GROUP BY"}
#: Whatever else holds expressions.
_OTHERS = ("Output", "Order By", "Cache Key", "Function Call", "One-Time Filter", "Run Condition")

#: Nodes that compute their output, so that what stands below may give columns that nobody wants
#: (use_physical_tlist in createplan.c).
_PROJECTING = frozenset(
    ("Nested Loop", "Hash Join", "Merge Join", "Aggregate", "Group", "WindowAgg", "Result")
)
_RETURNED = re.compile(r"\$\d+")


def plan_uses(plan: PlanNode, catalog: Catalog) -> tuple[TableUse, ...]:
    """How each table reference in the plan is used; tables that the catalog lacks are left out."""
    nodes = list(_nodes(plan))
    references = _references(nodes, catalog)
    block = Block(sources=dict(references))
    returned = [name for node in nodes for name in _returned(node)]
    for node in nodes:
        for name, clause in _QUALS.items():
            if name in node and _is_about_rows(node):
                add_quals(node[name], block, clause, returned)
    for node in reversed(nodes):  # what stands higher, such as the ORDER BY, comes last and stays
        for name, clause in _KEYS.items():
            if name in node:
                add_keys(clause, node[name], block)
    _extremum(nodes, block)
    _mention(plan, references)
    _limits(plan, references)
    return tuple(reference.use() for reference in references.values())


def uses_from_plan(query: Query, plan: PlanNode, catalog: Catalog) -> QueryUses:
    """What a query asks that the parser does not know."""
    return QueryUses(
        query=query.name,
        tables=plan_uses(plan, catalog),
        paging=tuple(paging(query.statement)),
        is_from_plan=True,
    )


def _nodes(node: PlanNode) -> Iterator[PlanNode]:
    """Every node, without the sorts that a merge join wants for itself."""
    yield node
    for child in node.get("Plans", ()):
        is_for_join = node["Node Type"] == "Merge Join" and child["Node Type"] == "Sort"
        yield from islice(_nodes(child), int(is_for_join), None)


def _references(nodes: Sequence[PlanNode], catalog: Catalog) -> dict[str, Reference]:
    """The table references by alias; EXPLAIN makes the aliases of a plan unique."""
    found: dict[str, Reference] = {}
    targets = set()
    for node in nodes:
        is_target = node["Node Type"] == "ModifyTable"
        for part in (node, *node.get("Target Tables", ())):
            reference = _reference(part, catalog)
            if reference is None:
                continue
            found.setdefault(reference.alias, reference)
            targets.update([reference.alias] if is_target else [])
    for alias in targets:
        found[alias].is_target = True
    return found


def _reference(node: PlanNode, catalog: Catalog) -> Reference | None:
    schema, table = node.get("Schema"), node.get("Relation Name")
    if schema is None or table is None or (schema, table) not in catalog.tables:
        return None
    return Reference(schema, table, node.get("Alias", table), catalog.tables[schema, table])


def _is_about_rows(node: PlanNode) -> bool:
    """Whether the quals are on rows of tables: HAVING is not, nor is what a bitmap repeats."""
    return node["Node Type"] not in ("Aggregate", "Group", "WindowAgg", "Bitmap Index Scan")


def _returned(node: PlanNode) -> list[str]:
    name = node.get("Subplan Name", "")
    return _RETURNED.findall(name) if "(returns " in name else []


def _extremum(nodes: Sequence[PlanNode], block: Block) -> None:
    for node in nodes:
        if node["Node Type"] == "Aggregate" and len(node.get("Output", ())) == 1:
            add_extremum(node["Output"][0], block)


def _mention(node: PlanNode, references: Mapping[str, Reference], *, is_exact: bool = True) -> None:
    """Note the columns that the plan mentions; `is_exact` when the node gives what is wanted."""
    is_scan = "Alias" in node and node["Node Type"] != "ModifyTable"
    for name in (*_QUALS, *_KEYS, *_OTHERS):
        if name == "Output" and is_scan and not is_exact:
            continue
        for reference, column in _columns(node.get(name, ()), references):
            reference.columns[column] = None
            if name == "Output":
                reference.output[column] = None
    below = is_exact and node["Node Type"] not in _PROJECTING
    for child in node.get("Plans", ()):
        _mention(child, references, is_exact=below or child.get("Subplan Name") is not None)


def _columns(
    texts: str | Sequence[str], references: Mapping[str, Reference]
) -> Iterator[tuple[Reference, str]]:
    for text in [texts] if isinstance(texts, str) else texts:
        yield from columns_named(text, references)


def _limits(
    node: PlanNode, references: Mapping[str, Reference], *, is_limited: bool = False
) -> None:
    is_limited = is_limited or node["Node Type"] == "Limit"
    reference = references.get(node.get("Alias", ""))
    if is_limited and reference is not None:
        reference.has_limit = True
    for child in node.get("Plans", ()):
        _limits(child, references, is_limited=is_limited and "Subplan Name" not in child)
