"""Figures of each node that EXPLAIN does not print but that a reader works out from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbaudit.plans.calls import Callees, callees
from dbaudit.plans.costing import Expectation, expectations
from dbaudit.plans.estimate import Misestimate, misestimates
from dbaudit.plans.node import Plan, PlanNode
from dbaudit.plans.partitions import partitions_scanned
from dbaudit.plans.rows_read import expected_rows_read, measured_rows_read
from dbaudit.plans.spill import hash_batches, spill_bytes
from dbaudit.plans.timing import self_times, total_times
from dbaudit.plans.workers import Team, is_divided, teams


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """One node with its place in the tree and its derived figures; None where one has no basis.

    Measured figures are over all loops (EXPLAIN prints means of one), times in ms and, below a
    Gather, the mean of its processes. `self_cost` is over all executions that the planner expects.
    `time_share` and `cost_share` are of the whole statement, 0 to 1. `rows_read` is measured where
    it can be, else expected.
    """

    node: PlanNode
    node_id: int
    parent_id: int | None
    depth: int
    total_rows: float | None
    total_ms: float | None
    self_ms: float | None
    time_share: float | None
    self_cost: float | None
    cost_share: float | None
    misestimate: Misestimate | None
    rows_removed_by_filter: float | None
    rows_removed_by_join_filter: float | None
    rows_removed_by_index_recheck: float | None
    rows_read: float | None
    spill_bytes: int | None
    hash_batches: int | None
    partitions_scanned: int | None


def derive(plan: Plan, table_rows: Mapping[str, float] | None = None) -> tuple[NodeFigures, ...]:
    """The figures of every node, depth first; `node_id` counts from 1.

    `table_rows`, reltuples by relation name, makes the rows that a Seq Scan is expected to read
    right where a filter lets few of them pass.
    """
    total_ms = total_times(plan)
    called = callees(plan, total_ms)
    whole = _Whole(
        callees=called,
        total_ms=total_ms,
        self_ms=self_times(total_ms, called),
        expected=expectations(plan),
        misestimates=misestimates(plan),
        teams=teams(plan),
        execution_ms=plan.execution_ms or total_ms.get(plan.root) or 0.0,
        cost=plan.root.total_cost or 0.0,
        table_rows=table_rows or {},
    )
    return tuple(_figures(place, whole) for place in _places(plan))


def rows_read(figures: tuple[NodeFigures, ...]) -> float | None:
    """Rows that all scans of a plan read from tables; None when no scan's figure is known."""
    known = [each.rows_read for each in figures if each.rows_read is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is worked out for the plan at once, by node."""

    callees: Callees
    total_ms: Mapping[PlanNode, float]
    self_ms: Mapping[PlanNode, float]
    expected: Mapping[PlanNode, Expectation]
    misestimates: Mapping[PlanNode, Misestimate]
    teams: Mapping[PlanNode, Team]
    execution_ms: float
    cost: float
    table_rows: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Place:
    node: PlanNode
    node_id: int
    parent_id: int | None
    depth: int


def _places(plan: Plan) -> Iterator[_Place]:
    stack: list[tuple[PlanNode, _Place | None]] = [(plan.root, None)]
    node_id = 0
    while stack:
        node, parent = stack.pop()
        node_id += 1
        place = _Place(
            node,
            node_id,
            parent.node_id if parent else None,
            parent.depth + 1 if parent else 0,
        )
        yield place
        stack.extend((child, place) for child in reversed(node.children))


def _figures(place: _Place, whole: _Whole) -> NodeFigures:
    node = place.node
    expected = whole.expected.get(node)
    self_ms = whole.self_ms.get(node)
    self_cost = expected.self_cost if expected else None
    return NodeFigures(
        node=node,
        node_id=place.node_id,
        parent_id=place.parent_id,
        depth=place.depth,
        total_rows=_over_loops(node, node.actual_rows),
        total_ms=whole.total_ms.get(node),
        self_ms=self_ms,
        time_share=_share(self_ms, whole.execution_ms),
        self_cost=self_cost,
        cost_share=_share(self_cost, whole.cost),
        misestimate=whole.misestimates.get(node),
        rows_removed_by_filter=_removed(node, "Filter"),
        rows_removed_by_join_filter=_removed(node, "Join Filter"),
        rows_removed_by_index_recheck=_removed(node, "Index Recheck"),
        rows_read=_rows_read(node, expected, whole),
        spill_bytes=spill_bytes(node, whole.callees.get(node, ())),
        hash_batches=hash_batches(node),
        partitions_scanned=partitions_scanned(node),
    )


def _over_loops(node: PlanNode, mean: float | None) -> float | None:
    if mean is None or node.actual_loops is None:
        return None
    return mean * node.actual_loops


def _removed(node: PlanNode, by: str) -> float | None:
    return _over_loops(node, node.number(f"Rows Removed by {by}"))


def _share(part: float | None, whole: float) -> float | None:
    if part is None:
        return None
    return min(1.0, part / whole) if whole > 0 else 0.0


def _rows_read(node: PlanNode, expected: Expectation | None, whole: _Whole) -> float | None:
    measured = measured_rows_read(node)
    if measured is not None or expected is None:
        return measured
    team = whole.teams.get(node)
    divisor = team.divisor if team is not None and is_divided(node) else 1.0
    return expected_rows_read(node, expected, divisor, whole.table_rows)
