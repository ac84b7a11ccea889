"""Comparisons as conditions on the table reference whose columns they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from sqlglot import exp

from dbaudit.identifiers import quote_ident
from dbaudit.workload.blocks import (
    BaseColumn,
    Block,
    Reference,
    columns_in,
    has_subquery,
    is_parameter,
)
from dbaudit.workload.comparisons import Comparison, comparisons
from dbaudit.workload.operators import COMMUTED, is_indexable
from dbaudit.workload.source_text import SourceText
from dbaudit.workload.table_use import (
    ARRAY,
    COLUMN,
    CONSTANT,
    EXPRESSION,
    JSON,
    PARAMETER,
    SUBQUERY,
    Condition,
)

_JSON_NODES = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)
#: What a value may be made of and still be a literal or a parameter.
_VALUE_NODES = (
    exp.Paren,
    exp.Cast,
    exp.Neg,
    exp.Array,
    exp.Tuple,
    exp.DataType,
    exp.DataTypeParam,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Identifier,
    exp.Column,
    exp.Interval,
    exp.Var,
    exp.Collate,
)
_INTEGERS = frozenset(("int2", "int4", "int8"))
_FRACTIONS = frozenset(("DECIMAL", "FLOAT", "DOUBLE"))
#: Casts that the server leaves out before it looks for an index (RelabelType).
_RELABELS = frozenset((("varchar", "TEXT"), ("text", "TEXT"), ("varchar", "VARCHAR")))


@dataclass(frozen=True, slots=True)
class Scope:
    """The block whose conditions are read, the clause they stand in, and the text."""

    block: Block
    clause: str
    source: SourceText

    def base_columns(self, node: exp.Expr) -> dict[int, BaseColumn]:
        """The base columns of a node by the id() of their Column nodes."""
        found = ((id(column), self.block.column(column)) for column in columns_in(node))
        return {key: base for key, base in found if base is not None}


def add_conditions(node: exp.Expr, scope: Scope) -> None:
    """Hang every condition of a WHERE or ON on the references that it is about."""
    for comparison in comparisons(node, scope.source):
        for reference, condition in _conditions(comparison, scope):
            if condition not in reference.conditions:
                reference.conditions.append(condition)


def _conditions(comparison: Comparison, scope: Scope) -> Iterator[tuple[Reference, Condition]]:
    if comparison.quantifier == "any" and comparison.right and columns_in(comparison.right[0]):
        yield from _member_of_column(comparison, scope)
        return
    right = comparison.right or ()
    first = _one_side(comparison, scope, (comparison.left, right), comparison.operator)
    yield from first
    operator = COMMUTED.get(comparison.operator)
    if len(right) != 1 or comparison.quantifier or comparison.is_list:
        return
    if operator is None:
        operator = f"reversed {comparison.operator}"
    for reference, condition in _one_side(
        comparison, scope, (right[0], (comparison.left,)), operator
    ):
        if all(reference is not other for other, _ in first):
            yield reference, condition


def _one_side(
    comparison: Comparison,
    scope: Scope,
    sides: tuple[exp.Expr, Iterable[exp.Expr]],
    operator: str,
) -> list[tuple[Reference, Condition]]:
    """The condition on the reference that one side is about, if it is about just one."""
    this, others = sides
    bases = scope.base_columns(this)
    reference = _only_reference(bases.values())
    if reference is None or has_subquery(this) or not scope.block.may_restrict(reference):
        return []
    shape = _shape(this, scope)
    expression = expression_sql(this, scope)
    if expression is None:
        return []
    others = tuple(others)
    value, kind = _value(comparison, others, scope)
    names = {base.column for base in bases.values()}
    value_references = {
        base.reference for other in others for base in scope.base_columns(other).values()
    }
    is_sargable = (
        shape == COLUMN
        and (comparison.quantifier is None or _searches_array(comparison))
        and reference not in value_references
        and is_indexable(operator, value, kind == CONSTANT)
        and _types_agree(next(iter(bases.values())), operator, others)
    )
    condition = Condition(
        clause=scope.clause,
        column=names.pop() if len(names) == 1 else None,
        expression=expression,
        operator=operator,
        shape=shape,
        value=value,
        value_kind=kind,
        is_sargable=is_sargable,
        in_or=comparison.in_or,
        is_list=comparison.is_list,
        row_position=comparison.row_position,
        predicate=_predicate(comparison, reference, scope),
    )
    return [(reference, condition)]


def _searches_array(comparison: Comparison) -> bool:
    """Whether an index can look for each member: ANY, with a B-tree's operators only."""
    return comparison.quantifier == "any" and comparison.operator in ("=", "<", "<=", ">", ">=")


