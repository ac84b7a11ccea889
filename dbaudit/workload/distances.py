"""Sorts by nearness: `ORDER BY place <-> $1`, which an index can answer without a sort."""

from __future__ import annotations

from sqlglot import exp

from dbaudit.workload.conditions import Scope, expression_sql, shape_of
from dbaudit.workload.operators import DISTANCES
from dbaudit.workload.table_use import Distance


def distance(node: exp.Expr, scope: Scope) -> Distance | None:
    """The node as a distance from a value, None when it is none or has columns on both sides."""
    inner = node.unnest()
    operator = _operator(inner, scope)
    if operator is None:
        return None
    left, right = scope.base_columns(inner.this), scope.base_columns(inner.expression)
    if bool(left) == bool(right):
        return None
    side = inner.this if left else inner.expression
    expression = expression_sql(side, scope)
    if expression is None:
        return None
    names = {base.column for base in (left or right).values()}
    return Distance(
        column=names.pop() if len(names) == 1 else None,
        expression=expression,
        operator=operator if left else DISTANCES[operator],
        shape=shape_of(side, scope),
    )


def _operator(node: exp.Expr, scope: Scope) -> str | None:
    if isinstance(node, exp.Distance):
        return "<->"
    if isinstance(node, exp.ArrayOverlaps):
        found = scope.source.operator_between(node.this, node.expression)
        return found if found in DISTANCES else None
    return None
