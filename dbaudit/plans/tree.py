"""The annotated plan tree as lines of values; a report decides how to draw them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbaudit.plans.derive import NodeFigures, derive
from dbaudit.plans.label import label, one_line
from dbaudit.plans.node import Plan, PlanNode
from dbaudit.plans.table import schema_of
from dbaudit.units import size_text

__all__ = ["NOTED_MISESTIMATE", "TreeLine", "one_line", "plan_tree"]

#: The least factor that is worth a note: below it, estimates from a sample of the table are as good
#: as can be hoped for.
NOTED_MISESTIMATE = 10.0


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One node of the tree, `depth` 0 for the root; None for what was not planned or measured.

    `rows` are measured rows over all loops, `plan_rows` those expected of one execution, `cost`
    that of one execution with children. `share` (0 to 1) is of the execution time, or of the cost
    where no time was measured. `is_hot` marks the node with the most time, or cost, of its own.
    """

    depth: int
    label: str
    subplan_name: str | None
    cost: float | None
    plan_rows: float | None
    rows: float | None
    loops: float | None
    self_ms: float | None
    share: float | None
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    is_hot: bool


def plan_tree(plan: Plan, relations: Mapping[str, str] | None = None) -> tuple[TreeLine, ...]:
    """The lines of the tree, depth first. `relations` gives schemas by relation name."""
    figures = derive(plan)
    hot = hot_node(figures)
    return tuple(_line(each, relations or {}, is_hot=each is hot) for each in figures)


def hot_node(figures: Sequence[NodeFigures]) -> NodeFigures | None:
    """The node with the greatest time of its own, else cost; None when EXPLAIN gave neither."""
    timed = [each for each in figures if each.self_ms is not None]
    if timed:
        return max(timed, key=lambda each: each.self_ms or 0.0)
    priced = [each for each in figures if each.self_cost is not None]
    return max(priced, key=lambda each: each.self_cost or 0.0, default=None)


def _line(figures: NodeFigures, relations: Mapping[str, str], *, is_hot: bool) -> TreeLine:
    node = figures.node
    has_time = figures.time_share is not None
    return TreeLine(
        depth=figures.depth,
        label=label(node, schema_of(node, relations)),
        subplan_name=node.subplan_name,
        cost=node.total_cost,
        plan_rows=node.plan_rows,
        rows=figures.total_rows,
        loops=node.actual_loops,
        self_ms=figures.self_ms,
        share=figures.time_share if has_time else figures.cost_share,
        conditions=tuple(_conditions(node)),
        notes=tuple(_notes(figures)),
        is_hot=is_hot,
    )


def _conditions(node: PlanNode) -> Iterator[str]:
    for key in ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter"):
        text = node.text(key)
        if text:
            yield f"{key}: {text}"
    keys = node.texts("Sort Key")
    if keys:
        yield f"Sort Key: {', '.join(keys)}"


def _notes(figures: NodeFigures) -> Iterator[str]:
    node = figures.node
    if node.actual_loops == 0:
        yield "never executed"
    if node.raw.get("Disabled") is True:
        yield "disabled by a setting"
    yield from _removed_notes(figures)
    yield from _misestimate_notes(figures)
    if figures.spill_bytes:
        yield f"spilled {size_text(figures.spill_bytes)} to disk"
    elif figures.hash_batches is not None and figures.hash_batches > 1:
        yield f"spilled to disk in {figures.hash_batches:,} batches"
    if figures.partitions_scanned is not None:
        yield f"scanned {_count(figures.partitions_scanned, 'partition')}"
    yield from _worker_notes(node)


def _removed_notes(figures: NodeFigures) -> Iterator[str]:
    if figures.rows_removed_by_filter:
        yield f"removed {_count(figures.rows_removed_by_filter, 'row')}"
    if figures.rows_removed_by_join_filter:
        yield f"join filter removed {_count(figures.rows_removed_by_join_filter, 'row')}"
    if figures.rows_removed_by_index_recheck:
        yield f"recheck removed {_count(figures.rows_removed_by_index_recheck, 'row')}"
    fetches = figures.node.number("Heap Fetches")
    if fetches:
        yield f"fetched {_count(fetches, 'row')} from the heap"


def _misestimate_notes(figures: NodeFigures) -> Iterator[str]:
    found = figures.misestimate
    if found is not None and found.factor >= NOTED_MISESTIMATE:
        yield f"estimate {found.factor:,.0f} x too {'low' if found.is_underestimate else 'high'}"


def _worker_notes(node: PlanNode) -> Iterator[str]:
    planned, launched = node.number("Workers Planned"), node.number("Workers Launched")
    if planned is not None and launched is not None and launched < planned:
        yield f"{launched:,.0f} of {planned:,.0f} workers launched"


def _count(number: float, noun: str) -> str:
    figure = f"{number:,.0f}"
    return f"{figure} {noun}" if figure == "1" else f"{figure} {noun}s"
