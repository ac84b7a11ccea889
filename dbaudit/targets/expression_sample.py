"""What ANALYZE would know of an expression once an index on it is there, by a sample.

The most common values and the bounds of a histogram leave the server, as those of the columns do
in pg_stats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dbaudit.targets.sampled import KeyGroup
from dbaudit.targets.session import Row

#: (schema, table, expression as SQL)
Expression = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ExpressionSample:
    """Of `rows` sampled, `present` have a value that is not NULL; `mean_width` is in bytes.

    `common` values (of a tsvector `lexemes`) as text with the rows that have each. `correlation` is
    that of pg_stats. `groups` are the distinct values in this `fraction` of the table's pages.
    """

    rows: int
    present: int
    mean_width: float
    common: tuple[tuple[str, int], ...] = ()
    histogram_bounds: tuple[str, ...] = ()
    correlation: float | None = None
    lexemes: tuple[tuple[str, int], ...] = ()
    groups: tuple[KeyGroup, ...] = ()
    fraction: float = 1.0


def expression_statement(expression: str, source: str) -> str:
    """One row for `values_sample`."""
    return _filled("expression_sample", expression, source)


def lexeme_statement(expression: str, source: str) -> str:
    """One row for `lexemes_sample`; the expression is a tsvector."""
    return _filled("lexeme_sample", expression, source)


def values_sample(row: Row) -> ExpressionSample:
    """The row of `expression_statement`."""
    rows, present, width, values, counts, bounds, correlation = row
    common = tuple(zip(values or (), counts or (), strict=True))
    return ExpressionSample(rows, present, width or 0.0, common, tuple(bounds or ()), correlation)


def lexemes_sample(row: Row) -> ExpressionSample:
    """The row of `lexeme_statement`."""
    rows, present, width, lexemes, counts = row
    found = tuple(zip(lexemes or (), counts or (), strict=True))
    return ExpressionSample(rows, present, width or 0.0, lexemes=found)


def _filled(name: str, expression: str, source: str) -> str:
    return _text(name).replace("{source}", source).replace("{expression}", expression)


@cache
def _text(name: str) -> str:
    return files("dbaudit.targets").joinpath(f"sql/{name}.sql").read_text("utf-8")
