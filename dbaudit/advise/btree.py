"""B-tree indexes for one table reference of a query.

The order of keys follows what a B-tree can do (https://www.postgresql.org/docs/current/indexes-multicolumn.html):
columns compared for equality first, the most selective one in front, then one range, or the columns
of the sort, the grouping or the join.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.covering import covering_reason, may_include
from dbaudit.advise.keys import (
    distinct_values,
    equality_key,
    grouping_keys,
    join_key,
    most_rows,
    range_key,
    sorting_keys,
)
from dbaudit.advise.partial import Predicate, not_null_predicate, predicates
from dbaudit.advise.proposal import Proposal
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.table_use import COLUMN, Condition, SortKey, TableUse

#: Ranges, joins and single predicates beyond these are left out.
_MAX_RANGES = 3
_MAX_JOINS = 3

#: Rows whose table pages an index must spare to be worth its covering columns: each costs about as
#: much as four pages in sequence (random_page_cost), a tenth of a millisecond altogether when warm.
_MIN_COVERED_ROWS = 100

_Keys = tuple[IndexKey, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """One table reference, with how often each key is compared for equality in the workload."""

    use: TableUse
    table: TableFacts
    popularity: Callable[[IndexKey], int]
    max_columns: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sequence of keys and why; `rank` as in Proposal."""

    keys: _Keys
    why: str
    rank: int


def btree_proposals(reach: Reach) -> Iterator[Proposal]:
    """Every B-tree worth a try: whole and partial, plain and covering."""
    conditions = [c for c in reach.use.conditions if not c.in_or]
    better = set()
    for condition, shape, predicate in _not_null(reach, conditions):
        plain, *covering = _indexes(reach, shape, predicate, conditions)
        yield plain
        if shape.keys[0].is_expression:
            continue
        yield from covering
        # Of an expression the planner learns by an index on all rows alone (examine_variable), and
        # an outer join may keep the rows without it.
        if not condition.is_join:
            better.add(shape.keys)
    for given in (None, *predicates(conditions, reach.table)):
        rest = [c for c in conditions if given is None or c not in given.conditions]
        for shape in _shapes(reach, rest, given):
            if given is not None or shape.keys not in better:
                yield from _indexes(reach, shape, given, rest)
    yield from _alternatives(reach)


def _shapes(
    reach: Reach, conditions: Sequence[Condition], predicate: Predicate | None
) -> Iterator[_Shape]:
    equal = _equalities(reach, conditions)
    ranges = _found(range_key, conditions, reach.table)[:_MAX_RANGES]
    joins = _found(join_key, conditions, reach.table)[:_MAX_JOINS]
    words = _equal_words(equal)
    for order, also in _orders(reach, equal):
        yield from _after_equality(reach, order, ranges, _equal_words(order) + also)
    for join in joins:
        why = f"{join.text} joins"
        yield _Shape((join,), why, 0)
        if equal:
            yield _Shape((*equal, join), f"{words}, {why}", 1)
            yield _Shape((join, *equal), f"{why}, {words}", 1)
        for key in ranges:
            yield _Shape((join, key), f"{why}, {key.text} is a range", 1)
    if len(joins) > 1:
        yield _Shape(joins, f"{_names(joins)} join", 0)
    for key in ranges:
        yield _Shape((key,), f"{key.text} is a range", 1 if equal else 0)
    yield from _alone(reach, conditions, predicate)


def _after_equality(reach: Reach, equal: _Keys, ranges: _Keys, words: str) -> Iterator[_Shape]:
    for key in ranges:
        if equal:
            yield _Shape((*equal, key), f"{words}, then the range of {key.text}", 0)
    for keys, why in _ordered(reach):
        rest = tuple(key for key in keys if _bare(key) not in set(map(_bare, equal)))
        if rest and equal:
            yield _Shape((*equal, *rest), f"{words}, then {why} {_names(rest)}", 0)
    if equal:
        yield _Shape(equal, words, 1 if ranges or reach.use.sort else 0)


def _alone(
    reach: Reach, conditions: Sequence[Condition], predicate: Predicate | None
) -> Iterator[_Shape]:
    """Sort, group or one equality by itself; a partial index may have no better key."""
    equal = _equalities(reach, conditions)
    is_all = predicate is not None and not equal
    for keys, why in _ordered(reach):
        yield _Shape(keys, f"{why} {_names(keys)}", 0 if is_all else 1)
    if len(equal) > 1:
        for key in equal:
            yield _Shape((key,), f"{key.text} is compared for equality", 2)
    if predicate is not None and not equal:
        yield from _constant_keys(reach, predicate)


def _constant_keys(reach: Reach, predicate: Predicate) -> Iterator[_Shape]:
    """The predicate alone restricts: any narrow column that the query reads may be the key."""
    wanted = [*reach.use.output, *reach.use.columns]
    keys = [IndexKey(name) for name in dict.fromkeys(wanted) if _is_narrow(reach.table, name)]
    for key in keys[:2]:
        yield _Shape((key,), f"{predicate.sql} restricts", 2)


def _is_narrow(table: TableFacts, column: str) -> bool:
    facts = table.columns.get(column)
    return facts is not None and facts.avg_width <= 16 and facts.typname not in ("jsonb", "json")


def _equalities(reach: Reach, conditions: Sequence[Condition]) -> _Keys:
    """Keys of equalities, most selective first; single values before lists."""
    by_key: dict[IndexKey, bool] = {}
    for condition in conditions:
        key = equality_key(condition, reach.table)
        if key is not None and _is_servable(condition):
            by_key.setdefault(key, condition.is_list)

    def order(key: IndexKey) -> tuple[bool, float, str]:
        return by_key[key], -distinct_values(key, reach.table), key.sql

    return tuple(sorted(by_key, key=order))


