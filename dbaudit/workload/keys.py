"""The keys of ORDER BY, GROUP BY and DISTINCT, and the order that a lone min() or max() wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from sqlglot import exp

from dbaudit.workload.blocks import Reference, columns_in, has_subquery, identifier
from dbaudit.workload.conditions import Scope, column_of, expression_sql
from dbaudit.workload.distances import distance
from dbaudit.workload.table_use import Key, SortKey


def read_keys(select: exp.Select, scope: Scope) -> None:
    """Hang the keys on the reference that they all belong to, if it is one."""
    order = select.args.get("order")
    if order is not None:
        _sort(select, order.expressions, scope)
    group = select.args.get("group")
    distinct = select.args.get("distinct")
    if group is not None:
        _group(select, group.expressions, scope)
    elif distinct is not None:
        on = distinct.args.get("on")
        _group(select, on.expressions if on is not None else select.expressions, scope)
    _extremum(select, scope)


def _sort(select: exp.Select, keys: Sequence[exp.Expr], scope: Scope) -> None:
    nodes = [_meant(key.this, select) for key in keys]
    reference = _owner(nodes, scope)
    if reference is None:
        return
    found = [
        SortKey(
            key.column,
            key.expression,
            bool(o.args.get("desc")),
            bool(o.args.get("nulls_first")),
            distance(node, scope),
        )
        for o, node in zip(keys, nodes, strict=True)
        if (key := _key(node, scope)) is not None
    ]
    reference.sort = tuple(found) if len(found) == len(keys) else ()


def _group(select: exp.Select, keys: Sequence[exp.Expr], scope: Scope) -> None:
    nodes = [key if column_of(key, scope) else _meant(key, select) for key in keys]
    reference = _owner(nodes, scope)
    found = [_key(node, scope) for node in nodes]
    if reference is not None:
        reference.group = tuple(key for key in found if key is not None)


def _extremum(select: exp.Select, scope: Scope) -> None:
    """min(x) is the first of ORDER BY x where x is not null (planagg.c)."""
    outputs = [node.unalias() for node in select.expressions]
    if len(outputs) != 1 or not isinstance(outputs[0], exp.Min | exp.Max):
        return
    if select.args.get("group") is not None or len(scope.block.sources) != 1:
        return
    reference, key = _owner([outputs[0].this], scope), _key(outputs[0].this, scope)
    if reference is not None and key is not None:
        is_max = isinstance(outputs[0], exp.Max)
        reference.extremum = (SortKey(key.column, key.expression, is_max, is_max),)


def _meant(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """What a key stands for: `1` and an output's alias stand for that output."""
    inner = node.unnest()
    if isinstance(inner, exp.Literal) and inner.is_int:
        position = int(inner.name)
        outputs = select.expressions
        return outputs[position - 1].unalias() if 0 < position <= len(outputs) else inner
    if isinstance(inner, exp.Column) and not inner.args.get("table"):
        name = identifier(inner.this)
        for output in select.expressions:
            if isinstance(output, exp.Alias) and identifier(output.args["alias"]) == name:
                return cast("exp.Expr", output.this)
    return node


def _owner(nodes: Iterable[exp.Expr], scope: Scope) -> Reference | None:
    """The one reference that all nodes are about, computed from its columns row by row."""
    owners: set[Reference] = set()
    for node in nodes:
        bases = scope.base_columns(node)
        is_computed = has_subquery(node) or node.find(exp.AggFunc, exp.Window) is not None
        if is_computed or not bases or len(bases) != len(columns_in(node)):
            return None
        owners.update(base.reference for base in bases.values())
    reference = owners.pop() if len(owners) == 1 else None
    return reference if reference and scope.block.may_restrict(reference) else None


def _key(node: exp.Expr, scope: Scope) -> Key | None:
    base = column_of(node, scope)
    expression = expression_sql(node, scope)
    if expression is None:
        return None
    return Key(base.column if base is not None else None, expression)
