"""The data of CREATE STATISTICS, which pg_dump does not carry.

It decides estimates of correlated columns and of expressions. Superusers may read all of it
(pg_statistic_ext_data); a table's owner reads it in the views pg_stats_ext and pg_stats_ext_exprs,
but for the lists of most common values, whose stored form the views do not show.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.identifiers import qualified
from dbaudit.shadow.correlation_bytes import (
    dependencies_of_text,
    ndistinct_of_text,
    renumbered_dependencies,
    renumbered_ndistinct,
)
from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Row, Session
from dbaudit.targets.shadow_session import run

#: Their input functions refuse every value; as bytes they are the same from PostgreSQL 13 to 18.
_TYPES = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")


@dataclass(frozen=True, slots=True)
class StatisticsObject:
    """The data of one object. `columns` are the names by attnum, on the target; the three others
    are bytes as stored, None where there is none."""

    name: RelationName
    columns: Mapping[int, str]
    inherited: bool
    ndistinct: bytes | None
    dependencies: bytes | None
    most_common: bytes | None


@dataclass(frozen=True, slots=True)
class ExtendedStatistics:
    """What could be read; `unread` are the objects with data that the role may not see whole."""

    objects: tuple[StatisticsObject, ...] = ()
    expressions: tuple[Row, ...] = ()
    unread: tuple[RelationName, ...] = ()


def read_extended_statistics(
    session: Session, tables: Collection[RelationName]
) -> ExtendedStatistics:
    """The data of the target's extended statistics on these tables, as far as the role may."""
    asked = (json.dumps([list(name) for name in tables]),)
    names = [(n, s) for n, s in session.rows(statement("extended_statistics_names"), asked)]
    if not names:
        return ExtendedStatistics()
    readable = "select has_table_privilege('pg_catalog.pg_statistic_ext_data', 'SELECT')"
    if session.rows(readable)[0][0]:
        rows = session.rows(statement("extended_statistics"), asked)
        objects = [_object(row, bytes.fromhex, bytes.fromhex) for row in rows]
        unread: list[RelationName] = []
    else:
        rows = session.rows(statement("extended_statistics_views"), asked)
        objects = [_object(row[:-1], ndistinct_of_text, dependencies_of_text) for row in rows]
        whole = {(row[0], row[1]) for row in rows if not row[-1]}
        unread = [name for name in names if name not in whole]
    return ExtendedStatistics(tuple(objects), _expressions(session, asked), tuple(unread))


def apply_extended_statistics(shadow: Session, found: ExtendedStatistics) -> None:
    """Store them in the shadow by way of casts that only it has."""
    if not (found.objects or found.expressions):
        return
    ours = {(row[0], row[1]): row[2] for row in run(shadow, statement("statistics_columns"))}
    rows = [
        _renumbered(one, {name: number for number, name in _columns(ours[one.name]).items()})
        for one in found.objects
        if one.name in ours
    ]
    for name in _TYPES:
        run(shadow, f"create cast (bytea as {name}) without function")
    run(shadow, statement("set_extended_statistics"), (json.dumps(rows),))
    for name in _TYPES:
        run(shadow, f"drop cast (bytea as {name})")
    if found.expressions:
        asked = json.dumps([list(row) for row in found.expressions])
        run(shadow, "select set_config('dbaudit.expressions', %s, false)", (asked,))
        run(shadow, statement("set_expression_statistics"))


def unread_reason(name: RelationName) -> str:
    """What the reader of an advice should know of an object in `unread`."""
    return (
        f"the role may not read all data of the extended statistics {qualified(*name)} (superusers "
        "may): estimates of its columns can differ from the target's"
    )


def _expressions(session: Session, asked: tuple[str]) -> tuple[Row, ...]:
    """Came with PostgreSQL 14."""
    if session.version_num < 140000:
        return ()
    return tuple(session.rows(statement("expression_statistics"), asked))


def _object(
    row: Row, ndistinct: Callable[[str], bytes], dependencies: Callable[[str], bytes]
) -> StatisticsObject:
    schema, name, columns, inherited, first, second, third = row
    return StatisticsObject(
        name=(schema, name),
        columns=_columns(columns),
        inherited=inherited,
        ndistinct=None if first is None else ndistinct(first),
        dependencies=None if second is None else dependencies(second),
        most_common=None if third is None else bytes.fromhex(third),
    )


def _columns(by_number: Mapping[str, str] | None) -> dict[int, str]:
    return {int(number): name for number, name in (by_number or {}).items()}


def _renumbered(one: StatisticsObject, ours: Mapping[str, int]) -> Sequence[object]:
    """The row for the shadow, whose tables number their columns without those that were dropped.

    Lists of most common values hold no numbers: their columns stand in order.
    """
    numbers = {number: ours[name] for number, name in one.columns.items() if name in ours}
    ndistinct = one.ndistinct and renumbered_ndistinct(one.ndistinct, numbers)
    dependencies = one.dependencies and renumbered_dependencies(one.dependencies, numbers)
    values = (ndistinct, dependencies, one.most_common)
    return [*one.name, one.inherited, *(value and value.hex() for value in values)]
