"""Comparing expressions and indexes that were written by different hands."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.blocks import identifier

_TEXTS = frozenset(("TEXT", "VARCHAR"))

#: The function of AT TIME ZONE, as which PostgreSQL 13 prints it.
_TIMEZONE = "timezone"

#: Comparisons that are written the other way round.
_TURNED: dict[type[exp.Expr], type[exp.Binary]] = {exp.GT: exp.LT, exp.GTE: exp.LTE}

#: Arguments of a node that say nothing.
_UNSAID: tuple[object, ...] = (None, False, [])
_UNSAID_NAMES = frozenset(("only_json_types",))


@lru_cache(maxsize=4096)
def canonical(expression: str) -> str:
    """One form for expressions that differ in blanks, brackets and casts that change nothing.

    So that `metadata->>'k' = 'web'` equals what pg_get_expr prints of it:
    `((metadata ->> 'k'::text) = 'web'::text)`. The form is for comparing, not for SQL; what the
    parser does not know stays as it is but for blanks.
    """
    try:
        tree = sqlglot.parse_one(f"SELECT {expression}", dialect="postgres")
        return _form(tree.expressions[0])
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        return " ".join(expression.split())


def canonical_key(key: IndexKey) -> IndexKey:
    """The key with its expression in one form, without nulls where they stand anyway and without
    the schema of its operator class, which the catalog does not give."""
    text = canonical(key.text) if key.is_expression else key.text
    nulls_first = None if key.nulls_first == key.descending else key.nulls_first
    opclass = key.opclass and key.opclass.rsplit(".", 1)[-1]
    return replace(key, text=text, opclass=opclass, nulls_first=nulls_first)


def canonical_index(index: IndexDefinition) -> IndexDefinition:
    """The definition with keys and predicate in one form, storage parameters left out."""
    return replace(
        index,
        keys=tuple(canonical_key(key) for key in index.keys),
        where=canonical(index.where) if index.where else None,
        options=(),
    )


def _form(value: object) -> str:
    """The tree as text, brackets shown by nesting alone."""
    if isinstance(value, list):
        return f"[{', '.join(map(_form, value))}]"
    if not isinstance(value, exp.Expr):
        return repr(value)
    node = _plain(value)
    if isinstance(node, exp.Identifier):
        return f'"{identifier(node)}"'
    if isinstance(node, exp.JSONPath) and all(isinstance(k.this, str) for k in _steps(node)):
        return _form(exp.Literal.string(".".join(k.this for k in _steps(node))))
    if isinstance(node, exp.Anonymous):
        return f"{node.name.lower()}{_form(node.expressions)}"
    names = sorted(node.args.keys() - _UNSAID_NAMES)
    said = [(name, node.args[name]) for name in names if node.args[name] not in _UNSAID]
    return f"{type(node).__name__}({', '.join(f'{name}={_form(part)}' for name, part in said)})"


def _steps(path: exp.JSONPath) -> list[exp.Expr]:
    """The keys of `->> 'k'`, which the parser takes for a path when the literal has no cast."""
    return [step for step in path.expressions if not isinstance(step, exp.JSONPathRoot)]


def _plain(node: exp.Expr) -> exp.Expr:
    """The node without what the server adds when it prints an expression."""
    if isinstance(node, exp.Paren):
        return _plain(node.this)
    if isinstance(node, exp.Cast):
        inner = _plain(node.this)
        is_literal = isinstance(inner, exp.Literal) and inner.is_string
        is_relabel = isinstance(inner, exp.Column) and node.to.this.name in _TEXTS
        return inner if is_literal or is_relabel else node
    if type(node) in _TURNED:
        return _TURNED[type(node)](this=node.args["expression"], expression=node.this)
    if isinstance(node, exp.EQ) and isinstance(_plain(node.expression), exp.Boolean):
        left = _plain(node.this)
        return left if _plain(node.expression).this else exp.Not(this=left)
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = _plain(node.expression.this)
        if isinstance(array, exp.Array):
            return exp.In(this=node.this, expressions=array.expressions)
    return _plain_call(node)


def _plain_call(node: exp.Expr) -> exp.Expr:
    """A call of a function in one of the ways to write it."""
    if isinstance(node, exp.TimestampTrunc):
        unit = exp.Literal.string(_plain(node.args["unit"]).name.lower())
        return exp.TimestampTrunc(this=node.this, unit=unit, zone=node.args.get("zone"))
    if isinstance(node, exp.Trim) and node.args.get("position") == "BOTH":
        return exp.Trim(this=node.this, expression=node.expression)
    if isinstance(node, exp.Anonymous) and node.name.lower() == _TIMEZONE:
        zone, time = node.expressions
        return exp.AtTimeZone(this=time, zone=zone)
    return node
