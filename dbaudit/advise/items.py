"""From bound queries to the workload that the search prices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.advice import NotCovered
from dbaudit.advise.catalog import Catalog, TableName
from dbaudit.advise.changes import DELETE, UPDATE, Change, changes, updated_columns
from dbaudit.advise.foreign_keys import Lookup, lookups
from dbaudit.advise.partition_scans import relations
from dbaudit.advise.reading import Reading
from dbaudit.advise.workload import Item, Statement
from dbaudit.query import BoundQuery, Query
from dbaudit.shadow.planner import PlanJson, Planner
from dbaudit.workload.table_use import Paging, QueryUses

_NOTHING: frozenset[TableName] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    """A query that the planner takes: its item with the lookups behind it, and what it changes."""

    query: Query
    item: Item
    lookups: tuple[Lookup, ...]
    changes: tuple[Change, ...]
    updated_columns: frozenset[str]
    reason: str | None = None
    paging: tuple[Paging, ...] = ()


def split_covered(
    queries: Sequence[Sequence[BoundQuery]], planner: Planner
) -> tuple[list[list[BoundQuery]], list[NotCovered]]:
    """The variants that the planner takes, query by query, and the queries with none."""
    covered, missed = [], []
    for variants in queries:
        reasons = [planner.not_covered(variant) for variant in variants]
        taken = [v for v, reason in zip(variants, reasons, strict=True) if reason is None]
        if taken:
            covered.append(taken)
        elif variants:
            missed.append(NotCovered(variants[0].name, str(reasons[0])))
    return covered, missed


def planned_query(
    variants: Sequence[BoundQuery], reading: Reading, catalog: Catalog
) -> PlannedQuery:
    """A query that was read: its tables, what it changes and what that sets off."""
    query, uses = variants[0].query, reading.uses
    own = Statement(tuple(variants), _NOTHING)
    seen = {catalog.root(name) for plan in reading.plans for name in relations(plan)}
    placed = tuple(
        (use, catalog.root((use.schema, use.table)))
        for use in uses.tables
        if use.schema is not None and (use.schema, use.table) in catalog.tables
    )
    tables = frozenset(seen) | {name for _, name in placed}
    made = _mean_changes(reading.plans)
    updated = updated_columns(query)
    behind = tuple(_lookups_behind(made, updated, catalog))
    statements = (replace(own, tables=tables), *(lookup.statement for lookup in behind))
    item = Item(query.name, query.weight, statements, placed)
    return PlannedQuery(query, item, behind, made, updated, uses.reason, uses.paging)


def _mean_changes(plans: Sequence[PlanJson]) -> tuple[Change, ...]:
    """The changes with their rows averaged over the variants."""
    sums: dict[tuple[TableName, str], float] = {}
    for plan in plans:
        for change in changes(plan):
            key = change.table, change.operation
            sums[key] = sums.get(key, 0.0) + change.rows / len(plans)
    return tuple(Change(table, operation, rows) for (table, operation), rows in sums.items())


def _lookups_behind(
    made: Iterable[Change], updated: frozenset[str], catalog: Catalog
) -> Iterator[Lookup]:
    for change in made:
        table = catalog.root(change.table)
        if change.operation == DELETE:
            yield from lookups(table, change.rows, catalog)
        elif change.operation == UPDATE and updated:
            yield from lookups(table, change.rows, catalog, updated)


def planned_tables(uses: Collection[QueryUses], catalog: Catalog) -> frozenset[TableName]:
    """The relations that a what-if planner must have: those that the queries name, and the tables
    whose foreign keys their deletes and updates look up.

    A name that is no table may be a view, in whatever schema the search path finds it.
    """
    named = {(u.schema, u.table) for query in uses for u in query.tables if u.schema is not None}
    found = {name for name in named if name in catalog.tables} | _unknown(uses, catalog)
    todo = {(u.schema, u.table) for q in uses for u in q.tables if u.schema and u.is_target}
    while todo:
        parent = todo.pop()
        children = {k.child for k in catalog.foreign_keys if k.parent == parent} - found
        found |= children
        todo |= children
    return frozenset(found)


def _unknown(uses: Iterable[QueryUses], catalog: Catalog) -> set[TableName]:
    names = {use.table for query in uses for use in query.tables if use.schema is None}
    schemas = {schema for schema, _ in catalog.tables}
    return {(schema, name) for schema in schemas for name in names}
