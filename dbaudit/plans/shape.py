"""A plan's shape: what it does, without figures, to compare the plans of two servers."""

from __future__ import annotations

from typing import TypeAlias

from dbaudit.plans.node import PlanNode

#: Node type, relation, index, join type and the shapes of the children.
Shape: TypeAlias = tuple[str, str | None, str | None, str | None, tuple["Shape", ...]]


def node_shape(node: PlanNode) -> Shape:
    """The shape of a plan from this node on; of two that do the same it is equal."""
    children = tuple(node_shape(child) for child in node.children)
    return node.node_type, node.relation, node.index, node.join_type, children
