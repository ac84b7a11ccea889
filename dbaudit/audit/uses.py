"""How the workload's queries use their tables: as the parser sees it, else as the server does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dbaudit.audit.workload import Workload
from dbaudit.errors import QueryError
from dbaudit.query import Query
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session
from dbaudit.targets.statistics import named_relations
from dbaudit.workload.binding import bind, generic
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.names import identifiers
from dbaudit.workload.plan_uses import uses_from_plan
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.table_use import QueryUses


def workload_uses(
    session: Session, queries: Sequence[Query], catalog: Catalog
) -> dict[str, QueryUses]:
    """The uses by the queries' names. Raises TargetError when the connection is lost."""
    return {query.name: _uses(session, query, catalog) for query in queries}


def named_in_workload(session: Session, workload: Workload) -> set[tuple[str, str]]:
    """The tables and views that the parser did not see as such: those of queries that it does not
    know, views, and what plans read besides."""
    names = set(_names(workload))
    return named_relations(session, names)


def _uses(session: Session, query: Query, catalog: Catalog) -> QueryUses:
    """From the plan with parameters left open, so that these are not taken for constants.

    A name that is no table may be a view: then the plan tells its tables, and what is asked there.
    """
    uses = query_uses(query, catalog)
    if uses.reason is None and all(use.schema is not None for use in uses.tables):
        return uses
    bound = generic(query) if query.parameters else bind(query)
    try:
        document = explain(session, bound, ExplainOptions(verbose=True))
    except QueryError:  # it is planned again with values, and its error reported then
        return uses
    seen = uses_from_plan(query, document["Plan"], catalog)
    if uses.reason is not None:
        return seen
    named = {(use.schema, use.table) for use in uses.tables}
    inside = (use for use in seen.tables if (use.schema, use.table) not in named)
    return replace(uses, tables=(*uses.tables, *inside))


def _names(workload: Workload) -> Iterator[str]:
    for uses in workload.uses.values():
        yield from (use.table for use in uses.tables if use.schema is None)
    for entry in workload.explained:
        uses = workload.uses[entry.bound.name]
        if uses.is_from_plan or uses.reason is not None:
            yield from identifiers(entry.bound.query.statement)
        if entry.document is not None:
            seen = {use.table for use in uses.tables}
            yield from (name for name in _relations(entry.document["Plan"]) if name not in seen)


def _relations(node: Mapping[str, Any]) -> Iterator[str]:
    if "Relation Name" in node:
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _relations(child)
