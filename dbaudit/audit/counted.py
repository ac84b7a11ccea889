"""The statements that cost the server most, from pg_stat_statements, as queries of the workload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dbaudit.errors import DbauditError
from dbaudit.query import Query
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.names import identifiers
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.statement_kind import statement_kind

#: Enough for what weighs: what comes after is rarely a per cent of the total.
MOST_STATEMENTS = 20

_KINDS = frozenset(("select", "insert", "update", "delete", "merge"))


def counted_queries(
    snapshot: Snapshot,
    registered: Iterable[Query],
    catalog: Catalog,
    most: int = MOST_STATEMENTS,
) -> list[Query]:
    """The statements with the most total time that no registered query stands for already.

    Their weight is the number of calls; their name says what they do to which table, with the
    beginning of the fingerprint. Utility statements, those that read none of the user's tables and
    texts that the server cut off are left out.
    """
    known = {fingerprint(query.sql) for query in registered}
    statements = snapshot.frame("statements").sort_values("total_exec_time", ascending=False)
    queries: list[Query] = []
    for text, calls in zip(statements["query"], statements["calls"], strict=True):
        query = None if OWN_STATEMENT in text else _query(str(text), float(calls), catalog)
        if query is None or fingerprint(query.sql) in known:
            continue
        known.add(fingerprint(query.sql))
        queries.append(query)
        if len(queries) == most:
            break
    return queries


def _query(text: str, calls: float, catalog: Catalog) -> Query | None:
    """A query, or None for what cannot be planned: the server keeps such texts too."""
    try:
        kind = statement_kind(text).kind
        if kind not in _KINDS:
            return None
        query = parse_queries(text)[0]
    except DbauditError:  # cut off at track_activity_query_size, or "<insufficient privilege>"
        return None
    tables = _tables(query, catalog)
    if not tables:
        return None
    return replace(query, name=f"{kind}-{tables[0]}-{fingerprint(text)[:6]}", weight=calls)


def _tables(query: Query, catalog: Catalog) -> list[str]:
    """The tables that the query names; of one that the parser does not know, what may be one."""
    uses = query_uses(query, catalog)
    if uses.reason is None:
        return [use.table for use in uses.tables if use.schema is not None]
    return sorted({table for _, table in catalog.tables} & identifiers(query.statement))
