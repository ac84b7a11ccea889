"""The parameters that a statement stores."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbaudit.workload.blocks import Reference, identifier, is_parameter
from dbaudit.workload.source_text import SourceText
from dbaudit.workload.table_use import Assignment


def assignments(node: exp.Expr, target: Reference, source: SourceText) -> Iterator[Assignment]:
    """The parameters of SET and VALUES, each with the column that it goes into."""
    for column, value in [*_set(node), *_inserted(node, target)]:
        if is_parameter(value.unnest()):
            yield Assignment(target.schema, target.table, column, source.near(value))


def _set(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    if isinstance(node, exp.Update):
        for part in node.expressions:
            if isinstance(part, exp.EQ) and isinstance(part.this, exp.Column):
                yield identifier(part.this.this), part.expression


def _inserted(node: exp.Expr, target: Reference) -> Iterator[tuple[str, exp.Expr]]:
    if isinstance(node, exp.Insert) and isinstance(node.expression, exp.Values):
        named = node.this.expressions if isinstance(node.this, exp.Schema) else ()
        names = [identifier(column) for column in named] or list(target.types or ())
        for row in node.expression.expressions:
            yield from zip(names, row.expressions, strict=False)
