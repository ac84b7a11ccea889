"""What a query asks of its tables, read from its text and from its plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.catalog import Catalog, TableName
from dbaudit.advise.partition_scans import one_partition_each
from dbaudit.errors import QueryError
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner
from dbaudit.workload.binding import generic
from dbaudit.workload.catalog import Catalog as Names
from dbaudit.workload.names import paging
from dbaudit.workload.plan_uses import plan_uses
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.table_use import CONSTANT, PARAMETER, Condition, QueryUses, TableUse


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query uses its tables, and the plan of each variant as EXPLAIN (VERBOSE) gives it."""

    uses: QueryUses
    plans: tuple[PlanJson, ...]


def read_query(
    variants: Sequence[BoundQuery], names: Names, catalog: Catalog, planner: Planner
) -> Reading:
    """Read a query that the planner takes; its plan tells what the parser cannot see."""
    plans = tuple(planner.verbose_plan(variant) for variant in variants)
    text = query_uses(variants[0].query, names)
    whole, is_certain = _plan_to_read(variants, plans, planner)
    planned = plan_uses(one_partition_each(whole, catalog), names)
    if not is_certain:
        planned = tuple(map(_without_constants, planned))
    tables = _merged(text.tables, planned, catalog)
    if text.reason is None or not planned:
        return Reading(replace(text, tables=tables), plans)
    pages = tuple(paging(variants[0].query.statement))
    return Reading(QueryUses(text.query, tables, pages, is_from_plan=True), plans)


def without_output(plan: PlanJson) -> PlanJson:
    """The plan without the columns that each node gives, which nobody reads in a report."""
    node = {key: value for key, value in plan.items() if key != "Output"}
    if "Plans" in node:
        node["Plans"] = [without_output(child) for child in node["Plans"]]
    return node


def _plan_to_read(
    variants: Sequence[BoundQuery], plans: Sequence[PlanJson], planner: Planner
) -> tuple[PlanJson, bool]:
    """The generic plan, and that it tells parameters from constants for certain.

    Without one (the server cannot tell the parameters' types) whatever stands there as a constant
    may be the value of a parameter.
    """
    query = variants[0].query
    if not query.parameters or variants[0].is_generic:
        return plans[0], True
    try:
        return planner.verbose_plan(generic(query)), True
    except QueryError:
        return plans[0], False


def _without_constants(use: TableUse) -> TableUse:
    conditions = (
        replace(c, value_kind=PARAMETER) if c.value_kind == CONSTANT else c for c in use.conditions
    )
    return replace(use, conditions=tuple(conditions))


def _merged(
    text: Sequence[TableUse], planned: Sequence[TableUse], catalog: Catalog
) -> tuple[TableUse, ...]:
    """The text's uses with what only the plan shows of them, then those of other tables: what a
    view or a function reads."""
    known = {_root(use, catalog) for use in text if use.schema is not None}
    shown = _each_once(planned, catalog)
    completed = [_completed(use, shown, catalog) if use.schema else use for use in text]
    others = (use for use in shown if _root(use, catalog) not in known)
    return (*completed, *(_as_asked(use, completed, catalog) for use in others))


def _as_asked(shown: TableUse, written: Iterable[TableUse], catalog: Catalog) -> TableUse:
    """The use of a table that inherits from one in the text, which is asked the same: in the plan
    it has the other's alias with a number, and what is asked of all together stands above it."""
    columns = catalog.tables[_root(shown, catalog)].columns
    for use in written:
        is_alike = use.schema is not None and columns.keys() >= set(use.columns)
        if is_alike and shown.alias != use.alias and _is_alias(shown.alias, use.alias):
            return replace(use, schema=shown.schema, table=shown.table, alias=shown.alias)
    return shown


def _each_once(uses: Iterable[TableUse], catalog: Catalog) -> list[TableUse]:
    """The partitions of a table are scanned alike: the first one stands for all."""
    found: dict[tuple[TableName, tuple[Condition, ...]], TableUse] = {}
    for use in uses:
        found.setdefault((_root(use, catalog), use.conditions), use)
    return list(found.values())


def _completed(use: TableUse, shown: Iterable[TableUse], catalog: Catalog) -> TableUse:
    """The use with the conditions on columns on which its text has none: those of row-level
    security, and what follows from the conditions on other tables."""
    root = _root(use, catalog)
    said = {condition.column for condition in use.conditions}
    more = [
        condition
        for other in shown
        if _root(other, catalog) == root and _is_alias(other.alias, use.alias)
        for condition in other.conditions
        if condition.column is not None and condition.column not in said
    ]
    if not more:
        return use
    mentioned = dict.fromkeys([*use.columns, *(c.column for c in more if c.column)])
    conditions = dict.fromkeys([*use.conditions, *more])
    return replace(use, conditions=tuple(conditions), columns=tuple(mentioned))


def _is_alias(shown: str, written: str) -> bool:
    """EXPLAIN adds a number to an alias that it has given already."""
    return shown == written or shown.rstrip("0123456789") == f"{written}_"


def _root(use: TableUse, catalog: Catalog) -> TableName:
    return catalog.root((use.schema or "", use.table))
