"""The workload's tables of the snapshot: `queries`, `plan_nodes`, `query_predicates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dbaudit.audit.explained import Explained, kind_of
from dbaudit.audit.workload import Workload
from dbaudit.audit.worst import worst_variants
from dbaudit.errors import UsageError
from dbaudit.plans.derive import derive, rows_read
from dbaudit.plans.node import Plan
from dbaudit.plans.table import plan_node_rows
from dbaudit.query import Query
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.predicates import predicate_rows
from dbaudit.workload.table_use import QueryUses


def with_workload(snapshot: Snapshot, workload: Workload) -> Snapshot:
    """The snapshot with what was learnt of the workload; without queries, notes that say so."""
    explained, uses = workload.explained, workload.uses
    if not explained:
        reason = "no queries are registered and pg_stat_statements gave none"
        tables = ("queries", "plan_nodes", "query_predicates")
        return snapshot.with_frames({}, [Note(table, reason) for table in tables])
    schemas = relation_schemas(workload.catalog)
    table_rows = _table_rows(snapshot)
    frames = {
        "queries": frame_of(
            "queries", [_query_row(entry, table_rows) for entry in worst_variants(explained)]
        ),
        "plan_nodes": frame_of("plan_nodes", _plan_node_rows(explained, schemas, table_rows)),
        "query_predicates": frame_of(
            "query_predicates", [row for use in uses.values() for row in predicate_rows(use)]
        ),
    }
    return snapshot.with_frames(frames, _notes(explained, uses))


def relation_schemas(catalog: Catalog) -> dict[str, str]:
    """The schema that a relation's bare name means in a plan: the search path's first, else any."""
    by_name = {table: schema for schema, table in sorted(catalog.tables, reverse=True)}
    for schema in reversed(catalog.search_path):
        by_name.update((table, schema) for owner, table in catalog.tables if owner == schema)
    return by_name


def _table_rows(snapshot: Snapshot) -> dict[str, float]:
    tables = snapshot.frame("tables")
    return dict(zip(tables["tablename"], tables["reltuples"], strict=True))


def _plan_node_rows(
    explained: Iterable[Explained],
    schemas: Mapping[str, str],
    table_rows: Mapping[str, float],
) -> list[dict[str, Any]]:
    return [
        row
        for entry in explained
        if entry.plan is not None
        for row in plan_node_rows(
            entry.bound.name, entry.bound.variant, entry.plan, schemas, table_rows
        )
    ]


def _query_row(entry: Explained, table_rows: Mapping[str, float]) -> dict[str, Any]:
    query = entry.bound.query
    return {
        "query": query.name,
        "file": str(query.file) if query.file else None,
        "line": query.line,
        "sql": query.sql,
        "fingerprint": fingerprint(query.sql),
        "description": query.description,
        "weight": query.weight,
        "role": query.role,
        "variant": entry.bound.variant,
        "kind": _kind(query),
        "max_ms": query.budgets.max_ms,
        "max_cost": query.budgets.max_cost,
        "max_rows_read": query.budgets.max_rows_read,
        "no_seq_scan": query.budgets.no_seq_scan,
        "error": entry.error,
        "sqlstate": entry.sqlstate,
        **(_figures(entry.plan, table_rows) if entry.plan else {}),
    }


def _kind(query: Query) -> str | None:
    try:
        return kind_of(query).kind
    except UsageError:  # the same error is the query's own finding
        return None


def _figures(plan: Plan, table_rows: Mapping[str, float]) -> dict[str, Any]:
    root = plan.root
    written = (root.number("Temp Read Blocks") or 0) + (root.number("Temp Written Blocks") or 0)
    return {
        "cost": root.total_cost,
        "plan_rows": root.plan_rows,
        "actual_ms": plan.execution_ms,
        "planning_ms": plan.planning_ms,
        "actual_rows": root.actual_rows,
        "rows_read": rows_read(derive(plan, table_rows)),
        "temp_bytes": int(written * 8192) if plan.was_measured else None,
    }


def _notes(explained: Iterable[Explained], uses: Mapping[str, QueryUses]) -> list[Note]:
    planned = sorted({(e.bound.name, e.not_executed) for e in explained if e.not_executed})
    notes = [
        Note(
            "queries",
            f"{name} was planned, not executed: {reason}; --allow-writes executes it "
            "and rolls it back",
        )
        for name, reason in planned
    ]
    failed = {entry.bound.name for entry in explained if entry.error}
    unparsed = [
        (use.query, use.reason) for use in uses.values() if use.reason and use.query not in failed
    ]
    return notes + [Note("query_predicates", f"{name}: {reason}") for name, reason in unparsed]
