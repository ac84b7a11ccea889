"""How far the planner's row estimate of a node was from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbaudit.plans.node import Plan, PlanNode
from dbaudit.plans.workers import Team, is_divided, teams

# Their measured rows say nothing about the estimate: BitmapAnd and BitmapOr always report zero and
# a BRIN's Bitmap Index Scan ten rows a page ("Caveats" in the manual's "Using EXPLAIN",
# bringetbitmap() in brin.c); a ModifyTable counts only what RETURNING gives.
_NOT_COUNTED = frozenset({"BitmapAnd", "BitmapOr", "Bitmap Index Scan", "ModifyTable"})

# They read all of their input before they give a row, so that nobody above can stop them.
_BLOCKING = frozenset({"Sort", "Hash"})
_BLOCKING_STRATEGIES = frozenset({"Hashed", "Plain", "Mixed"})


@dataclass(frozen=True, slots=True)
class Misestimate:
    """`factor` is the larger of expected and measured rows over the smaller, both at least 1."""

    factor: float
    is_underestimate: bool


def misestimates(plan: Plan) -> Mapping[PlanNode, Misestimate]:
    """The misestimate of each node where the two row counts can be compared.

    Absent are nodes that never ran, whose rows PostgreSQL does not count, whose rows a merge join
    reads again, and those that gave fewer rows than expected because nobody asked for more.
    """
    parents = plan.parents()
    found_teams = teams(plan)
    found: dict[PlanNode, Misestimate] = {}
    for node in plan.nodes():
        rows = _comparable_rows(node, parents.get(node), found_teams.get(node))
        if rows is None:
            continue
        expected, measured = rows
        if measured >= expected or not _may_be_cut_short(node, parents):
            found[node] = _misestimate(expected, measured)
    return found


def _misestimate(expected: float, measured: float) -> Misestimate:
    expected, measured = max(1.0, expected), max(1.0, measured)
    factor = max(expected / measured, measured / expected)
    return Misestimate(factor, measured > expected)


def _comparable_rows(
    node: PlanNode, parent: PlanNode | None, team: Team | None
) -> tuple[float, float] | None:
    """Expected and measured rows of one loop; of all processes where they divide the rows."""
    if not node.actual_loops or node.actual_rows is None or node.plan_rows is None:
        return None
    if node.node_type in _NOT_COUNTED or _is_read_again(node, parent):
        return None
    if team is None or not is_divided(node):
        return node.plan_rows, node.actual_rows
    measured = node.actual_rows * node.actual_loops / team.gather_loops
    return node.plan_rows * team.divisor, measured


def _is_read_again(node: PlanNode, parent: PlanNode | None) -> bool:
    """A merge join goes back in its inner side for equal keys and counts those rows again."""
    is_inner = node.parent_relationship == "Inner"
    return is_inner and parent is not None and parent.node_type == "Merge Join"


def _may_be_cut_short(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> bool:
    """Whether something above may have stopped asking before the node ran out of rows."""
    for child, parent in _ancestry(node, parents):
        if child.is_subplan:
            return True
        if _stops_early(parent, child):
            return True
        if _is_blocking(parent):
            return False
    return False


def _ancestry(
    node: PlanNode, parents: Mapping[PlanNode, PlanNode]
) -> Iterator[tuple[PlanNode, PlanNode]]:
    while node in parents:
        yield node, parents[node]
        node = parents[node]


def _stops_early(parent: PlanNode, child: PlanNode) -> bool:
    if parent.node_type == "Limit":
        # A Limit that gave less than it expected has seen the end of its input; the mean of many
        # loops does not say so of each.
        gave_all = (parent.actual_rows or 0.0) >= (parent.plan_rows or 0.0)
        return gave_all or (parent.actual_loops or 0.0) > 1
    if parent.node_type == "Merge Join":
        return True
    stops_at_match = parent.join_type in ("Semi", "Anti") or parent.raw.get("Inner Unique") is True
    is_loop = parent.node_type == "Nested Loop"
    return is_loop and stops_at_match and child.parent_relationship == "Inner"


def _is_blocking(node: PlanNode) -> bool:
    return node.node_type in _BLOCKING or (
        node.node_type in ("Aggregate", "SetOp") and node.text("Strategy") in _BLOCKING_STRATEGIES
    )
