"""Where the measured time went: each node's own time, with nothing counted twice."""

from __future__ import annotations

from dbaudit.plans.calls import Callees
from dbaudit.plans.node import Plan, PlanNode
from dbaudit.plans.workers import Team, teams


def total_times(plan: Plan) -> dict[PlanNode, float]:
    """Each measured node's time in ms over all loops, what it called included.

    Below a Gather it is the mean of the processes, so that it compares with the Gather's own time.
    """
    found_teams = teams(plan)
    return {
        node: node.actual_ms * node.actual_loops / _processes(found_teams.get(node))
        for node in plan.nodes()
        if node.actual_ms is not None and node.actual_loops is not None
    }


def self_times(total_ms: dict[PlanNode, float], callees: Callees) -> dict[PlanNode, float]:
    """Each measured node's own time in ms over all loops, never negative.

    They add up to the root's time (and that of data-modifying CTEs which nothing reads: those run
    after it). EXPLAIN rounds each loop's mean to a microsecond, so over many loops a node can seem
    to take less than its children: it is given theirs, and all are scaled to what calls them.
    """
    least = _at_least_children(total_ms)
    called = {callee for group in callees.values() for callee in group}
    own = dict.fromkeys(total_ms, 0.0)
    pending = [(node, total_ms[node]) for node in total_ms if node not in called]
    while pending:
        node, budget = pending.pop()
        claims = {callee: least.get(callee, 0.0) for callee in callees.get(node, ())}
        claimed = sum(claims.values())
        scale = min(1.0, budget / claimed) if claimed else 1.0
        own[node] = max(0.0, budget - scale * claimed)
        pending.extend((callee, scale * claim) for callee, claim in claims.items())
    return own


def _at_least_children(total_ms: dict[PlanNode, float]) -> dict[PlanNode, float]:
    least = dict(total_ms)
    for node in reversed(total_ms):  # children come after their parent
        children = (c for c in node.children if c.parent_relationship != "InitPlan")
        least[node] = max(least[node], sum(least.get(child, 0.0) for child in children))
    return least


def _processes(team: Team | None) -> float:
    return team.processes if team else 1.0