def _orders(reach: Reach, equal: _Keys) -> Iterator[tuple[_Keys, str]]:
    """By selectivity, and with the keys first that other queries compare too."""
    yield equal, ""
    shared = tuple(sorted(equal, key=lambda key: -reach.popularity(key)))
    if shared != equal:
        yield shared, ", those first that more queries share"


def _ordered(reach: Reach) -> Iterator[tuple[_Keys, str]]:
    use, table = reach.use, reach.table
    for keys, why in (
        (sorting_keys(_plain_sort(use), table), "the order of"),
        (grouping_keys(use.group, table), "the groups of"),
        (sorting_keys(use.extremum, table), "the least or greatest of"),
    ):
        if keys:
            yield keys, why


def _plain_sort(use: TableUse) -> tuple[SortKey, ...]:
    """The sort unless it is by a distance: a B-tree's order has nothing to do with nearness."""
    return () if any(key.distance for key in use.sort) else use.sort


def _found(
    find: Callable[[Condition, TableFacts], IndexKey | None],
    conditions: Sequence[Condition],
    table: TableFacts,
) -> _Keys:
    keys = (find(condition, table) for condition in conditions if _is_servable(condition))
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _is_servable(condition: Condition) -> bool:
    return condition.is_sargable or condition.shape != COLUMN


def _bare(key: IndexKey) -> IndexKey:
    return IndexKey(key.text, key.is_expression)


def _equal_words(keys: _Keys) -> str:
    return f"{_names(keys)} compared for equality" if keys else ""


def _each_once(keys: _Keys) -> _Keys:
    found: dict[IndexKey, IndexKey] = {}
    for key in keys:
        found.setdefault(_bare(key), key)
    return tuple(found.values())


def _names(keys: Sequence[IndexKey]) -> str:
    return ", ".join(key.text for key in keys)


def _indexes(
    reach: Reach, shape: _Shape, predicate: Predicate | None, rest: Sequence[Condition]
) -> Iterator[Proposal]:
    keys = _each_once(shape.keys)[: reach.max_columns]
    where = predicate.sql if predicate else None
    index = IndexDefinition(reach.table.schema, reach.table.name, keys, where=where)
    why = f"{shape.why}; only rows with {where}" if where else shape.why
    yield Proposal((index,), why, shape.rank)
    include = _included(reach, keys, predicate, rest)
    if include and shape.rank <= 1 and not _finds_few(reach, keys, rest):
        covering = replace(index, include=include)
        yield Proposal((covering,), covering_reason(why, include), 3)


def _finds_few(reach: Reach, keys: _Keys, conditions: Sequence[Condition]) -> bool:
    """Whether each call reads so few rows of the table that holding their columns spares little."""
    if any(join_key(condition, reach.table) in keys for condition in conditions):
        return False
    single = {equality_key(c, reach.table) for c in conditions if not c.is_list}
    found = (most_rows(key, reach.table) for key in keys if key in single)
    return min(found, default=math.inf) < _MIN_COVERED_ROWS


def _included(
    reach: Reach, keys: _Keys, predicate: Predicate | None, rest: Sequence[Condition]
) -> tuple[str, ...]:
    """Columns that make an index-only scan possible; empty when there are none or too many."""
    if reach.use.is_target:
        return ()
    needed = _needed_columns(reach.use, predicate, rest)
    missing = [name for name in needed if name not in {key.text for key in keys}]
    return tuple(missing) if may_include(missing, keys, reach.table) else ()


def _needed_columns(
    use: TableUse, predicate: Predicate | None, rest: Sequence[Condition]
) -> list[str]:
    """Columns that the scan must read; those of the predicate alone need no test any more
    (check_index_only in indxpath.c)."""
    implied = {c.column for c in predicate.conditions} if predicate else set()
    still = {c.column for c in rest} | {c.column for c in use.conditions if c.in_or}
    still |= set(use.output) | {key.column for key in use.group}
    still |= {key.column for key in (*use.sort, *use.extremum)}
    return [name for name in use.columns if name not in implied or name in still]


def _not_null(
    reach: Reach, conditions: Sequence[Condition]
) -> Iterator[tuple[Condition, _Shape, Predicate]]:
    """An equality leaves nulls out, so the index may too: never larger, and mostly smaller."""
    for condition in conditions:
        key = equality_key(condition, reach.table)
        joining = join_key(condition, reach.table)
        where = not_null_predicate(condition, reach.table)
        found = key or joining
        if found is None or where is None or not _is_servable(condition):
            continue
        why = f"{found.text} joins" if joining else f"{found.text} compared for equality"
        yield (
            condition,
            _Shape((found,), why, 1 if found.is_expression else 0),
            Predicate(where, ()),
        )


def _alternatives(reach: Reach) -> Iterator[Proposal]:
    """The branches of an OR, each with an index of its own: they pay only together (BitmapOr)."""
    branches = [c for c in reach.use.conditions if c.in_or]
    keys = [
        equality_key(c, reach.table) or join_key(c, reach.table) or range_key(c, reach.table)
        for c in branches
        if _is_servable(c)
    ]
    found = list(dict.fromkeys(key for key in keys if key is not None))
    if len(keys) == len(branches) and 1 <= len(found) <= 4 and all(keys):
        table = reach.table
        indexes = tuple(IndexDefinition(table.schema, table.name, (key,)) for key in found)
        which = "an index for each branch" if len(found) > 1 else "every branch"
        yield Proposal(indexes, f"{which} of the OR on {_names(found)}", 0)
