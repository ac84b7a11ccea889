"""What varies among the executions of one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from dbaudit.traffic.roles import Role
from dbaudit.traffic.shape import WRITES, Form, Kind
from dbaudit.traffic.shapes import Seen

#: The roles of values in `f($1)`, and in `… FROM f() WHERE id = $1`.
_ARGUMENTS = frozenset((Role.OTHER, Role.KEY, Role.ARRAY))


class Variation(StrEnum):
    """How the executions of a statement differ.

    `KEYED`: in the key that is looked up. `STORED`: in the values that are stored. `SAME`: not at
    all. `UNKNOWN`: the source tells no values. `MOVED`: in a page's bounds, a range, a list of
    several, or what else is no key: one execution could not have done the work of all.
    """

    KEYED = "keyed"
    STORED = "stored"
    SAME = "same"
    UNKNOWN = "unknown"
    MOVED = "moved"


class Varied(NamedTuple):
    """A variation and the number of different keys, 0 where there are none."""

    variation: Variation
    keys: int = 0
    is_by_range: bool = False


def variation(steps: Sequence[Seen]) -> Varied:
    """What varies among executions of one shape."""
    skeleton = Counter(seen.form.skeleton for seen in steps).most_common(1)[0][0]
    of_form = [seen for seen in steps if seen.form.skeleton == skeleton]
    first = of_form[0].form
    if first.shape.kind is Kind.INSERT and not _is_insert_select(first):
        return Varied(Variation.STORED)
    values = [seen.values for seen in of_form if seen.values is not None]
    if len(values) < len(of_form):
        return Varied(_unknown(first))
    varying = [n for n, column in enumerate(zip(*values, strict=False)) if len(set(column)) > 1]
    if not varying:
        return Varied(Variation.SAME if len(of_form) == len(steps) else Variation.MOVED)
    return _varied(first, values, varying)


def _varied(form: Form, values: Sequence[tuple[str | None, ...]], varying: Sequence[int]) -> Varied:
    roles = form.roles()
    if len(roles) < max(varying) + 1:
        return Varied(Variation.UNKNOWN)
    is_write = form.shape.kind in WRITES
    if is_write and any(roles[n] is Role.INSERTED for n in varying):
        return Varied(Variation.STORED)
    columns = tuple(zip(*values, strict=False))
    if form.shape.functions:
        return _called(roles, columns, varying)
    ranges = {columns[n] for n in varying if roles[n] is Role.RANGE}
    at_keys = [
        n for n in varying if roles[n] in (Role.KEY, Role.ARRAY) and columns[n] not in ranges
    ]
    is_list = any(roles[n] is Role.MEMBER for n in varying) or any(
        roles[n] is Role.ARRAY and "," in (row[n] or "") for row in values for n in at_keys
    )
    if is_list or not at_keys:
        return Varied(Variation.MOVED)
    keys = len({tuple(row[n] for n in at_keys) for row in values})
    is_assigned = is_write and any(roles[n] is Role.ASSIGNED for n in varying)
    return Varied(Variation.STORED if is_assigned else Variation.KEYED, keys, Role.RANGE in roles)


def _called(
    roles: Sequence[Role], columns: Sequence[Sequence[str | None]], varying: Sequence[int]
) -> Varied:
    """What a function is given is taken for a key, but for lists, and for pages by their offset."""
    given = [columns[n] for n in varying if roles[n] in _ARGUMENTS]
    if not given or any(_is_list(column) or _is_stepwise(column) for column in given):
        return Varied(Variation.MOVED)
    return Varied(Variation.KEYED, len(set(zip(*given, strict=True))))


def _is_list(column: Sequence[str | None]) -> bool:
    """Whether a value holds several: an array or JSON."""
    values = [(value or "").strip("'") for value in column]
    return any(value[:1] in ("{", "[") and "," in value for value in values)


def _is_stepwise(column: Sequence[str | None]) -> bool:
    """Whether the values go up by the same number each time, and by more than one."""
    if not all(value is not None and value.isdigit() for value in column):
        return False
    steps = {int(b or 0) - int(a or 0) for a, b in pairwise(column)}
    return len(steps) == 1 and steps.pop() > 1


def _is_insert_select(form: Form) -> bool:
    """Whether the rows that are inserted come of a query."""
    return " select " in form.shape.text and " values " not in form.shape.text


def _unknown(form: Form) -> Variation:
    """UNKNOWN where the statement at least has a key, or nothing can be told of its values."""
    roles = form.roles()
    is_keyed = not roles or Role.KEY in roles or Role.ARRAY in roles
    is_moving = Role.LIMIT in roles and Role.OFFSET in roles
    return Variation.UNKNOWN if is_keyed and not is_moving else Variation.MOVED
