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
#: Casts that the server leaves out before it looks for an index: to a type that is binary the same
#: (RelabelType), and to the column's own type, as EXPLAIN prints them of a domain.
_RELABELS = frozenset(
    (
        ("varchar", "TEXT"),
        ("text", "TEXT"),
        ("varchar", "VARCHAR"),
        ("text", "VARCHAR"),
        ("int2", "SMALLINT"),
        ("int4", "INT"),
        ("int8", "BIGINT"),
        ("float4", "FLOAT"),
        ("float8", "DOUBLE"),
        ("numeric", "DECIMAL"),
        ("bool", "BOOLEAN"),
        ("date", "DATE"),
        ("timestamp", "TIMESTAMP"),
        ("timestamptz", "TIMESTAMPTZ"),
        ("uuid", "UUID"),
        ("inet", "INET"),
        ("cidr", "INET"),
        ("jsonb", "JSONB"),
    )
)


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


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a comparison seen from the left: `this operator others`.

    `is_member` tells of `others = ANY (this)`.
    """

    this: exp.Expr
    operator: str
    others: tuple[exp.Expr, ...]
    is_member: bool = False


def _conditions(comparison: Comparison, scope: Scope) -> Iterator[tuple[Reference, Condition]]:
    """The conditions of one comparison: a join is one on each of its references."""
    seen: set[Reference] = set()
    for side in _sides(comparison):
        reference = _only_reference(scope.base_columns(side.this).values())
        if reference is None or reference in seen or has_subquery(side.this):
            continue
        condition = _condition(comparison, side, reference, scope)
        if condition is not None and scope.block.may_restrict(reference):
            seen.add(reference)
            yield reference, condition


def _sides(comparison: Comparison) -> Iterator[_Side]:
    right = comparison.right or ()
    if comparison.quantifier == "any" and right and columns_in(right[0]):
        yield _Side(right[0], comparison.operator, (comparison.left,), is_member=True)
        return
    yield _Side(comparison.left, comparison.operator, right)
    if len(right) == 1 and not comparison.quantifier and not comparison.is_list:
        operator = COMMUTED.get(comparison.operator, f"reversed {comparison.operator}")
        yield _Side(right[0], operator, (comparison.left,))


def _condition(
    comparison: Comparison, side: _Side, reference: Reference, scope: Scope
) -> Condition | None:
    """The condition on the reference; None when the expression's text cannot be told."""
    expression = expression_sql(side.this, scope)
    if expression is None:
        return None
    value, kind = _value(comparison, side.others, scope)
    names = {base.column for base in scope.base_columns(side.this).values()}
    is_sargable = _is_sargable(comparison, side, reference, scope)
    predicate, span = _predicate(comparison, reference, scope)
    return Condition(
        clause=scope.clause,
        column=names.pop() if len(names) == 1 else None,
        expression=expression,
        operator=side.operator,
        shape=ARRAY if side.is_member else shape_of(side.this, scope),
        value=value,
        value_kind=kind,
        is_sargable=is_sargable and is_indexable(side.operator, value, kind == CONSTANT),
        in_or=comparison.in_or,
        is_list=comparison.is_list and not side.is_member,
        row_position=comparison.row_position,
        predicate=predicate,
        span=span,
    )


def _is_sargable(comparison: Comparison, side: _Side, reference: Reference, scope: Scope) -> bool:
    """Whether all but the operator lets an index on the bare column serve the condition."""
    base = column_of(side.this, scope)
    if base is None or side.is_member:
        return False
    values = (scope.base_columns(other).values() for other in side.others)
    return (
        (comparison.quantifier is None or _searches_array(comparison))
        and all(value.reference is not reference for found in values for value in found)
        and _types_agree(base, side.operator, side.others)
    )


def _searches_array(comparison: Comparison) -> bool:
    """Whether an index can look for each member: ANY, with a B-tree's operators only."""
    return comparison.quantifier == "any" and comparison.operator in ("=", "<", "<=", ">", ">=")


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


def shape_of(node: exp.Expr, scope: Scope) -> str:
    """How the column stands in a node: as itself, under a JSON operator, or in an expression."""
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


def _predicate(
    comparison: Comparison, reference: Reference, scope: Scope
) -> tuple[str | None, tuple[int, int] | None]:
    """The whole condition as SQL when it is about this reference alone, and where it stands."""
    whole = comparison.whole
    if whole is None or has_subquery(whole):
        return None, None
    columns = columns_in(whole)
    bases = scope.base_columns(whole)
    if len(bases) != len(columns) or _only_reference(bases.values()) is not reference:
        return None, None
    span = scope.source.span(whole)
    if span is None:
        return None, None
    names = {key: quote_ident(base.column) for key, base in bases.items()}
    text = scope.source.cut(whole, span, names)
    return (f"NOT ({text})", None) if comparison.is_negated else (text, span)


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
