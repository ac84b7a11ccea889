"""Conditions on a time's year, month and day, one beside the other, as the one range that they are.

Each by itself but the year's is no range. Those apart from each other stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from dbaudit.advise.asked import NAME
from dbaudit.advise.time_forms import between, calendar_day
from dbaudit.workload.table_use import EXPRESSION, Condition

_PART = re.compile(
    rf"extract \s* \( \s* (year|month|day) \s+ from \s+ {NAME} \s* \)"
    rf"| date_part \s* \( \s* '(year|month|day)' \s* , \s* {NAME} \s* \)",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(r"[1-9]\d{0,3}")
#: What makes a range: the unit that it is of, by what is known.
_UNITS: Mapping[frozenset[str], str] = {
    frozenset(("year", "month")): "month",
    frozenset(("year", "month", "day")): "day",
}


def date_runs(statement: str, conditions: Sequence[Condition]) -> Iterator[tuple[Condition, ...]]:
    """The conditions of one column that are a range together, each joined to the next by AND."""
    by_column: defaultdict[str | None, list[Condition]] = defaultdict(list)
    for condition in conditions:
        if condition.span is not None and _part(condition) is not None:
            by_column[condition.column].append(condition)
    for some in by_column.values():
        for run in _side_by_side(statement, some):
            units = {str(_part(condition)) for condition in run}
            if len(units) == len(run) and frozenset(units) in _UNITS:
                yield run


def range_of(run: Sequence[Condition], column: str) -> str | None:
    """The run as a range of the column; None for a day that is not in the calendar."""
    values = {str(_part(condition)): int(condition.value or "") for condition in run}
    first = f"{values['year']:04}-{values['month']:02}-{values.get('day', 1):02}"
    return between(column, calendar_day(first), _UNITS[frozenset(values)])


def _part(condition: Condition) -> str | None:
    found = _PART.fullmatch(condition.expression.strip())
    is_number = _NUMBER.fullmatch((condition.value or "").strip()) is not None
    if found is None or condition.shape != EXPRESSION or condition.operator != "=":
        return None
    return (found[1] or found[2]).lower() if is_number and not condition.is_list else None


def _side_by_side(
    statement: str, conditions: Sequence[Condition]
) -> Iterator[tuple[Condition, ...]]:
    run: list[Condition] = []
    for condition in sorted(conditions, key=lambda one: one.span or (0, 0)):
        if run and not _is_joined(statement, run[-1], condition):
            yield tuple(run)
            run = []
        run.append(condition)
    yield tuple(run)


def _is_joined(statement: str, left: Condition, right: Condition) -> bool:
    """Whether nothing but AND stands between two conditions of a statement."""
    if left.span is None or right.span is None:
        return False
    return statement[left.span[1] : right.span[0]].strip().lower() == "and"
