"""A boolean expression taken apart into comparisons, as the planner's prepqual.c would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from dbaudit.workload.operators import BINARY, NEGATED
from dbaudit.workload.source_text import SourceText


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; `right` is None for IS NULL and its kin and for a bare boolean.

    `truth` is the value of a bare boolean. `quantifier` is any or all. `whole` is the condition
    that it came from (it may say more than this comparison); `is_negated` is true when a NOT
    further out applies to it.
    """

    left: exp.Expr
    operator: str
    right: tuple[exp.Expr, ...] | None = None
    truth: str | None = None
    quantifier: str | None = None
    is_list: bool = False
    row_position: int = 0
    in_or: bool = False
    whole: exp.Expr | None = None
    is_negated: bool = False


def comparisons(node: exp.Expr, source: SourceText) -> Iterator[Comparison]:
    """Every comparison of a condition, with NOT pushed down and OR marked."""
    yield from _split(node, source, negated=False, in_or=False)


def _split(
    node: exp.Expr, source: SourceText, *, negated: bool, in_or: bool
) -> Iterator[Comparison]:
    if isinstance(node, exp.Paren):
        yield from _split(node.this, source, negated=negated, in_or=in_or)
    elif isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.Connector | exp.Not):
        yield from _split(node.this, source, negated=not negated, in_or=in_or)
    elif isinstance(node, exp.Connector):
        is_or = isinstance(node, exp.Or) is not negated
        for side in node.flatten():
            yield from _split(side, source, negated=negated, in_or=in_or or is_or)
    else:
        yield from _leaves(node, source, negated=negated, in_or=in_or)


def _leaves(
    node: exp.Expr, source: SourceText, *, negated: bool, in_or: bool
) -> Iterator[Comparison]:
    inner = node.this.unnest() if isinstance(node, exp.Not) else node
    is_not = isinstance(node, exp.Not) ^ bool(inner.args.get("negate")) ^ negated
    for comparison in _plain(inner, source):
        told = _negated(comparison) if is_not else comparison
        yield replace(
            told,
            whole=node,
            in_or=in_or or told.in_or,
            is_negated=negated,
        )


def _negated(comparison: Comparison) -> Comparison:
    if comparison.truth is not None:
        return replace(comparison, truth="false" if comparison.truth == "true" else "true")
    operator = NEGATED.get(comparison.operator, f"not {comparison.operator}")
    opposite = {"any": "all", "all": "any"}.get(comparison.quantifier or "")
    return replace(comparison, operator=operator, quantifier=opposite)


def _plain(node: exp.Expr, source: SourceText) -> Iterator[Comparison]:
    """The comparisons of a condition without AND, OR and NOT."""
    if isinstance(node, exp.Between):
        yield from _between(node)
    elif isinstance(node, exp.In):
        yield from _in(node)
    elif isinstance(node, exp.Is):
        yield _is(node)
    elif isinstance(node, exp.Escape):
        yield from _plain(node.this, source)
    elif isinstance(node, exp.MatchAgainst):
        if node.this is None or node.expressions[0] is None:
            return  # sqlglot lets an operand be missing; the server will not
        operator = source.operator_between(node.expressions[0], node.this) or "@@"
        yield Comparison(node.expressions[0], operator, (node.this,))
    elif isinstance(node, exp.Operator):
        operator = str(node.args["operator"]).rsplit(".", 1)[-1]
        yield Comparison(node.this, operator, (node.expression,))
    elif type(node) in BINARY:
        yield from _binary(node, source)
    elif not isinstance(node, exp.Exists):
        yield Comparison(node, "=", truth="true")


def _between(node: exp.Between) -> Iterator[Comparison]:
    low, high = node.args["low"], node.args["high"]
    if isinstance(node.parent, exp.Not):
        yield Comparison(node.this, "between", (low, high))
        return
    # SYMMETRIC is the range of either order: (x >= low AND x <= high) OR (x >= high AND x <= low).
    is_either = bool(node.args.get("symmetric"))
    yield Comparison(node.this, ">=", (low,), in_or=is_either)
    yield Comparison(node.this, "<=", (high,), in_or=is_either)


def _in(node: exp.In) -> Iterator[Comparison]:
    query = node.args.get("query")
    values = (query,) if query is not None else tuple(node.expressions)
    members = row_members(node.this)
    if not members:
        yield Comparison(node.this, "in", values, is_list=True)
    for position, member in enumerate(members, 1):
        rows = [row_members(value) for value in values]
        picked = [row[position - 1] for row in rows if len(row) == len(members)]
        right = values if query is not None else tuple(picked)
        yield Comparison(
            member, "in", right, is_list=True, row_position=position, in_or=query is None
        )


def _is(node: exp.Is) -> Comparison:
    if isinstance(node.expression, exp.Null):
        return Comparison(node.this, "is null")
    if isinstance(node.expression, exp.Boolean):
        return Comparison(node.this, "is true" if node.expression.this else "is false")
    return Comparison(node.this, "is", (node.expression,))


def _binary(node: exp.Expr, source: SourceText) -> Iterator[Comparison]:
    left, right = node.this, node.expression
    operator = BINARY[type(node)]
    if isinstance(node, exp.ArrayOverlaps):
        operator = source.operator_between(left, right) or operator
    quantifier, inner = _quantified(right)
    lefts, rights = row_members(left), row_members(right)
    if not lefts or len(lefts) != len(rights):
        is_list = quantifier == "any" and operator == "="
        yield Comparison(left, operator, (inner,), quantifier=quantifier, is_list=is_list)
        return
    for position, (one, other) in enumerate(zip(lefts, rights, strict=True), 1):
        yield Comparison(one, operator, (other,), row_position=position)


def _quantified(node: exp.Expr) -> tuple[str | None, exp.Expr]:
    if isinstance(node, exp.Any):
        return "any", node.this if isinstance(node.this, exp.Query) else node.this.unnest()
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name in ("some", "all") and len(node.expressions) == 1:
        return ("all" if name == "all" else "any"), node.expressions[0]
    if isinstance(node, exp.All):
        return "all", node.this
    return None, node


def row_members(node: exp.Expr) -> tuple[exp.Expr, ...]:
    """The members of (a, b) or ROW(a, b); empty for anything else."""
    is_row = isinstance(node, exp.Anonymous) and node.name.lower() == "row"
    return tuple(node.expressions) if is_row or isinstance(node, exp.Tuple) else ()
