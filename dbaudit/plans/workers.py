"""Parallel query: which nodes run in the workers of a Gather, and among how many processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dbaudit.plans.node import Plan, PlanNode

# Their expected and measured rows are those of one process's own groups or share, not a part of a
# whole that the workers divide among themselves.
_COUNTS_PER_PROCESS = frozenset({"Aggregate", "Group", "Unique", "Limit"})

_DRIVING = ("Outer", "Member", "Subquery")


@dataclass(frozen=True, slots=True)
class Team:
    """The processes below one Gather.

    `processes` is how many ran on average in one execution of the Gather (1 when not measured);
    `divisor` is what the planner divided rows by, get_parallel_divisor() in
    src/backend/optimizer/path/costsize.c; `gather_loops` is how often the Gather itself ran.
    """

    processes: float
    divisor: float
    gather_loops: float


def teams(plan: Plan) -> Mapping[PlanNode, Team]:
    """The team of each node that runs in workers; nodes that only the leader runs are absent."""
    found: dict[PlanNode, Team] = {}
    leader_works = plan.settings.get("parallel_leader_participation") != "off"
    for gather in plan.nodes():
        if gather.is_gather:
            team_work = [child for child in gather.children if not child.is_subplan]
            for child in team_work:
                team = _team(gather, child, leader_works=leader_works)
                found.update({node: team for node in child.walk() if node not in found})
    return found


def is_divided(node: PlanNode) -> bool:
    """Whether the processes of a team share this node's rows, so that each expects a part only.

    That is so for a parallel-aware node and what passes its rows on; the inner side of a join that
    every process runs for itself is not divided.
    """
    while True:
        if node.node_type in _COUNTS_PER_PROCESS:
            return False
        if node.is_parallel_aware:
            return True
        driving = [child for child in node.children if child.parent_relationship in _DRIVING]
        if not driving:
            return False
        node = driving[0]


def _team(gather: PlanNode, child: PlanNode, *, leader_works: bool) -> Team:
    gather_loops = gather.actual_loops or 1.0
    processes = max(1.0, (child.actual_loops or 0.0) / gather_loops)
    workers = gather.number("Workers Planned") or 0.0
    if gather.raw.get("Single Copy") is True:
        return Team(processes, 1.0, gather_loops)
    leader = max(0.0, 1.0 - 0.3 * workers) if leader_works else 0.0
    return Team(processes, max(1.0, workers + leader), gather_loops)
