"""A plan's shape: what it does, without figures, to compare the plans of two servers."""

from __future__ import annotations

from typing import TypeAlias

from dbaudit.plans.node import Plan, PlanNode

#: Node type, relation, index, join type and the shapes of the children.
Shape: TypeAlias = tuple[str, str | None, str | None, str | None, tuple["Shape", ...]]


def plan_shape(plan: Plan) -> Shape:
    """The nested shape; two plans that do the same have equal shapes, whatever their figures."""
    return node_shape(plan.root)


def node_shape(node: PlanNode) -> Shape:
    """The shape of a part of a plan."""
    children = tuple(node_shape(child) for child in node.children)
    return node.node_type, node.relation, node.index, node.join_type, children
