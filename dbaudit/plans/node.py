"""A plan of EXPLAIN (FORMAT JSON), PostgreSQL 13 to 18, as typed nodes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from dbaudit.errors import PlanError

#: Deeper documents are refused rather than left to end in a RecursionError.
MAX_DEPTH = 250

Raw = Mapping[str, Any]
_BIGINT = 2.0**63


@dataclass(frozen=True, slots=True, eq=False)
class PlanNode:
    """One node, compared by identity; figures are as EXPLAIN prints them.

    Costs are planner units of one execution with its children. `actual_ms`, `actual_rows` and the
    "Rows Removed by …" of `raw` are means of one loop; workers of a Gather count as loops
    (explain.c divides by nloops); block counts are totals. None is what EXPLAIN did not print.
    `actual_loops` is 0 for a node that was never executed. `schema` needs VERBOSE.
    """

    node_type: str
    raw: Raw = field(repr=False)
    children: tuple[PlanNode, ...] = ()
    parent_relationship: str | None = None
    subplan_name: str | None = None
    is_parallel_aware: bool = False
    schema: str | None = None
    relation: str | None = None
    alias: str | None = None
    index: str | None = None
    join_type: str | None = None
    startup_cost: float | None = None
    total_cost: float | None = None
    plan_rows: float | None = None
    actual_ms: float | None = None
    actual_rows: float | None = None
    actual_loops: float | None = None

    @property
    def was_executed(self) -> bool:
        """Whether EXPLAIN ANALYZE saw it run; False also when nothing was measured."""
        return bool(self.actual_loops)

    @property
    def is_gather(self) -> bool:
        """Whether the node below runs in parallel workers."""
        return self.node_type in ("Gather", "Gather Merge")

    @property
    def is_subplan(self) -> bool:
        """Whether an expression of another node runs it, rather than its parent itself."""
        return self.parent_relationship in ("InitPlan", "SubPlan")

    def number(self, key: str) -> float | None:
        """The number under a key of EXPLAIN, None when it is absent or no number."""
        return number_of(self.raw.get(key))

    def whole(self, key: str) -> int | None:
        """The number under a key as an integer; None also when it is past PostgreSQL's bigint."""
        return whole_of(self.raw.get(key))

    def text(self, key: str) -> str | None:
        """The text under a key of EXPLAIN, None when it is absent or no text."""
        value = self.raw.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under a key of EXPLAIN, empty when it is absent."""
        value = self.raw.get(key)
        return tuple(str(item) for item in value) if isinstance(value, list) else ()

    def walk(self) -> Iterator[PlanNode]:
        """This node and all below it, depth first in EXPLAIN's order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that fired; a constraint's goes by the constraint's name. None without TIMING."""

    name: str
    time_ms: float | None
    calls: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement's plan. Times in ms, None without ANALYZE; `settings` are those not at default.

    `execution_ms` includes triggers and JIT compilation (`jit_ms`), not planning.
    """

    root: PlanNode
    planning_ms: float | None = None
    execution_ms: float | None = None
    jit_ms: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()

    @property
    def was_measured(self) -> bool:
        """Whether it comes from EXPLAIN ANALYZE."""
        return self.root.actual_loops is not None

    def nodes(self) -> Iterator[PlanNode]:
        """All nodes, depth first in EXPLAIN's order."""
        return self.root.walk()

    def parents(self) -> Mapping[PlanNode, PlanNode]:
        """Each node's parent; the root has none."""
        return {child: node for node in self.nodes() for child in node.children}


def parse_plan(document: object) -> Plan:
    """The plan in a decoded EXPLAIN (FORMAT JSON): the list, its one object, or a bare plan node.

    Raises PlanError when it is none of these or a node lacks what EXPLAIN always prints.
    """
    top = _single(document)
    if "Plan" not in top:
        return Plan(_node(top, 0))
    return Plan(
        root=_node(top["Plan"], 0),
        planning_ms=number_of(top.get("Planning Time")),
        execution_ms=number_of(top.get("Execution Time")),
        jit_ms=_jit_ms(top.get("JIT")),
        settings=_settings(top.get("Settings")),
        triggers=_triggers(top.get("Triggers")),
    )


