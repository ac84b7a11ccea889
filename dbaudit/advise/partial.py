"""Predicates of partial indexes, from conditions that are the same in every execution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.advise.catalog import ColumnFacts, TableFacts
from dbaudit.workload.table_use import COLUMN, JSON, Condition

#: A constant that picks one of so few values is a category; as many as PostgreSQL keeps common
#: values by default (default_statistics_target). A function of a column has no more values than it.
_MAX_CATEGORIES = 100

#: Inside jsonb there are no statistics: a word is a category; a number, or a long or mixed text (a
#: hash, an address, an id) is one row's value.
_CATEGORY = re.compile(r"'[A-Za-z][A-Za-z_ \-]{0,31}'(::[\w .\"]+)?|true|false", re.IGNORECASE)

_OPERATORS = frozenset(
    ("=", "<>", "in", "not in", "is null", "is not null", "is true", "is false", "is not true")
)

_TRUTH = frozenset(("is true", "is not true", "is false", "is not false"))
_ARROW = re.compile(r"[-#]>>?")

_COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">="))

#: From this share of nulls on, leaving them out makes an index noticeably smaller.
_MIN_NULL_FRAC = 0.2


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate, the conditions that imply it, and whether these need not be keys as well."""

    sql: str
    conditions: tuple[Condition, ...]


def predicates(conditions: Sequence[Condition], table: TableFacts) -> list[Predicate]:
    """Predicates that the query's own conditions imply: all constant ones together, then each.

    Only conditions that hold on their own (not inside an OR) and name a category, not a row, or
    compare two columns of the row.
    """
    found = [
        c for c in conditions if not c.in_or and (_is_category(c, table) or _compares_columns(c))
    ]
    unique = list({condition.predicate: condition for condition in found}.values())
    singles = [Predicate(str(c.predicate), (c,)) for c in unique]
    if len(unique) < 2:
        return singles
    together = " AND ".join(_bracketed(str(c.predicate)) for c in unique)
    return [Predicate(together, tuple(unique)), *singles]


def not_null_predicate(condition: Condition, table: TableFacts) -> str | None:
    """`x IS NOT NULL`, which x = value implies, where many rows have no x."""
    if condition.column is None:
        return None
    facts = table.columns.get(condition.column)
    if condition.shape == COLUMN:
        return f"{_column_sql(condition)} IS NOT NULL" if is_sparse(facts) else None
    is_json = condition.shape == "json"
    return f"({condition.expression}) IS NOT NULL" if is_json else None


def is_sparse(facts: ColumnFacts | None) -> bool:
    """Whether many rows have no value there."""
    return facts is not None and facts.null_frac >= _MIN_NULL_FRAC


def _column_sql(condition: Condition) -> str:
    return condition.expression


def _is_category(condition: Condition, table: TableFacts) -> bool:
    if condition.predicate is None or not condition.is_constant_value:
        return False
    if condition.operator not in _OPERATORS:
        return False
    if condition.value is None:
        return not (condition.operator in _TRUTH and _compares(condition.expression))
    facts = table.columns.get(condition.column or "")
    if facts is None:
        return False
    if condition.shape != JSON:
        known = 2 if facts.typname == "bool" else facts.distinct
        return known is not None and known <= _MAX_CATEGORIES
    return condition.is_list or _CATEGORY.fullmatch(condition.value.strip()) is not None


def _compares(expression: str) -> bool:
    """Whether the expression is itself a comparison, as `(id = 77) IS NOT TRUE` has: of one row."""
    return any(sign in _ARROW.sub("", expression) for sign in "=<>")


def _compares_columns(condition: Condition) -> bool:
    return condition.is_within_row and condition.operator in _COMPARISONS


def _bracketed(predicate: str) -> str:
    return f"({predicate})" if re.search(r"\bor\b", predicate, re.IGNORECASE) else predicate
