"""Conditions on the day, month or year of a time, which no index can serve, as ranges that one can.

What depends on the session's time zone is not IMMUTABLE, so there can be no index on it either.
Both forms hold for the same rows whatever the data (infinity aside); other expressions have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from dbaudit.advise.asked import NAME, Asked

_TIMES = frozenset(("timestamp", "timestamptz"))
#: Types whose values have a year, a month and a day.
DATED = _TIMES | {"date"}

_FLAGS = re.IGNORECASE | re.VERBOSE
_DAY = re.compile(
    rf"date \s* \( \s* {NAME} \s* \) | {NAME} \s* :: \s* date"
    rf"| cast \s* \( \s* {NAME} \s+ as \s+ date \s* \)",
    _FLAGS,
)
_YEAR = re.compile(
    rf"extract \s* \( \s* year \s+ from \s+ {NAME} \s* \)"
    rf"| date_part \s* \( \s* 'year' \s* , \s* {NAME} \s* \)",
    _FLAGS,
)
_TO_CHAR = re.compile(
    rf"to_char \s* \( \s* {NAME} \s* , \s* '(YYYY(?:-MM(?:-DD)?)?)' \s* \)", _FLAGS
)
_TRUNCATED = re.compile(
    rf"date_trunc \s* \( \s* '(day|month|year)' \s* , \s* {NAME} \s* \)", _FLAGS
)
_AGE = re.compile(rf"(now \s* \( \s* \) | current_timestamp) \s* - \s* {NAME}", _FLAGS)
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


def time_form(asked: Asked) -> str | None:
    """The condition as a range of the bare column; None when there is no safe form."""
    if asked.facts.typname not in DATED:
        return None
    return next((form for make in _FORMS if (form := make(asked)) is not None), None)


def _day(asked: Asked) -> str | None:
    """A day begins at its midnight in the session's time zone and ends before the next one."""
    if asked.facts.typname == "date" or not _DAY.fullmatch(asked.expression):
        return None
    if not _DATE_VALUE.fullmatch(asked.value):
        return None
    column, day = asked.column, f"({asked.value})::date"
    ranges = {
        "=": f"{column} >= {day} AND {column} < {day} + 1",
        ">=": f"{column} >= {day}",
        "<": f"{column} < {day}",
        "<=": f"{column} < {day} + 1",
        ">": f"{column} >= {day} + 1",
    }
    return ranges.get(asked.operator)


def _year(asked: Asked) -> str | None:
    is_year = _YEAR.fullmatch(asked.expression) and _INTEGER.fullmatch(asked.value)
    if asked.operator != "=" or not is_year:
        return None
    return between(asked.column, date(int(asked.value), 1, 1), "year")


def _to_char(asked: Asked) -> str | None:
    found = _TO_CHAR.fullmatch(asked.expression)
    literal = _LITERAL.fullmatch(asked.value)
    if found is None or literal is None or asked.operator != "=":
        return None
    shape = found[1].upper()
    parts = [part for part in literal.groups() if part is not None]
    if found[1] != shape or len(parts) != shape.count("-") + 1:
        return None
    first = calendar_day("-".join([*parts, "01", "01"][:3]))
    return between(asked.column, first, _UNITS[shape])


def _truncated(asked: Asked) -> str | None:
    """Only for a value that is itself the first moment of such a unit; no row equals another."""
    found, literal = _TRUNCATED.fullmatch(asked.expression), _LITERAL.fullmatch(asked.value)
    if found is None or literal is None or asked.operator != "=" or literal[3] is None:
        return None
    unit, first = found[1].lower(), calendar_day(asked.value.strip("'"))
    if first is None or first != _start(first, unit):
        return None
    return between(asked.column, first, unit)


def _age(asked: Asked) -> str | None:
    found, opposite = _AGE.fullmatch(asked.expression), _OPPOSITE.get(asked.operator)
    if found is None or opposite is None or asked.facts.typname != "timestamptz":
        return None
    if not _SPAN.fullmatch(asked.value):
        return None
    return f"{asked.column} {opposite} {found[1]} - {asked.value}"


def between(column: str, first: date | None, unit: str) -> str | None:
    """The range of times in the day, month or year that begins with a date."""
    if first is None or first.year >= date.max.year:
        return None
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


def calendar_day(text: str) -> date | None:
    """The day that is written as YYYY-MM-DD, None when it is not in the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_FORMS: tuple[Callable[[Asked], str | None], ...] = (
    _day,
    _year,
    _to_char,
    _truncated,
    _age,
)
