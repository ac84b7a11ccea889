"""A statement with its conditions written so that an index can serve them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbaudit.advise.asked import Asked
from dbaudit.advise.catalog import TableFacts, TableName
from dbaudit.advise.condition_forms import array_form, boolean_form, condition_form
from dbaudit.advise.date_parts import date_runs, range_of
from dbaudit.advise.time_forms import DATED, time_form
from dbaudit.identifiers import quote_ident
from dbaudit.query import Query
from dbaudit.workload.table_use import ARRAY, COLUMN, EXPRESSION, Condition, QueryUses, TableUse

#: A parameter that a form casts, for which the declared type must be the same.
_CAST = re.compile(r"\$(?P<number>\d+)[)\]]?::(?P<type>\w+)")
_PARAMETER = re.compile(r"\$(\d+)")
_SPELLINGS = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "smallint": "int2",
    "int": "int4",
    "integer": "int4",
    "bigint": "int8",
    "boolean": "bool",
    "character varying": "varchar",
}


@dataclass(frozen=True, slots=True)
class Replaced:
    """A condition and what says the same, both on the table's bare columns; `text` stands for what
    was written at `span` of the statement."""

    table: TableName
    was: str
    bare: str
    span: tuple[int, int]
    text: str


def rewritten(condition: Condition, table: TableFacts, alias: str | None = None) -> str | None:
    """The condition with the bare column on the left; None when there is no safe form.

    The column is written with the alias where one is given.
    """
    facts = table.columns.get(condition.column or "")
    if facts is None or condition.is_list or condition.row_position:
        return None
    column = _written(facts.name, alias)
    value = (condition.value or "").strip()
    asked = Asked(column, facts, condition.expression.strip(), condition.operator, value)
    if condition.shape == ARRAY:
        return array_form(asked)
    if condition.shape == COLUMN:
        return boolean_form(asked)
    if condition.shape != EXPRESSION:
        return None
    return time_form(asked) or condition_form(asked)


def replacements(
    query: Query, uses: QueryUses, tables: Mapping[TableName, TableFacts]
) -> list[Replaced]:
    """What can be replaced in the statement of the query that the uses were read from."""
    found: defaultdict[tuple[int, int], list[Replaced | None]] = defaultdict(list)
    ranges: list[Replaced] = []
    for use in uses.tables:
        table = tables.get((use.schema or "", use.table))
        of_use = list(_date_ranges(query.statement, use, table)) if table else []
        ranges += of_use
        for condition in use.conditions:
            span = condition.span
            if span is not None and not any(_is_within(span, one.span) for one in of_use):
                one = _replaced(query.statement, condition, use, table) if table else None
                is_typed = one is not None and _fits_declared(one.bare, query)
                found[span].append(one if is_typed else None)
    wholes = (_joined(parts) for parts in found.values())
    return [*ranges, *(whole for whole in wholes if whole is not None)]


def _date_ranges(statement: str, use: TableUse, table: TableFacts) -> Iterator[Replaced]:
    """Conditions on the year, month and day of one column, side by side, as one range."""
    for run in date_runs(statement, use.conditions):
        facts = table.columns.get(run[0].column or "")
        if facts is None or facts.typname not in DATED or not run[0].span or not run[-1].span:
            continue
        span = run[0].span[0], run[-1].span[1]
        bare = range_of(run, _written(facts.name, None))
        text = range_of(run, _written(facts.name, _alias_within(statement, span, use)))
        if bare is not None:
            was = " AND ".join(str(condition.predicate) for condition in run)
            yield Replaced(table.key, was, bare, span, f"({text})")


def _is_within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _alias_within(statement: str, span: tuple[int, int], use: TableUse) -> str | None:
    """The table's alias if what is written there has it before its columns."""
    is_qualified = f"{quote_ident(use.alias)}.".lower() in statement[slice(*span)].lower()
    return use.alias if is_qualified else None


def _written(column: str, alias: str | None) -> str:
    name = quote_ident(column)
    return name if alias is None else f"{quote_ident(alias)}.{name}"


def applied(statement: str, replaced: list[Replaced]) -> str:
    """The statement with the replacements in it."""
    for one in sorted(replaced, key=lambda one: -one.span[0]):
        statement = statement[: one.span[0]] + one.text + statement[one.span[1] :]
    return statement


def _replaced(
    statement: str, condition: Condition, use: TableUse, table: TableFacts
) -> Replaced | None:
    bare = rewritten(condition, table)
    if bare is None or condition.span is None or condition.predicate is None:
        return None
    text = rewritten(condition, table, _alias_within(statement, condition.span, use))
    return Replaced(table.key, condition.predicate, bare, condition.span, text or bare)


def _fits_declared(text: str, query: Query) -> bool:
    """Whether each parameter that has a declared type is cast to just that."""
    cast = {found["number"]: found["type"] for found in _CAST.finditer(text)}
    declared = {str(n): p.type for n, p in enumerate(query.parameters, 1) if p.type is not None}
    return all(
        _SPELLINGS.get(declared[number].lower(), declared[number].lower()) == cast.get(number)
        for number in _PARAMETER.findall(text)
        if number in declared
    )


def _joined(parts: list[Replaced | None]) -> Replaced | None:
    """BETWEEN is two conditions in one place: both or none."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    bare, text = (" AND ".join(_each(known, name)) for name in ("bare", "text"))
    text = f"({text})" if " AND " in text else text
    return Replaced(known[0].table, known[0].was, bare, known[0].span, text)


def _each(parts: list[Replaced], name: str) -> Iterator[str]:
    return (getattr(part, name) for part in parts)
