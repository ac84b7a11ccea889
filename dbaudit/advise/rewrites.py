"""Conditions on the day, month or year of a time, which no index can serve, as ranges that one can.

What depends on the session's time zone is not IMMUTABLE, so there can be no index on it either.
Both forms hold for the same rows whatever the data (infinity aside); other expressions have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from dbaudit.advise.catalog import ColumnFacts, TableFacts
from dbaudit.identifiers import quote_ident
from dbaudit.workload.table_use import EXPRESSION, Condition

_TIMES = frozenset(("timestamp", "timestamptz"))

_NAME = r'(?:[a-z_][\w$]*|"(?:[^"]|"")+")'
_FLAGS = re.IGNORECASE | re.VERBOSE
_DAY = re.compile(
    rf"date \s* \( \s* {_NAME} \s* \) | {_NAME} \s* :: \s* date"
    rf"| cast \s* \( \s* {_NAME} \s+ as \s+ date \s* \)",
    _FLAGS,
)
_YEAR = re.compile(
    rf"extract \s* \( \s* year \s+ from \s+ {_NAME} \s* \)"
    rf"| date_part \s* \( \s* 'year' \s* , \s* {_NAME} \s* \)",
    _FLAGS,
)
_TO_CHAR = re.compile(
    rf"to_char \s* \( \s* {_NAME} \s* , \s* '(YYYY(?:-MM(?:-DD)?)?)' \s* \)", _FLAGS
)
_TRUNCATED = re.compile(
    rf"date_trunc \s* \( \s* '(day|month|year)' \s* , \s* {_NAME} \s* \)", _FLAGS
)
_AGE = re.compile(rf"(now \s* \( \s* \) | current_timestamp) \s* - \s* {_NAME}", _FLAGS)
#: Of hours or less: how long days and months are depends on the calendar.
_SPAN = re.compile(r"interval \s* '\s*\d+\s*(?:hours?|minutes?|seconds?)\s*'", _FLAGS)

#: Values that are surely dates: a time of day would make the comparison another one.
_DATE_VALUE = re.compile(
    r"(?:date \s*)? '\d{4}-\d\d-\d\d' (?:::date)? | \$\d+ (?:::date)?"
    r"| current_date (?:\s* [+-] \s* \d{1,5})?",
    _FLAGS,
)
_LITERAL = re.compile(r"'(\d{4})(?:-(\d\d))?(?:-(\d\d))?'")
_INTEGER = re.compile(r"[1-9]\d{0,3}")

_UNITS = {"YYYY": "year", "YYYY-MM": "month", "YYYY-MM-DD": "day"}
_OPPOSITE: Mapping[str, str] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def rewritten(condition: Condition, table: TableFacts) -> str | None:
    """The condition with the bare column on the left; None when there is no safe form."""
    facts = table.columns.get(condition.column or "")
    if facts is None or facts.typname not in _TIMES or condition.shape != EXPRESSION:
        return None
    if condition.in_or or condition.is_list or condition.value is None:
        return None
    text, value = condition.expression.strip(), condition.value.strip()
    forms = (form(text, condition.operator, value, facts) for form in _FORMS)
    return next((form for form in forms if form is not None), None)


def _day(text: str, operator: str, value: str, facts: ColumnFacts) -> str | None:
    """A day begins at its midnight in the session's time zone and ends before the next one."""
    if not _DAY.fullmatch(text) or not _DATE_VALUE.fullmatch(value):
        return None
    column, day = quote_ident(facts.name), f"({value})::date"
    ranges = {
        "=": f"{column} >= {day} AND {column} < {day} + 1",
        ">=": f"{column} >= {day}",
        "<": f"{column} < {day}",
        "<=": f"{column} < {day} + 1",
        ">": f"{column} >= {day} + 1",
    }
    return ranges.get(operator)


def _year(text: str, operator: str, value: str, facts: ColumnFacts) -> str | None:
    if operator != "=" or not _YEAR.fullmatch(text) or not _INTEGER.fullmatch(value):
        return None
    return _between(facts, date(int(value), 1, 1), "year")


def _to_char(text: str, operator: str, value: str, facts: ColumnFacts) -> str | None:
    found = _TO_CHAR.fullmatch(text)
    literal = _LITERAL.fullmatch(value)
    if found is None or literal is None or operator != "=":
        return None
    shape = found[1].upper()
    parts = [part for part in literal.groups() if part is not None]
    if found[1] != shape or len(parts) != shape.count("-") + 1:
        return None
    first = _date("-".join([*parts, "01", "01"][:3]))
    return _between(facts, first, _UNITS[shape])


def _truncated(text: str, operator: str, value: str, facts: ColumnFacts) -> str | None:
    """Only for a value that is itself the first moment of such a unit; no row equals another."""
    found, literal = _TRUNCATED.fullmatch(text), _LITERAL.fullmatch(value)
    if found is None or literal is None or operator != "=" or literal[3] is None:
        return None
    unit, first = found[1].lower(), _date(value.strip("'"))
    if first is None or first != _start(first, unit):
        return None
    return _between(facts, first, unit)


def _age(text: str, operator: str, value: str, facts: ColumnFacts) -> str | None:
    found, opposite = _AGE.fullmatch(text), _OPPOSITE.get(operator)
    if found is None or opposite is None or facts.typname != "timestamptz":
        return None
    return (
        f"{quote_ident(facts.name)} {opposite} {found[1]} - {value}"
        if _SPAN.fullmatch(value)
        else None
    )


def _between(facts: ColumnFacts, first: date | None, unit: str) -> str | None:
    """The range of times in the day, month or year that begins with a date."""
    if first is None or first.year >= date.max.year:
        return None
    column = quote_ident(facts.name)
    return f"{column} >= '{first}' AND {column} < '{_next(first, unit)}'"


def _next(first: date, unit: str) -> date:
    if unit == "year":
        return first.replace(year=first.year + 1)
    if unit == "day":
        return date.fromordinal(first.toordinal() + 1)
    years, month = divmod(first.month, 12)
    return first.replace(year=first.year + years, month=month + 1)


def _start(day: date, unit: str) -> date:
    return {"year": day.replace(month=1, day=1), "month": day.replace(day=1)}.get(unit, day)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # a day that is not in the calendar
        return None


_FORMS: tuple[Callable[[str, str, str, ColumnFacts], str | None], ...] = (
    _day,
    _year,
    _to_char,
    _truncated,
    _age,
)
