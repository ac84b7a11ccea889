"""Which node runs inside which: mostly the one printed above it, but not always.

EXPLAIN's time and blocks of a node hold those of everything it called. An InitPlan or CTE is
printed below the node that it was planned for, but runs inside the node that first asks for its
value (ExecSetParamPlan in src/backend/executor/nodeSubplan.c, CteScanNext in nodeCtescan.c).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dbaudit.plans.node import Plan, PlanNode

_CTE = "CTE "
_RETURNS = re.compile(r"\(returns ([^)]*)\)")
_NAMES = frozenset({"Subplan Name", "Alias", "Relation Name", "Index Name", "Plans"})

Callees = Mapping[PlanNode, Sequence[PlanNode]]


def callees(plan: Plan, total_ms: Mapping[PlanNode, float]) -> Callees:
    """The nodes that each node ran. A data-modifying CTE that nothing reads is run by none of them.

    `total_ms` are the measured times (`timing.total_times`): of several readers of an InitPlan or
    CTE, the one whose own children leave the most time unexplained was the first to ask.
    """
    found: dict[PlanNode, list[PlanNode]] = {}
    for node, caller in _callers(plan, total_ms).items():
        found.setdefault(caller, []).append(node)
    return found


def condition_texts(node: PlanNode) -> Iterator[str]:
    """All texts of a node but its names: conditions, keys and, with VERBOSE, its output."""
    for key, value in node.raw.items():
        if key in _NAMES:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def _callers(plan: Plan, total_ms: Mapping[PlanNode, float]) -> dict[PlanNode, PlanNode]:
    parents = plan.parents()
    callers: dict[PlanNode, PlanNode] = {}
    for node, parent in parents.items():
        if node.parent_relationship != "InitPlan":
            callers[node] = parent
            continue
        readers = list(_readers(node, parent, parents))
        if readers:
            callers[node] = max(readers, key=lambda reader: _unexplained(reader, total_ms))
        elif node.node_type != "ModifyTable":
            callers[node] = parent
    return callers


def _readers(
    init_plan: PlanNode, host: PlanNode, parents: Mapping[PlanNode, PlanNode]
) -> Iterator[PlanNode]:
    inside = set(init_plan.walk())
    for node in host.walk():
        if node.was_executed and node not in inside and _reads(node, init_plan):
            yield _in_leader(node, host, parents)


def _reads(reader: PlanNode, init_plan: PlanNode) -> bool:
    """Whether a node uses the rows of a CTE or the value of an InitPlan, as its conditions say.

    PostgreSQL 13 to 16 print an InitPlan's value as $0 and name it "InitPlan 1 (returns $0)"; 17
    and later print "(InitPlan 1).col1".
    """
    name = init_plan.subplan_name or ""
    if name.startswith(_CTE):
        return reader.node_type == "CTE Scan" and reader.text("CTE Name") == name[len(_CTE) :]
    returned = _RETURNS.search(name)
    marks = returned.group(1).split(",") if returned else [f"({name})"]
    pattern = "|".join(re.escape(mark.strip()) + r"(?!\d)" for mark in marks)
    return any(re.search(pattern, text) for text in condition_texts(reader))


def _in_leader(reader: PlanNode, host: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> PlanNode:
    """The reader, or the Gather above it: that evaluates what its workers need (nodeGather.c)."""
    found = node = reader
    while node is not host and node in parents:
        node = parents[node]
        if node.is_gather:
            found = node
    return found


def _unexplained(node: PlanNode, total_ms: Mapping[PlanNode, float]) -> float:
    children = (c for c in node.children if c.parent_relationship != "InitPlan")
    return total_ms.get(node, 0.0) - sum(total_ms.get(child, 0.0) for child in children)