def _single(document: object) -> Raw:
    if isinstance(document, list):
        if len(document) != 1:
            raise PlanError(f"the EXPLAIN document holds {len(document)} plans; give exactly one")
        document = document[0]
    return _mapping(document, "the EXPLAIN document")


def _mapping(value: object, what: str) -> Raw:
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        raise PlanError(f"{what} is a {kind}, not an object; use EXPLAIN (FORMAT JSON)")
    return cast(Raw, value)


def _node(value: object, depth: int) -> PlanNode:
    if depth > MAX_DEPTH:
        raise PlanError(f"the plan is nested more than {MAX_DEPTH} nodes deep; it cannot be read")
    raw = _mapping(value, "a plan node")
    node_type = _text(raw, "Node Type")
    if node_type is None:
        raise PlanError("a plan node has no Node Type; use EXPLAIN (FORMAT JSON)")
    return PlanNode(
        node_type=node_type,
        raw=raw,
        children=_children(raw, depth),
        parent_relationship=_text(raw, "Parent Relationship"),
        subplan_name=_text(raw, "Subplan Name"),
        is_parallel_aware=raw.get("Parallel Aware") is True,
        schema=_text(raw, "Schema"),
        relation=_text(raw, "Relation Name"),
        alias=_text(raw, "Alias"),
        index=_text(raw, "Index Name"),
        join_type=_text(raw, "Join Type"),
        startup_cost=_figure(raw, "Startup Cost"),
        total_cost=_figure(raw, "Total Cost"),
        plan_rows=_figure(raw, "Plan Rows"),
        actual_ms=_figure(raw, "Actual Total Time"),
        actual_rows=_figure(raw, "Actual Rows"),
        actual_loops=_figure(raw, "Actual Loops"),
    )


def _children(raw: Raw, depth: int) -> tuple[PlanNode, ...]:
    plans = raw.get("Plans", [])
    if not isinstance(plans, list):
        raise PlanError('"Plans" of a plan node is no list; use EXPLAIN (FORMAT JSON)')
    return tuple(_node(plan, depth + 1) for plan in plans)


def _text(raw: Raw, key: str) -> str | None:
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise PlanError(f'"{key}" of a plan node is no text; use EXPLAIN (FORMAT JSON)')
    return value


def _figure(raw: Raw, key: str) -> float | None:
    if raw.get(key) is None:
        return None
    number = number_of(raw[key])
    if number is None or number < 0:
        raise PlanError(f'"{key}" of a plan node is no positive number; use EXPLAIN (FORMAT JSON)')
    return number


def number_of(value: object) -> float | None:
    """The finite number that a decoded JSON value is, or None; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def whole_of(value: object) -> int | None:
    """The number that a decoded JSON value is, as an integer of PostgreSQL's bigint, or None."""
    number = number_of(value)
    return int(number) if number is not None and abs(number) < _BIGINT else None


def _jit_ms(jit: object) -> float | None:
    timing = jit.get("Timing") if isinstance(jit, Mapping) else None
    return number_of(timing.get("Total")) if isinstance(timing, Mapping) else None


def _settings(settings: object) -> dict[str, str]:
    if not isinstance(settings, Mapping):
        return {}
    return {str(name): str(value) for name, value in settings.items()}


def _triggers(triggers: object) -> tuple[Trigger, ...]:
    entries = triggers if isinstance(triggers, list) else []
    return tuple(_trigger(entry) for entry in entries if isinstance(entry, Mapping))


def _trigger(entry: Raw) -> Trigger:
    name = entry.get("Constraint Name") or entry.get("Trigger Name") or ""
    return Trigger(str(name), number_of(entry.get("Time")), number_of(entry.get("Calls")) or 0.0)
