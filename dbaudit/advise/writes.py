"""How often each table is written to, in the time in which each query runs as its weight says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from dbaudit.advise.catalog import Catalog, TableFacts, TableName
from dbaudit.advise.changes import DELETE, INSERT, UPDATE, Change
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.write_cost import TableWrites, Update, hot_share, summarizing

#: Less than a day of statistics cannot tell a load from traffic.
_MIN_AGE_SECONDS = 86_400.0


def table_writes(queries: Sequence[PlannedQuery], catalog: Catalog) -> dict[TableName, TableWrites]:
    """The writes to each table that the workload touches.

    Registered INSERT, UPDATE and DELETE statements count by their weight and the rows that the
    planner expects. A table that no registered statement writes to counts what its statistics show,
    for each scan: as many rows as its own scans go with, scaled to the weight of its queries.
    """
    made: defaultdict[TableName, list[tuple[PlannedQuery, Change]]] = defaultdict(list)
    read: defaultdict[TableName, float] = defaultdict(float)
    for query in queries:
        for name in query.item.tables:
            read[name] += query.item.weight
        for change in query.changes:
            made[catalog.root(change.table)].append((query, change))
    found = {}
    for name in sorted(read):
        table = catalog.tables.get(name)
        if table is not None:
            registered = made.get(name)
            writes = _registered(registered, table) if registered else _observed(table, read[name])
            found[name] = replace(writes, summarizing=summarizing(catalog.version_num))
    return found


def _registered(made: Sequence[tuple[PlannedQuery, Change]], table: TableFacts) -> TableWrites:
    updates = tuple(
        Update(
            query.item.name,
            query.item.weight,
            query.item.weight * max(change.rows, 1.0),
            query.updated_columns,
        )
        for query, change in made
        if change.operation == UPDATE or query.updated_columns
    )
    return TableWrites(_rows(made, INSERT), _rows(made, DELETE), updates, hot_share(table))


def _rows(made: Sequence[tuple[PlannedQuery, Change]], operation: str) -> float:
    return sum(
        query.item.weight * max(change.rows, 1.0)
        for query, change in made
        if change.operation == operation
    )


def _observed(table: TableFacts, weight: float) -> TableWrites:
    """Which columns the updates set is not known; those that are not HOT need new entries."""
    activity = table.activity
    if activity.age_seconds < _MIN_AGE_SECONDS or not activity.scans:
        return TableWrites(hot_share=hot_share(table))
    per_scan = weight / activity.scans
    rewritten = activity.updated - activity.hot_updated
    return TableWrites(
        inserted=(activity.inserted + rewritten) * per_scan,
        deleted=activity.deleted * per_scan,
        hot_share=hot_share(table),
    )
