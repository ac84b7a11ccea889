"""Values for parameters that the query's file leaves open: a common one and a rare one.

A plan depends on its values; a query that is fast for most may be slow for the largest customer. So
a parameter is tried with what the statistics of the column that it compares with call common, and
with a value that is rare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dbaudit.identifiers import quote_ident
from dbaudit.query import BoundQuery, Query
from dbaudit.workload.binding import Values, bind, generic, given_values
from dbaudit.workload.column_values import (
    Choice,
    ColumnValues,
    choose_array,
    choose_equal,
    choose_fragment,
    choose_prefix,
    choose_range,
)
from dbaudit.workload.lexer import TokenKind, tokens
from dbaudit.workload.table_use import COLUMN, EXPRESSION, PARAMETER, Condition, QueryUses

#: (schema, table, column)
ColumnName = tuple[str, str, str]

_PAGE = {"limit": "20", "offset": "0"}
_EQUALITIES = frozenset(("=", "<>", "in", "not in", "is distinct from", "is not distinct from"))
_LOWER_BOUNDS = frozenset((">", ">="))
_UPPER_BOUNDS = frozenset(("<", "<="))
_PATTERNS = frozenset(("~~", "~~*", "!~~", "!~~*"))
_PREFIX = "^@"
#: A parameter that is folded like the column beside it, or set into a pattern.
_FOLDED = re.compile(r"(?:lower|upper)\s*\(\s*\$\d+\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Role:
    """What a parameter is compared with, and how.

    `rank` counts the parameters of one list; `is_array` is = ANY ($1); `is_paired` a range with
    both ends; `is_joined` a pattern that the query puts together ('%' || $1); `fold` is lower or
    upper.
    """

    column: ColumnName
    operator: str
    rank: int = 0
    is_array: bool = False
    is_paired: bool = False
    is_joined: bool = False
    fold: str | None = None


def needed_columns(query: Query, uses: QueryUses, overrides: Values) -> tuple[ColumnName, ...]:
    """The columns whose statistics `variants` wants, for the parameters without a value."""
    known = {**given_values(query), **overrides}
    columns = (role.column for name, role in _roles(query, uses).items() if name not in known)
    return tuple(dict.fromkeys(columns))


def variants(
    query: Query,
    uses: QueryUses,
    overrides: Values,
    column_values: Mapping[ColumnName, ColumnValues],
) -> list[BoundQuery]:
    """The query as it should be planned.

    `given` alone when every parameter has a value (`overrides` come before the file's); else
    `common` and `rare`, one of them where both are the same; else, when some parameter has neither
    value nor statistics, `generic`.
    """
    known = {**given_values(query), **overrides}
    open_names = [p.name for p in query.parameters if p.name not in known]
    if not open_names:
        return [bind(query, overrides)]
    choices = _choices(query, uses, column_values)
    if any(name not in choices for name in open_names):
        return [generic(query)]
    common = {**known, **{name: choices[name].common for name in open_names}}
    rare = {**known, **{name: choices[name].rare for name in open_names}}
    found = [bind(query, common, "common")]
    return found if rare == common else [*found, bind(query, rare, "rare")]


def _choices(
    query: Query, uses: QueryUses, column_values: Mapping[ColumnName, ColumnValues]
) -> dict[str, Choice]:
    found = {}
    for name, role in _roles(query, uses).items():
        values = column_values.get(role.column)
        choice = choose_values(role, values) if values is not None else None
        if choice is not None:
            found[name] = choice
    for paging in uses.paging:
        for name in _parameters_of(query, paging.value):
            if paging.value_kind == PARAMETER:
                found[name] = Choice(_PAGE[paging.clause], _PAGE[paging.clause])
    return found


def choose_values(role: Role, values: ColumnValues) -> Choice | None:
    """A common and a rare value for a parameter; None where the statistics know none."""
    if role.is_array:
        return choose_array(values)
    if role.operator in _LOWER_BOUNDS | _UPPER_BOUNDS:
        is_lower = role.operator in _LOWER_BOUNDS
        return choose_range(values, is_lower=is_lower, is_paired=role.is_paired)
    choice = choose_equal(values, role.rank)
    if choice is None:
        return None
    if role.operator == _PREFIX:
        return choose_prefix(choice)
    if role.operator in _PATTERNS:
        return choose_fragment(choice, "" if role.is_joined else "%")
    return choice.folded(role.fold)


def _roles(query: Query, uses: QueryUses) -> dict[str, Role]:
    """The role of each parameter that is compared with a column, or else stored in one."""
    found: dict[str, Role] = {}
    for use in uses.tables:
        for condition in use.conditions:
            if use.schema is None or condition.column is None or condition.value is None:
                continue
            column = (use.schema, use.table, condition.column)
            paired = _is_paired(condition, use.conditions)
            for name, role in _roles_of(query, condition, column, is_paired=paired):
                found.setdefault(name, role)
    for stored in uses.assignments:
        if stored.schema is not None:
            for name in _parameters_of(query, stored.value):
                found.setdefault(name, Role((stored.schema, stored.table, stored.column), "="))
    return found


def _is_paired(condition: Condition, conditions: Iterable[Condition]) -> bool:
    opposite = _UPPER_BOUNDS if condition.operator in _LOWER_BOUNDS else _LOWER_BOUNDS
    return any(
        other.operator in opposite
        and other.expression == condition.expression
        and other.value_kind == PARAMETER
        for other in conditions
    )


def _roles_of(
    query: Query, condition: Condition, column: ColumnName, *, is_paired: bool
) -> Iterator[tuple[str, Role]]:
    value = condition.value or ""
    fold = _fold(condition)
    is_joined = condition.operator in _PATTERNS and "||" in value
    is_plain = condition.value_kind == PARAMETER or is_joined or bool(_FOLDED.fullmatch(value))
    comparable = _EQUALITIES | _LOWER_BOUNDS | _UPPER_BOUNDS | _PATTERNS | {_PREFIX}
    if not is_plain or condition.operator not in comparable or fold is None:
        return
    is_array = condition.is_list and condition.operator == "=" and value.lstrip("( ")[0] == "$"
    for rank, name in enumerate(_parameters_of(query, value)):
        yield (
            name,
            Role(
                column=column,
                operator=condition.operator,
                rank=rank,
                is_array=is_array,
                is_paired=is_paired,
                is_joined=is_joined,
                fold=fold or None,
            ),
        )


def _fold(condition: Condition) -> str | None:
    """lower or upper for such an expression, "" for a bare column or date, None for all others."""
    column = quote_ident(condition.column or "")
    text = condition.expression
    if condition.shape == COLUMN or text.lower() in (f"{column}::date", f"date({column})"):
        return ""
    match = re.fullmatch(r"(lower|upper)\s*\(\s*(.*?)\s*\)", text, re.IGNORECASE)
    is_folded = condition.shape == EXPRESSION and match is not None and match[2] == column
    return match[1].lower() if match is not None and is_folded else None


def _parameters_of(query: Query, sql: str) -> list[str]:
    """The names of the parameters in a piece of the query's statement."""
    return [
        query.parameters[int(token.parameter_name) - 1].name
        for token in tokens(sql)
        if token.kind is TokenKind.NUMBERED_PARAMETER
        and 0 < int(token.parameter_name) <= len(query.parameters)
    ]
