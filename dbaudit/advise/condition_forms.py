"""Conditions that hide their column from every index, and what says the same with the column bare.

Both keep the same rows whatever the data; where one of them would fail (an overflow), the new form
does not. Without such a form there is none.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from dbaudit.advise.asked import NAME, UNTYPED, Asked

_FLAGS = re.IGNORECASE | re.VERBOSE
_INTEGERS: Mapping[str, int] = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_TEXTS = frozenset(("text", "varchar"))
_OPPOSITE: Mapping[str, str] = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: Array types whose elements are named by the rest of their name.
_ELEMENTS = frozenset(
    "int2 int4 int8 text varchar uuid date timestamp timestamptz bool float4 float8 numeric".split()
)

#: With backslashes, which are none but in E'' and where standard_conforming_strings is off.
_ANY = re.compile(r"'(?:[^']|'')*'")
_LITERAL = r"'(?:[^'\\]|'')*'"
_WHOLE = re.compile(r"-?\d{1,18}")
_ADDED = re.compile(
    rf"{NAME} \s* (?P<sign>[+-]) \s* (?P<right>\d{{1,18}})"
    rf"| (?P<left>\d{{1,18}}) \s* \+ \s* {NAME}",
    _FLAGS,
)
#: Hours and less are the same everywhere; a day of timestamptz may have 23 or 25 of them.
_SPAN = r"(?:interval \s* '\s*\d+\s*{units}\s*' | '\s*\d+\s*{units}\s*' \s* :: \s* interval)"
_HOURS, _DAYS = (
    re.compile(rf"{NAME} \s* (?P<sign>[+-]) \s* (?P<span>{_SPAN.format(units=units)})", _FLAGS)
    for units in (
        r"(?:hours?|minutes?|mins?|seconds?|secs?)",
        r"(?:days?|weeks?|hours?|minutes?|mins?|seconds?|secs?)",
    )
)
_TIME_NAMES = {
    "timestamptz": r"(?:timestamptz|timestamp\s+with\s+time\s+zone)",
    "timestamp": r"timestamp(?:\s+without\s+time\s+zone)?",
    "date": r"date",
}
#: Literals of which the type is said.
_TYPED = {
    kind: re.compile(rf"{name} \s* '[^'\\]*' | '[^'\\]*' \s* :: \s* {name}", _FLAGS)
    for kind, name in _TIME_NAMES.items()
}
_DAYS_ADDED = re.compile(rf"{NAME} \s* (?P<sign>[+-]) \s* (?P<days>\d{{1,5}})", _FLAGS)
_TODAY = re.compile(r"current_date", _FLAGS)
_NOW = re.compile(r"now \s* \( \s* \) | current_timestamp", _FLAGS)
_UNTYPED = re.compile(UNTYPED)
_COALESCE = re.compile(
    rf"coalesce \s* \( \s* {NAME} \s* , \s* (?P<default>-?\d{{1,18}}|{_LITERAL}|true|false) \s* \)",
    _FLAGS,
)
_NOT_EMPTY = re.compile(r"'(?:[^'\\]|'')*[A-Za-z0-9](?:[^'\\]|'')*'")
_START = re.compile(
    rf"(?:(?:substr|substring) \s* \( \s* {NAME} \s* , \s* 1 \s* , \s* (?P<comma>\d{{1,4}}) \s* \)"
    rf"| substring \s* \( \s* {NAME} \s+ from \s+ 1 \s+ for \s+ (?P<words>\d{{1,4}}) \s* \)"
    rf"| left \s* \( \s* {NAME} \s* , \s* (?P<left>\d{{1,4}}) \s* \))",
    _FLAGS,
)
_AS_TEXT = re.compile(
    rf"{NAME} \s* :: \s* (?:text|varchar)"
    rf"| cast \s* \( \s* {NAME} \s+ as \s+ (?:text|varchar) \s* \)",
    _FLAGS,
)
_CANONICAL_INTEGER = re.compile(r"'(0|-?[1-9]\d{0,17})'")
_CANONICAL_UUID = re.compile(r"'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'")


def condition_form(asked: Asked) -> str | None:
    """The condition with the bare column on its left; None when there is no safe form."""
    return next((form for make in _FORMS if (form := make(asked)) is not None), None)


def array_form(asked: Asked) -> str | None:
    """`value = ANY (array)` by the operator that GIN knows; a NULL is in neither."""
    element = asked.facts.typname.removeprefix("_")
    if element == asked.facts.typname or element not in _ELEMENTS or asked.operator != "=":
        return None
    if not (_UNTYPED.fullmatch(asked.value) or _WHOLE.fullmatch(asked.value)):
        return None
    return f"{asked.column} @> ARRAY[{asked.value}]::{element}[]"


def boolean_form(asked: Asked) -> str | None:
    """`IS TRUE` and `IS FALSE` as a partial index says them; in a WHERE, NULL is no more than
    false."""
    if asked.facts.typname != "bool":
        return None
    return {"is true": asked.column, "is false": f"NOT {asked.column}"}.get(asked.operator)


def _moved_number(asked: Asked) -> str | None:
    """`column + 1 = 5` as `column = 4`."""
    found = _ADDED.fullmatch(asked.expression)
    is_known = asked.facts.typname in _INTEGERS and asked.operator in _OPPOSITE
    if found is None or not is_known or not _WHOLE.fullmatch(asked.value):
        return None
    number = int(found["right"] or found["left"])
    moved = int(asked.value) + (number if found["sign"] == "-" else -number)
    limit = _INTEGERS[asked.facts.typname]
    return f"{asked.column} {asked.operator} {moved}" if -limit < moved < limit else None


def _moved_span(asked: Asked) -> str | None:
    """`column + interval '1 hour' < now()` as `column < now() - interval '1 hour'`."""
    kind = asked.facts.typname
    pattern = {"timestamptz": _HOURS, "timestamp": _DAYS}.get(kind)
    found = pattern.fullmatch(asked.expression) if pattern else None
    if found is None or asked.operator not in _OPPOSITE:
        return None
    sign = "-" if found["sign"] == "+" else "+"
    is_typed = _TYPED[kind].fullmatch(asked.value) is not None
    if is_typed or (kind == "timestamptz" and _NOW.fullmatch(asked.value)):
        return f"{asked.column} {asked.operator} {asked.value} {sign} {found['span']}"
    if not _UNTYPED.fullmatch(asked.value):
        return None
    return f"{asked.column} {asked.operator} {asked.value}::{kind} {sign} {found['span']}"


def _moved_days(asked: Asked) -> str | None:
    """`column + 7 = current_date` as `column = current_date - 7`, of dates."""
    found = _DAYS_ADDED.fullmatch(asked.expression)
    if found is None or asked.facts.typname != "date" or asked.operator not in _OPPOSITE:
        return None
    is_dated = _TYPED["date"].fullmatch(asked.value) or _TODAY.fullmatch(asked.value)
    if not is_dated and not _UNTYPED.fullmatch(asked.value):
        return None
    day = asked.value if is_dated else f"{asked.value}::date"
    sign = "-" if found["sign"] == "+" else "+"
    return f"{asked.column} {asked.operator} {day} {sign} {found['days']}"


def _coalesced(asked: Asked) -> str | None:
    """`coalesce(column, 0) = 5`: NULL counts where the default satisfies the condition."""
    found = _COALESCE.fullmatch(asked.expression)
    compare = _COMPARE.get(asked.operator)
    if found is None or compare is None:
        return None
    bare = f"{asked.column} {asked.operator} {asked.value}"
    # of an int2 column the default makes an int4, which a parameter would then be as well
    if asked.facts.not_null and (asked.facts.typname != "int2" or "$" not in asked.value):
        return bare
    default, value = _constants(asked, found["default"])
    if default is None or value is None or (isinstance(value, str) and asked.operator != "="):
        return None
    return f"({bare} OR {asked.column} IS NULL)" if compare(default, value) else bare


def _constants(asked: Asked, default: str) -> tuple[object, object]:
    """Default and value, where it can be told whether they are equal; None otherwise."""
    kind = asked.facts.typname
    if kind in _INTEGERS and _WHOLE.fullmatch(default) and _WHOLE.fullmatch(asked.value):
        return int(default), int(asked.value)
    if kind == "bool":
        truth = {"true": True, "false": False}
        return truth.get(default.lower()), truth.get(asked.value.lower())
    # A collation may hold different texts equal, but never a letter and nothing.
    is_sure = default == asked.value or (default == "''" and _NOT_EMPTY.fullmatch(asked.value))
    return (default, asked.value) if kind in _TEXTS and is_sure else (None, None)


def _prefix(asked: Asked) -> str | None:
    """`left(column, 3) = 'abc'` as `column LIKE 'abc%'`.

    LIKE takes no collation that holds other bytes equal before PostgreSQL 18.
    """
    found = _START.fullmatch(asked.expression)
    is_known = asked.facts.typname in _TEXTS and asked.facts.is_deterministic
    if found is None or not is_known or asked.operator != "=" or not _ANY.fullmatch(asked.value):
        return None
    text = asked.value[1:-1]
    if len(text.replace("''", "'")) != int(found["comma"] or found["words"] or found["left"]):
        return None
    pattern = re.sub(r"([%_\\])", r"\\\1", text)
    return f"{asked.column} LIKE '{pattern}%'"


def _own_type(asked: Asked) -> str | None:
    """`column::text = '5'` in the column's own type, where the text is as the server writes it."""
    if not _AS_TEXT.fullmatch(asked.expression) or asked.operator != "=":
        return None
    kind = asked.facts.typname
    if kind == "uuid" and _CANONICAL_UUID.fullmatch(asked.value):
        return f"{asked.column} = {asked.value}"
    found = _CANONICAL_INTEGER.fullmatch(asked.value)
    limit = _INTEGERS.get(kind)
    if found is None or limit is None or not -limit <= int(found[1]) < limit:
        return None
    return f"{asked.column} = {found[1]}"


_FORMS = (_moved_number, _moved_span, _moved_days, _coalesced, _prefix, _own_type)
