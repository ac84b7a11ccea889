"""Names in a plan that people will read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbaudit.shadow.planner import PlanJson


def renamed(plan: PlanJson, names: Mapping[str, str]) -> PlanJson:
    """The plan with its indexes' names replaced, for those that `names` holds.

    On a partitioned table the server names the partitions' indexes itself: those stay.
    """
    node: dict[str, Any] = dict(plan)
    if node.get("Index Name") in names:
        node["Index Name"] = names[node["Index Name"]]
    if "Plans" in node:
        node["Plans"] = [renamed(child, names) for child in node["Plans"]]
    return node
