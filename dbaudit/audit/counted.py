"""The statements that cost the server most, from pg_stat_statements, as queries of the workload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dbaudit.errors import DbauditError
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.query import Query
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.statement_kind import statement_kind

#: Enough for what weighs: what comes after is rarely a per cent of the total.
MOST_STATEMENTS = 20

_KINDS = frozenset(("select", "insert", "update", "delete", "merge"))
_CATALOG_MARKS = ("pg_catalog.", "information_schema.", "pg_stat_", "dbaudit.")


def counted_queries(
    snapshot: Snapshot, registered: Iterable[Query], most: int = MOST_STATEMENTS
) -> list[Query]:
    """The statements with the most total time that no registered query stands for already.

    Their weight is the number of calls, their name made from the fingerprint. Utility statements,
    those on the system's catalog and texts that the server cut off are left out.
    """
    known = {fingerprint(query.sql) for query in registered}
    statements = snapshot.frame("statements").sort_values("total_exec_time", ascending=False)
    queries: list[Query] = []
    for text, calls in zip(statements["query"], statements["calls"], strict=True):
        query = _query(str(text), float(calls))
        if query is None or fingerprint(query.sql) in known:
            continue
        known.add(fingerprint(query.sql))
        queries.append(query)
        if len(queries) == most:
            break
    return queries


def _query(text: str, calls: float) -> Query | None:
    """A query, or None for what cannot be planned: the server keeps such texts too."""
    if any(mark in text for mark in _CATALOG_MARKS):
        return None
    try:
        if statement_kind(text).kind not in _KINDS:
            return None
        query = parse_queries(text)[0]
        return replace(query, name=f"statement-{fingerprint(query.sql)[:8]}", weight=calls)
    except DbauditError:  # cut off at track_activity_query_size, or "<insufficient privilege>"
        return None
