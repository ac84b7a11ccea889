"""How many rows a scan takes from its table, returned or not."""

from __future__ import annotations

from collections.abc import Mapping

from dbaudit.plans.costing import Expectation
from dbaudit.plans.node import PlanNode

# Scans that read a table's rows; a Bitmap Index Scan reads only the index for the scan above it.
TABLE_SCANS = frozenset(
    {
        "Seq Scan",
        "Sample Scan",
        "Index Scan",
        "Index Only Scan",
        "Bitmap Heap Scan",
        "Tid Scan",
        "Tid Range Scan",
        "Foreign Scan",
        "Custom Scan",
    }
)

_REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


def measured_rows_read(node: PlanNode) -> float | None:
    """Rows returned and rows removed after reading, over all loops; None where not measured.

    None too for a node that reads no table. EXPLAIN prints means of one loop, rounded to whole rows
    (those returned only before PostgreSQL 18, those removed always), so many loops lose precision.
    """
    if node.node_type not in TABLE_SCANS or node.actual_loops is None:
        return None
    removed = sum(node.number(key) or 0.0 for key in _REMOVED)
    return ((node.actual_rows or 0.0) + removed) * node.actual_loops


def expected_rows_read(
    node: PlanNode,
    expected: Expectation,
    divisor: float = 1.0,
    table_rows: Mapping[str, float] | None = None,
) -> float | None:
    """Rows that the planner expects the scan to read over all executions; None for other nodes.

    `table_rows` holds reltuples by relation name: a Seq Scan reads them all, whatever it returns.
    For other scans EXPLAIN says only what is left after the filter, so this is a lower bound.
    `divisor` is how many the planner divides the rows among (`workers.Team`).
    """
    if node.node_type not in TABLE_SCANS or node.plan_rows is None:
        return None
    rows = node.plan_rows * divisor
    if node.node_type == "Seq Scan":
        rows = max(rows, (table_rows or {}).get(node.relation or "", 0.0))
    return rows * expected.fraction * expected.executions
