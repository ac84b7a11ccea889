"""Extended statistics that mend an estimate on which a query's plan hangs.

https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED: of an expression
the planner knows nothing and takes an equality for 0.5 % of the rows (DEFAULT_EQ_SEL,
selfuncs.h);
conditions on several columns it takes for independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbaudit.advise.canonical import canonical
from dbaudit.advise.catalog import TableFacts
from dbaudit.identifiers import fit_identifier, qualified, quote_ident
from dbaudit.workload.table_use import ARRAY, COLUMN, Condition, TableUse

_GUESSED_SHARE = 0.005
_ROUNDING = 1.02

#: Conditions are worth a word when multiplying them leaves so small a part of what one leaves.
_MULTIPLIED = 0.1
_MAX_COLUMNS = 4

#: CREATE STATISTICS takes expressions since PostgreSQL 14.
_EXPRESSIONS_VERSION_NUM = 140000


@dataclass(frozen=True, slots=True)
class Guess:
    """An estimate that rests on a guess: `ddl` mends it, `conditions` are all of the scan's."""

    ddl: str
    reason: str
    conditions: tuple[Condition, ...]


def guesses(
    use: TableUse, table: TableFacts, scanned_rows: float, version_num: int
) -> Iterator[Guess]:
    """What CREATE STATISTICS would mend on a server of this version.

    `scanned_rows` are those that the scan is to give.
    """
    asked = tuple(condition for condition in use.conditions if not condition.is_join)
    expressions = _guessed_expressions(use.conditions, table)
    if expressions and scanned_rows <= max(1.0, _ROUNDING * _GUESSED_SHARE * table.rows):
        for expression in expressions if version_num >= _EXPRESSIONS_VERSION_NUM else ():
            reason = (
                f"the planner has no statistics of {expression} and takes 0.5 % of "
                f"{table.name}'s rows for it"
            )
            yield Guess(_ddl(table, (f"({expression})",), ""), reason, asked)
        return
    columns = _multiplied(use.conditions, table)
    if columns:
        reason = (
            f"the planner multiplies the shares of {' and '.join(columns)} of {table.name} as if "
            f"independent ({scanned_rows:.0f} of {table.rows:.0f} rows)"
        )
        keys = tuple(quote_ident(column) for column in columns)
        yield Guess(_ddl(table, keys, " (dependencies)"), reason, asked)


def _guessed_expressions(conditions: Sequence[Condition], table: TableFacts) -> list[str]:
    """Expressions compared for equality that neither an index nor a column has statistics of."""
    known = {canonical(key.text) for index in table.indexes for key in index.definition.keys}
    found = [
        condition.expression
        for condition in conditions
        if condition.shape not in (COLUMN, ARRAY)
        and condition.operator == "="
        and not (condition.in_or or condition.is_join or "$" in condition.expression)
    ]
    return [expression for expression in dict.fromkeys(found) if canonical(expression) not in known]


def _multiplied(conditions: Sequence[Condition], table: TableFacts) -> list[str]:
    """Columns compared for equality whose shares, multiplied, leave next to nothing."""
    shares: dict[str, float] = {}
    for condition in conditions:
        facts = table.columns.get(condition.column or "")
        is_plain = condition.is_equality and condition.shape == COLUMN and not condition.is_join
        if facts is not None and facts.distinct and is_plain and not condition.in_or:
            shares[facts.name] = 1 / facts.distinct
    names = sorted(shares)[:_MAX_COLUMNS]
    most_selective = min(shares.values(), default=1.0)
    product = math.prod(shares[name] for name in names)
    has_rows = most_selective * table.rows >= 1 / _MULTIPLIED
    return names if has_rows and product <= _MULTIPLIED * most_selective else []


def _ddl(table: TableFacts, keys: tuple[str, ...], kinds: str) -> str:
    name = fit_identifier("_".join([table.name, *(_word(key) for key in keys), "stat"]))
    full_name = qualified(table.schema, name)
    where = qualified(table.schema, table.name)
    return (
        f"CREATE STATISTICS {full_name}{kinds} ON {', '.join(keys)} FROM {where}; ANALYZE {where}"
    )


def _word(key: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in key).strip("_")
