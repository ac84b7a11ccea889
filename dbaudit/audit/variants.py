"""Give every query the values it is tried with: its file's, else common and rare ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbaudit.query import BoundQuery, Query
from dbaudit.targets.session import Session
from dbaudit.targets.statistics import StatisticsRow, column_statistics
from dbaudit.workload.binding import Values, bind, generic
from dbaudit.workload.column_values import ColumnValues
from dbaudit.workload.parameters import needed_columns, variants
from dbaudit.workload.table_use import QueryUses


def bind_workload(
    session: Session,
    queries: Sequence[Query],
    uses: Mapping[str, QueryUses],
    values: Values,
) -> list[BoundQuery]:
    """Every variant of every query; `values` are those of the command line.

    The statistics of all columns that parameters are compared with take one round trip.
    """
    columns = {
        column for query in queries for column in needed_columns(query, uses[query.name], values)
    }
    by_column = {row.column: _values(row) for row in column_statistics(session, columns)}
    return [
        bound for query in queries for bound in variants(query, uses[query.name], values, by_column)
    ]


def _values(row: StatisticsRow) -> ColumnValues:
    return ColumnValues(row.most_common_vals, row.histogram_bounds)


def bind_generic(queries: Sequence[Query]) -> list[BoundQuery]:
    """Every query with its parameters left open; one without parameters as it is."""
    return [generic(query) if query.parameters else bind(query) for query in queries]
