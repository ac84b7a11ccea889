"""The `plan_nodes` table of the snapshot: one row a node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaudit.plans.derive import NodeFigures, derive
from dbaudit.plans.node import Plan, PlanNode


def plan_node_rows(
    query_name: str,
    variant: str,
    plan: Plan,
    relations: Mapping[str, str],
    table_rows: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """The rows of a plan, with the columns of `[plan_nodes]` in `schema.toml`, depth first.

    `relations` gives a relation's schema by its name, for plans of EXPLAIN without VERBOSE, which
    name none; a relation that it lacks has a null schema. `table_rows` gives its reltuples.
    """
    return [
        {
            "query": query_name,
            "variant": variant,
            **_identity(figures, relations),
            **_estimates(figures),
            **_measurements(figures),
            **_conditions(figures.node),
            **_resources(figures),
        }
        for figures in derive(plan, table_rows)
    ]


def schema_of(node: PlanNode, relations: Mapping[str, str]) -> str | None:
    """The schema of the relation that a node scans: EXPLAIN's own, else found by the name."""
    if node.schema is not None or node.relation is None:
        return node.schema
    return relations.get(node.relation)


def _identity(figures: NodeFigures, relations: Mapping[str, str]) -> dict[str, Any]:
    node = figures.node
    return {
        "node_id": figures.node_id,
        "parent_id": figures.parent_id,
        "depth": figures.depth,
        "node_type": node.node_type,
        "parent_relationship": node.parent_relationship,
        "subplan_name": node.subplan_name,
        "is_parallel_aware": node.is_parallel_aware,
        "schemaname": schema_of(node, relations),
        "relation_name": node.relation,
        "alias": node.alias,
        "index_name": node.index,
        "join_type": node.join_type,
        "strategy": node.text("Strategy"),
        "scan_direction": node.text("Scan Direction"),
    }


def _estimates(figures: NodeFigures) -> dict[str, Any]:
    node = figures.node
    return {
        "startup_cost": node.startup_cost,
        "total_cost": node.total_cost,
        "self_cost": figures.self_cost,
        "cost_share": figures.cost_share,
        "plan_rows": node.plan_rows,
        "plan_width": node.whole("Plan Width"),
    }


def _measurements(figures: NodeFigures) -> dict[str, Any]:
    node, misestimate = figures.node, figures.misestimate
    return {
        "actual_rows": node.actual_rows,
        "actual_loops": node.actual_loops,
        "total_rows": figures.total_rows,
        "rows_read": figures.rows_read,
        "total_ms": figures.total_ms,
        "self_ms": figures.self_ms,
        "time_share": figures.time_share,
        "misestimate_factor": misestimate.factor if misestimate else None,
        "is_underestimate": misestimate.is_underestimate if misestimate else None,
        "rows_removed_by_filter": figures.rows_removed_by_filter,
        "rows_removed_by_join_filter": figures.rows_removed_by_join_filter,
        "rows_removed_by_index_recheck": figures.rows_removed_by_index_recheck,
        "heap_fetches": node.number("Heap Fetches"),
    }


def _conditions(node: PlanNode) -> dict[str, Any]:
    return {
        "filter": node.text("Filter"),
        "index_cond": node.text("Index Cond"),
        "recheck_cond": node.text("Recheck Cond"),
        "join_filter": node.text("Join Filter"),
        "hash_cond": node.text("Hash Cond"),
        "merge_cond": node.text("Merge Cond"),
        "sort_key": list(node.texts("Sort Key")) or None,
    }


def _resources(figures: NodeFigures) -> dict[str, Any]:
    node = figures.node
    return {
        "sort_method": node.text("Sort Method"),
        "spill_bytes": figures.spill_bytes,
        "hash_batches": figures.hash_batches,
        "shared_hit_blocks": node.whole("Shared Hit Blocks"),
        "shared_read_blocks": node.whole("Shared Read Blocks"),
        "temp_read_blocks": node.whole("Temp Read Blocks"),
        "temp_written_blocks": node.whole("Temp Written Blocks"),
        "workers_planned": node.whole("Workers Planned"),
        "workers_launched": node.whole("Workers Launched"),
        "partitions_scanned": figures.partitions_scanned,
    }
