"""How selective each condition of the workload is by itself, as the target's planner sees it.

A plan gives the rows that satisfy all conditions together. Whether an index on one column could pay
depends on that column's condition alone, so the planner is asked about it with the query's values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dbaudit.audit.workload import Workload
from dbaudit.errors import QueryError
from dbaudit.identifiers import quote_ident
from dbaudit.plans.node import parse_plan
from dbaudit.query import BoundQuery, Query
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session
from dbaudit.workload.binding import Values, bind
from dbaudit.workload.table_use import Condition, TableUse

_KEY = ("query", "schemaname", "tablename", "expression", "operator", "value")


def with_selectivities(
    session: Session, snapshot: Snapshot, workload: Workload, values: Values
) -> Snapshot:
    """The snapshot with `query_predicates.selectivity` where every value is given.

    `values` are those of the command line. One EXPLAIN a condition and one a table: under a
    millisecond each. Raises TargetError when the connection is lost.
    """
    frame = snapshot.frames.get("query_predicates")
    if frame is None:
        return snapshot
    known = dict(_selectivities(session, workload, values))
    keys = zip(*(frame[name] for name in _KEY), strict=True)
    shares = pd.Series([known.get(key) for key in keys], index=frame.index, dtype=object)
    return snapshot.with_frames({"query_predicates": frame.assign(selectivity=shares)}, [])


def _selectivities(
    session: Session, workload: Workload, values: Values
) -> Iterator[tuple[tuple[Any, ...], float]]:
    given = [e.bound.query for e in workload.explained if e.plan and e.bound.variant == "given"]
    for query in given:
        for use in workload.uses[query.name].tables:
            conditions = [c for c in use.conditions if c.is_sargable and c.predicate is not None]
            whole = _rows(session, _probe(query, use, values)) if conditions else None
            for condition in conditions:
                rows = _rows(session, _probe(query, use, values, condition))
                if rows is not None and whole:
                    yield _key(query, use, condition), min(rows / whole, 1.0)


def _key(query: Query, use: TableUse, condition: Condition) -> tuple[Any, ...]:
    names = (condition.expression, condition.operator, condition.value)
    return (query.name, use.schema, use.table, *names)


def _probe(
    query: Query, use: TableUse, values: Values, condition: Condition | None = None
) -> BoundQuery | None:
    """The table's rows that satisfy the condition, or all of them; None for an unknown table."""
    if use.schema is None:
        return None
    text = f"SELECT FROM {quote_ident(use.schema)}.{quote_ident(use.table)}"
    if condition is not None:
        text += f" WHERE {condition.predicate}"
    return bind(Query(query.name, text, text, query.parameters), values)


def _rows(session: Session, probe: BoundQuery | None) -> float | None:
    if probe is None:
        return None
    try:
        return parse_plan(explain(session, probe, ExplainOptions())).root.plan_rows
    except QueryError:  # the auditing role may not read what the query's own role may
        return None
