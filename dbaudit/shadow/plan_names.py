"""Names in a plan that people will read."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Any

from dbaudit.identifiers import fit_identifier
from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.planner import PlanJson


def plan_name(index: IndexDefinition, taken: Collection[str]) -> str:
    """The index's own name, or with a number when another candidate has it."""
    numbered = (fit_identifier(f"{index.name}_{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([index.name], numbered) if name not in taken)


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
