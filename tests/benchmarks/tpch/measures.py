"""Costs and times of the 22 queries, and what is made of them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.errors import QueryCanceled

from dbaudit.query import Query
from tests.benchmarks.tpch.database import Connection

#: Their costs dwarf all others or hang on one unsteady estimate.
LEFT_OUT = ("q02", "q17", "q20")
TIMEOUT_SECONDS = 120.0

#: Cost or seconds by the query's name.
PerQuery = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Cost after over cost before: see peers.PeerBest."""

    rel22: float
    rel19: float
    geo: float


def costs(connection: Connection, queries: Sequence[Query]) -> dict[str, float]:
    """The planner's total cost of each query."""
    found = {}
    for query in queries:
        row = connection.execute(f"explain (format json) {query.sql}".encode()).fetchone()
        assert row is not None
        plan = row[0] if isinstance(row[0], list) else json.loads(str(row[0]))
        found[query.name] = float(plan[0]["Plan"]["Total Cost"])
    return found


def ratios(before: PerQuery, after: PerQuery) -> Ratios:
    """The three measures."""
    nineteen = [name for name in before if name not in LEFT_OUT]
    logarithms = [math.log(after[name] / before[name]) for name in before]
    return Ratios(
        sum(after.values()) / sum(before.values()),
        sum(after[n] for n in nineteen) / sum(before[n] for n in nineteen),
        math.exp(sum(logarithms) / len(logarithms)),
    )


def run_times(connection: Connection, queries: Sequence[Query]) -> dict[str, float]:
    """Seconds of each query, run once after a run that warms up; the timeout where it ran out."""
    connection.execute(f"set statement_timeout = '{TIMEOUT_SECONDS:.0f}s'".encode())
    found = {}
    for query in queries:
        first = _seconds(connection, query)
        found[query.name] = first if first >= TIMEOUT_SECONDS else _seconds(connection, query)
    connection.execute("reset statement_timeout")
    return found


def _seconds(connection: Connection, query: Query) -> float:
    begun = time.perf_counter()
    try:
        connection.execute(query.sql.encode()).fetchall()
    except QueryCanceled:
        return TIMEOUT_SECONDS
    return time.perf_counter() - begun
