"""What applications sent, in the workload: its statements, how often they run, how they ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dbaudit.audit.explained import Explained
from dbaudit.audit.traffic import Traffic
from dbaudit.audit.traffic_queries import traffic_queries
from dbaudit.audit.workload import Workload
from dbaudit.errors import PlanError
from dbaudit.plans.node import parse_plan
from dbaudit.query import BoundQuery, Query
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.traffic.auto_explain import plan_document
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint

#: As many as are taken of pg_stat_statements.
MOST_STATEMENTS = 20
LOGGED = "logged"


def weighted(registered: Sequence[Query], traffic: Traffic) -> list[Query]:
    """The registered queries; one that really ran has the number of its calls as weight."""
    statements = traffic.totals.statements
    found = [(query, statements.get(fingerprint(query.sql))) for query in registered]
    return [
        query if totals is None else replace(query, weight=float(max(1, totals.calls)))
        for query, totals in found
    ]


def sent_queries(traffic: Traffic, registered: Iterable[Query], catalog: Catalog) -> list[Query]:
    """The statements with the most total time that no registered query stands for already.

    Those that name none of the database's tables are left out: they were sent to another one.
    """
    known = {fingerprint(query.sql) for query in registered}
    names = {name for _, name in catalog.tables}
    queries = traffic_queries(traffic, catalog, known, 2 * MOST_STATEMENTS)
    tables = {s.shape.fingerprint: s.shape.tables for s in traffic.totals.statements.values()}
    return [
        query
        for query in queries
        if any(t.rpartition(".")[2] in names for t in tables.get(fingerprint(query.sql), ()))
    ][:MOST_STATEMENTS]


def with_logged_plans(workload: Workload, traffic: Traffic) -> Workload:
    """The workload with what auto_explain logged of its queries, as one more variant of each."""
    plans = traffic.plans.by_statement
    logged: list[Explained] = []
    for query in {entry.bound.name: entry.bound.query for entry in workload.explained}.values():
        kept = plans.get(fingerprint(query.sql))
        document = None if kept is None else _document(kept.document)
        if kept is not None and document is not None:
            bound = BoundQuery(query, kept.text, LOGGED)
            logged.append(Explained(bound, document, parse_plan(document)))
    return replace(workload, explained=(*workload.explained, *logged))


def _document(text: str) -> Mapping[str, Any] | None:
    """The plan; None where it is cut, or in a form that is not read."""
    try:
        document = plan_document(text)
        parse_plan(document)
    except PlanError:
        return None
    return document if isinstance(document, Mapping) else None


def with_times(snapshot: Snapshot, traffic: Traffic) -> Snapshot:
    """The snapshot with `queries.actual_ms` where no execution was measured but one was sent.

    It is what 95 % of the real executions did not exceed.
    """
    frame = snapshot.frames.get("queries")
    if frame is None:
        return snapshot
    statements = traffic.totals.statements
    times = [
        measured if measured is not None or name not in statements else statements[name].p95_ms
        for name, measured in zip(frame["fingerprint"], frame["actual_ms"], strict=True)
    ]
    column = pd.Series(times, index=frame.index, dtype=object)
    return snapshot.with_frames({"queries": frame.assign(actual_ms=column)})
