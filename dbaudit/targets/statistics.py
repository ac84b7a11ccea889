"""What else the audit asks a target: statistics' values, and which functions are volatile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files

from dbaudit.targets.session import Session

#: (schema, table, column)
ColumnName = tuple[str, str, str]

#: Volatile in pg_proc, yet they change nothing that outlives the statement.
HARMLESS_VOLATILE = frozenset(
    {
        "clock_timestamp",
        "gen_random_uuid",
        "random",
        "random_normal",
        "timeofday",
        "uuidv4",
        "uuidv7",
    }
)


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """One row of pg_stats with its values as text."""

    column: ColumnName
    most_common_vals: tuple[str, ...]
    histogram_bounds: tuple[str, ...]


def column_statistics(session: Session, columns: Collection[ColumnName]) -> list[StatisticsRow]:
    """The statistics of these columns in one round trip; those that are hidden or missing lack."""
    if not columns:
        return []
    statement = files("dbaudit.targets").joinpath("sql/column_values.sql").read_text("utf-8")
    schemas, tables, names = (list(part) for part in zip(*sorted(columns), strict=True))
    return [
        StatisticsRow((row[0], row[1], row[2]), *(tuple(values or ()) for values in row[3:]))
        for row in session.rows(statement, (schemas, tables, names))
    ]


def named_relations(session: Session, names: Collection[str]) -> set[tuple[str, str]]:
    """(schema, name) of the user's tables and views that have one of these names."""
    statement = """
        select n.nspname::text, c.relname::text from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where c.relname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
            and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
    """
    rows = session.rows(statement, (sorted(names),)) if names else []
    return {(row[0], row[1]) for row in rows}


def volatile_functions(session: Session, names: Collection[str]) -> list[str]:
    """Those of the functions (unqualified names) that are volatile and may leave a mark."""
    asked = sorted(set(names) - HARMLESS_VOLATILE)
    statement = """
        select distinct proname::text from pg_catalog.pg_proc
        where proname = any(%s) and provolatile = 'v' order by 1
    """
    return [row[0] for row in session.rows(statement, (asked,))] if asked else []
