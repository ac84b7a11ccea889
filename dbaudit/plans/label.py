"""What a plan node is called, as EXPLAIN's text format says it, with odd names quoted."""

from __future__ import annotations

from dbaudit.identifiers import qualified, quote_ident
from dbaudit.plans.node import Plan, PlanNode

#: pname in ExplainNode() of src/backend/commands/explain.c, where it differs from the JSON's name.
_AGGREGATES = {
    "Plain": "Aggregate",
    "Sorted": "GroupAggregate",
    "Hashed": "HashAggregate",
    "Mixed": "MixedAggregate",
}

# Where a node that scans no relation says what it reads.
_SOURCES = ("CTE Name", "Function Name", "Tuplestore Name", "Table Function Name")

#: Nodes that `one_line` names before it ends in an ellipsis.
LINE_NODES = 12


def node_name(node: PlanNode) -> str:
    """The node's name: "Parallel Seq Scan", "Partial HashAggregate", "Hash Left Join", "Insert"."""
    name = _base_name(node)
    partial = node.text("Partial Mode")
    if partial in ("Partial", "Finalize"):
        name = f"{partial} {name}"
    return f"Parallel {name}" if node.is_parallel_aware else name


def label(node: PlanNode, schema: str | None = None) -> str:
    """The node's name and what it works on: "Index Scan using orders_pkey on public.orders o".

    `schema` is used where EXPLAIN named none.
    """
    index = f" using {quote_ident(node.index)}" if node.index and node.relation else ""
    target = _target(node, node.schema or schema)
    return node_name(node) + index + (f" on {target}" if target else "")


def one_line(plan: Plan) -> str:
    """The plan in one line, for tables: "Limit > Sort > Seq Scan orders".

    A join's sides stand in parentheses: "Hash Join (Seq Scan a, Hash > Seq Scan b)". An index scan
    reads "Index Scan orders_user_id_idx on orders". What is past `LINE_NODES` is an ellipsis.
    """
    kept = set(list(plan.nodes())[:LINE_NODES])
    return _line(plan.root, kept)


def _line(node: PlanNode, kept: set[PlanNode]) -> str:
    below = [_line(child, kept) for child in node.children if child in kept]
    if len(below) < len(node.children):
        below.append("…")
    if not below:
        return _short_label(node)
    tail = f" > {below[0]}" if len(below) == 1 else f" ({', '.join(below)})"
    return _short_label(node) + tail


def _short_label(node: PlanNode) -> str:
    name = node_name(node)
    if node.index is not None:
        on = f" on {quote_ident(node.relation)}" if node.relation else ""
        return f"{name} {quote_ident(node.index)}{on}"
    source = node.relation or _source(node)
    return f"{name} {quote_ident(source)}" if source else name


def _base_name(node: PlanNode) -> str:
    if node.node_type == "Aggregate":
        return _AGGREGATES.get(node.text("Strategy") or "", "Aggregate")
    if node.node_type == "SetOp" and node.text("Strategy") == "Hashed":
        return "HashSetOp"
    if node.node_type == "ModifyTable":
        return node.text("Operation") or node.node_type
    if node.join_type not in (None, "Inner"):
        return f"{node.node_type.removesuffix(' Join')} {node.join_type} Join"
    return node.node_type


def _target(node: PlanNode, schema: str | None) -> str:
    if node.relation is not None:
        relation = qualified(schema, node.relation) if schema else quote_ident(node.relation)
        return relation + _alias(node, node.relation)
    source = _source(node)
    if source is not None:
        return quote_ident(source) + _alias(node, source)
    name = node.index or node.alias
    return quote_ident(name) if name else ""


def _source(node: PlanNode) -> str | None:
    return next((text for text in map(node.text, _SOURCES) if text), None)


def _alias(node: PlanNode, name: str) -> str:
    return f" {quote_ident(node.alias)}" if node.alias and node.alias != name else ""
