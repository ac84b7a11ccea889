"""Comparing expressions and indexes that were written by different hands."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbaudit.index_definition import IndexDefinition, IndexKey


@lru_cache(maxsize=4096)
def canonical(expression: str) -> str:
    """One spelling for expressions that differ in blanks, brackets and casts of string literals.

    So that `metadata->>'k' = 'web'` equals what pg_get_expr prints of it:
    `((metadata ->> 'k'::text) = 'web'::text)`. What the parser does not know stays as it is.
    """
    try:
        tree = sqlglot.parse_one(f"SELECT {expression}", dialect="postgres").expressions[0]
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        return " ".join(expression.split())
    return str(tree.transform(_plain).sql(dialect="postgres", comments=False))


def _plain(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Paren):
        return _plain(node.this)
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal | exp.Paren):
        inner = _plain(node.this)
        return inner if isinstance(inner, exp.Literal) and inner.is_string else node
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Boolean):
        left = _plain(node.this)
        return left if node.expression.this else exp.Not(this=left)
    return node


def canonical_key(key: IndexKey) -> IndexKey:
    """The key with its expression in one spelling, and without nulls where they stand anyway."""
    text = canonical(key.text) if key.is_expression else key.text
    nulls_first = None if key.nulls_first == key.descending else key.nulls_first
    return replace(key, text=text, nulls_first=nulls_first)


def canonical_index(index: IndexDefinition) -> IndexDefinition:
    """The definition with keys and predicate in one spelling, storage parameters left out."""
    return replace(
        index,
        keys=tuple(canonical_key(key) for key in index.keys),
        where=canonical(index.where) if index.where else None,
        options=(),
    )
