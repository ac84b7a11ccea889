"""How many partitions an Append or Merge Append read."""

from __future__ import annotations

import re

from dbaudit.plans.node import PlanNode

_APPENDS = ("Append", "Merge Append")
_CHILD_ALIAS = re.compile(r"(.*)_\d+\Z", re.DOTALL)


def partitions_scanned(node: PlanNode) -> int | None:
    """The partitions that ran, or without ANALYZE those that are planned; None for other nodes.

    EXPLAIN does not tell partitions from the arms of a UNION ALL. But it names children of one
    table by the table's alias and a number (set_rtable_names() in ruleutils.c), and each is another
    relation; so an Append whose members look like that is taken for one over partitions.
    """
    if node.node_type not in _APPENDS:
        return None
    members = [child for child in node.children if not child.is_subplan]
    if not _are_partitions(members):
        return None
    return sum(1 for member in members if member.actual_loops is None or member.was_executed)


def _are_partitions(members: list[PlanNode]) -> bool:
    scans = [_first_scan(member) for member in members]
    aliases = {_base_alias(scan) for scan in scans}
    relations = {scan.relation for scan in scans if scan is not None}
    return len(aliases) == 1 and None not in aliases and len(relations) == len(members)


def _first_scan(member: PlanNode) -> PlanNode | None:
    return next((node for node in member.walk() if node.relation is not None), None)


def _base_alias(scan: PlanNode | None) -> str | None:
    found = _CHILD_ALIAS.match(scan.alias or "") if scan is not None else None
    return found.group(1) if found else None
