"""What a query returns of its tables, and every column that it mentions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from dbaudit.workload.blocks import (
    BaseColumn,
    Block,
    Derived,
    Reference,
    columns_in,
    identifier,
    is_parameter,
)


def output(expressions: Iterable[exp.Expr], block: Block) -> Derived:
    """The columns that a select list or RETURNING gives; noted as output of their tables."""
    derived: dict[str, BaseColumn | None] = {}
    for node in expressions:
        starred = _starred(node, block)
        inner = node.unalias()
        if starred is not None:
            derived.update(starred)
        elif isinstance(inner, exp.Column) and not is_parameter(inner):
            derived[node.alias_or_name if node.alias else identifier(inner.this)] = block.column(
                inner
            )
        else:
            derived[node.alias or f"\0{len(derived)}"] = None
        mentioned = (block.column(column) for column in columns_in(node))
        given = {} if block.is_named_only else starred or {}
        for base in [*given.values(), *mentioned]:
            if base is not None:
                base.give()
    return derived


def _starred(node: exp.Expr, block: Block) -> Derived | None:
    """The columns of `*` or `t.*`, None for anything else."""
    is_qualified = isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    if not isinstance(node, exp.Star) and not is_qualified:
        return None
    wanted = identifier(node.args.get("table")) if is_qualified else ""
    found: dict[str, BaseColumn | None] = {}
    for name, source in block.sources.items():
        if wanted in ("", name):
            found.update(_all_columns(source))
    return found


def _all_columns(source: Reference | Derived) -> Derived:
    if not isinstance(source, Reference):
        return source
    return {column: BaseColumn(source, column) for column in source.types or ()}


def mention(block: Block, parts: Iterable[exp.Expr]) -> None:
    """Note every column of these parts at its table; a whole row is all its columns."""
    for part in parts:
        for column in columns_in(part):
            base = block.column(column)
            row = block.whole_row(column) if base is None else None
            if base is not None:
                base.reference.columns[base.column] = None
            if row is not None:
                row.columns.update(dict.fromkeys(row.types or ()))
                row.output.update(dict.fromkeys(row.types or ()))