def _member_of_column(
    comparison: Comparison, scope: Scope
) -> Iterator[tuple[Reference, Condition]]:
    """The condition of `$1 = ANY (column)`, which no index can serve."""
    assert comparison.right is not None
    array = comparison.right[0]
    bases = scope.base_columns(array)
    reference = _only_reference(bases.values())
    expression = expression_sql(array, scope)
    if reference is None or expression is None:
        return
    value, kind = _value(comparison, (comparison.left,), scope)
    names = {base.column for base in bases.values()}
    yield (
        reference,
        Condition(
            clause=scope.clause,
            column=names.pop() if len(names) == 1 else None,
            expression=expression,
            operator=comparison.operator,
            shape=ARRAY,
            value=value,
            value_kind=kind,
            is_sargable=False,
            in_or=comparison.in_or,
            predicate=_predicate(comparison, reference, scope),
        ),
    )


def _only_reference(bases: Iterable[BaseColumn]) -> Reference | None:
    found = {base.reference for base in bases}
    return found.pop() if len(found) == 1 else None


def expression_sql(node: exp.Expr, scope: Scope) -> str | None:
    """A side as it must stand in an index: bare column names; None when the text is not found."""
    bases = scope.base_columns(node)
    inner = _without_relabel(node, scope)
    if isinstance(inner, exp.Column) and id(inner) in bases:
        return quote_ident(bases[id(inner)].column)
    names = {key: quote_ident(base.column) for key, base in bases.items()}
    return scope.source.of(node.unnest(), names)


def column_of(node: exp.Expr, scope: Scope) -> BaseColumn | None:
    """The base column that a node is, None for an expression."""
    inner = _without_relabel(node, scope)
    return scope.block.column(inner) if isinstance(inner, exp.Column) else None


def _without_relabel(node: exp.Expr, scope: Scope) -> exp.Expr:
    inner = node.unnest()
    if isinstance(inner, exp.Cast) and isinstance(inner.this.unnest(), exp.Column):
        base = scope.block.column(inner.this.unnest())
        to = inner.to
        if base and (base.type, to.this.name) in _RELABELS and not to.expressions:
            return cast("exp.Expr", inner.this.unnest())
    return inner


def _shape(node: exp.Expr, scope: Scope) -> str:
    inner = _without_relabel(node, scope)
    if isinstance(inner, exp.Column):
        return COLUMN
    while isinstance(inner, exp.Paren | exp.Cast):
        inner = inner.this
    return JSON if isinstance(inner, _JSON_NODES) else EXPRESSION


def _value(
    comparison: Comparison, others: tuple[exp.Expr, ...], scope: Scope
) -> tuple[str | None, str | None]:
    """The other side as SQL, and its kind."""
    if comparison.truth is not None:
        return comparison.truth, CONSTANT
    if not others:
        return None, None
    texts = [scope.source.near(other) for other in others]
    kinds = {value_kind(other) for other in others}
    order = (SUBQUERY, EXPRESSION, COLUMN, PARAMETER, CONSTANT)
    kind = next(kind for kind in order if kind in kinds)
    if comparison.operator == "between":
        return " AND ".join(texts), kind
    if comparison.is_list and comparison.quantifier is None and kind != SUBQUERY:
        return f"({', '.join(texts)})", kind
    return (f"ALL ({texts[0]})" if comparison.quantifier == "all" else texts[0]), kind


def value_kind(node: exp.Expr) -> str:
    """What a value is: constant, parameter, column, expression or subquery."""
    if has_subquery(node):
        return SUBQUERY
    inner = node.unnest()
    if isinstance(inner, exp.Column) and not is_parameter(inner):
        return COLUMN
    if columns_in(inner) or not all(isinstance(part, _VALUE_NODES) for part in inner.walk()):
        return EXPRESSION
    return PARAMETER if any(is_parameter(part) for part in inner.walk()) else CONSTANT


def _predicate(comparison: Comparison, reference: Reference, scope: Scope) -> str | None:
    """The whole condition as SQL when it is about this reference alone."""
    whole = comparison.whole
    if whole is None or has_subquery(whole):
        return None
    columns = columns_in(whole)
    bases = scope.base_columns(whole)
    if len(bases) != len(columns) or _only_reference(bases.values()) is not reference:
        return None
    names = {key: quote_ident(base.column) for key, base in bases.items()}
    text = scope.source.of(whole, names)
    return f"NOT ({text})" if text and comparison.is_negated else text


def _types_agree(base: BaseColumn, operator: str, others: tuple[exp.Expr, ...]) -> bool:
    """Whether the operator, for these types, is one of the column's own."""
    if operator == "@@":
        return base.type in (None, "tsvector", "tsquery", "jsonb")
    if base.type not in _INTEGERS:
        return True
    return not any(_is_fraction(other.unnest()) for other in others)


def _is_fraction(node: exp.Expr) -> bool:
    """Whether a value is numeric or float: the server then casts an integer column to it."""
    if isinstance(node, exp.Cast):
        return node.to.this.name in _FRACTIONS
    return isinstance(node, exp.Literal) and not node.is_string and not node.is_int
