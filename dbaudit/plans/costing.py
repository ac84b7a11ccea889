"""Where the planner expects the cost to go: each node's own cost, with nothing counted twice.

A node's cost is that of one execution with everything below. How often the planner expects a node
to run follows from the join above it (the outer side's rows), and how much of it from a LIMIT
above, as in src/backend/optimizer/path/costsize.c. What a node's cost leaves no room for (a rescan
is cheaper than a first scan, a merge join may stop early) is scaled down to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.plans.calls import condition_texts
from dbaudit.plans.node import Plan, PlanNode

#: cost_recursive_union() in costsize.c assumes ten rounds of the recursive term.
RECURSIVE_ROUNDS = 10.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the planner expects of a node: runs, the part of its rows asked for (0 to 1), and cost.

    `self_cost` is over all executions without children; those of all nodes add up to the root's.
    """

    executions: float
    fraction: float
    self_cost: float


@dataclass(frozen=True, slots=True)
class _Claim:
    node: PlanNode
    executions: float
    fraction: float
    cost: float
    is_repeated: bool


def expectations(plan: Plan) -> Mapping[PlanNode, Expectation]:
    """The planner's expectation of each node; empty for a plan without costs."""
    if any(node.total_cost is None or node.startup_cost is None for node in plan.nodes()):
        return {}
    found: dict[PlanNode, Expectation] = {}
    pending = [_Claim(plan.root, 1.0, 1.0, _total(plan.root), False)]
    while pending:
        claim = pending.pop()
        granted = _granted(_claims(claim), claim.cost)
        own = max(0.0, claim.cost - sum(child.cost for child in granted))
        found[claim.node] = Expectation(claim.executions, claim.fraction, own)
        pending.extend(granted)
    return found


def _total(node: PlanNode) -> float:
    return node.total_cost or 0.0


def _startup(node: PlanNode) -> float:
    return min(node.startup_cost or 0.0, _total(node))


def _cost_at(node: PlanNode, fraction: float) -> float:
    return _startup(node) + fraction * (_total(node) - _startup(node))


def _claims(parent: _Claim) -> list[_Claim]:
    return [_claim(child, parent) for child in parent.node.children]


def _claim(child: PlanNode, parent: _Claim) -> _Claim:
    if child.parent_relationship == "SubPlan":
        return _subplan_claim(child, parent)
    fraction = _fraction(child, parent)
    rounds = _rounds(child, parent)
    executions = parent.executions * (rounds or 1.0)
    cost = executions * _cost_at(child, fraction)
    return _Claim(child, executions, fraction, cost, rounds is not None)


def _fraction(child: PlanNode, parent: _Claim) -> float:
    """All of a child that its parent reads before its first row, else as much as of the parent."""
    node = parent.node
    if child.is_subplan or _total(child) <= _startup(node):
        return 1.0
    if node.node_type != "Limit":
        return parent.fraction
    run = _total(child) - _startup(child)
    part = (_cost_at(node, parent.fraction) - _startup(child)) / run if run > 0 else 1.0
    return min(1.0, max(0.0, part))


def _rounds(child: PlanNode, parent: _Claim) -> float | None:
    """How often one execution of the parent runs this child, None for once."""
    if child.parent_relationship != "Inner":
        return None
    if parent.node.node_type == "Recursive Union":
        return RECURSIVE_ROUNDS
    if parent.node.node_type != "Nested Loop":
        return None
    outer = next((c for c in parent.node.children if c.parent_relationship == "Outer"), None)
    rows = outer.plan_rows if outer and outer.plan_rows is not None else 1.0
    return max(1.0, rows * parent.fraction)


def _subplan_claim(child: PlanNode, parent: _Claim) -> _Claim:
    """A hashed SubPlan runs once, one in the output for each row returned.

    One in a filter runs for each row tested, of which EXPLAIN says nothing: it claims what the
    node's cost leaves.
    """
    name = child.subplan_name or ""
    texts = list(condition_texts(parent.node))
    if any(f"hashed {name})" in text for text in texts):
        return _Claim(child, parent.executions, 1.0, parent.executions * _total(child), False)
    rows = max(1.0, (parent.node.plan_rows or 1.0) * parent.fraction)
    executions = parent.executions * rows
    if any(f"{name})" in text for text in texts):
        siblings = [c for c in parent.node.children if c.parent_relationship == "SubPlan"]
        together = sum(_total(sibling) for sibling in siblings)
        executions = max(executions, parent.cost / together) if together else executions
    return _Claim(child, executions, 1.0, executions * _total(child), True)


def _granted(claims: Sequence[_Claim], budget: float) -> list[_Claim]:
    """The claims cut to the budget: what runs once first, then what is repeated shares the rest."""
    once = [claim for claim in claims if not claim.is_repeated]
    repeated = [claim for claim in claims if claim.is_repeated]
    scale = _scale(once, budget)
    rest = max(0.0, budget - scale * sum(claim.cost for claim in once))
    scale_repeated = _scale(repeated, rest)
    return [_cut(claim, scale) for claim in once] + [_cut(c, scale_repeated) for c in repeated]


def _scale(claims: Sequence[_Claim], budget: float) -> float:
    claimed = sum(claim.cost for claim in claims)
    return min(1.0, budget / claimed) if claimed else 1.0


def _cut(claim: _Claim, scale: float) -> _Claim:
    executions = claim.executions
    if claim.node.parent_relationship == "SubPlan":
        executions *= scale
    return replace(claim, executions=executions, cost=claim.cost * scale)
