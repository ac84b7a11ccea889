"""Plan the workload on the target, query by query; a query that fails does not stop the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dbaudit.errors import QueryError, UsageError
from dbaudit.plans.node import Plan, parse_plan
from dbaudit.query import BoundQuery, Query
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session
from dbaudit.targets.statistics import volatile_functions
from dbaudit.workload.query_file import place
from dbaudit.workload.statement_kind import StatementKind, statement_kind

#: SQLSTATE indeterminate_datatype: `could not determine data type of parameter $1`.
_INDETERMINATE_DATATYPE = "42P18"
_SYNTAX_ERROR = "42601"
_PARAMETER = re.compile(r"parameter \$(\d+)")

#: Called with the query's name before it is planned.
OnQuery = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Explained:
    """A variant of a query with its plan, or why it has none.

    `document` is EXPLAIN's, None after an error. `not_executed` says why a query was planned but
    not executed although execution was asked for.
    """

    bound: BoundQuery
    document: Mapping[str, Any] | None = None
    plan: Plan | None = None
    error: str | None = None
    sqlstate: str | None = None
    not_executed: str | None = None


def explain_workload(
    session: Session,
    bound_queries: Iterable[BoundQuery],
    options: ExplainOptions,
    on_query: OnQuery = lambda _: None,
) -> list[Explained]:
    """Each variant planned, and executed where that was asked for and is allowed.

    Raises TargetError when the connection is lost.
    """
    explained = []
    for bound in bound_queries:
        on_query(bound.name)
        explained.append(_explain_one(session, bound, options))
    return explained


def why_not_executed(session: Session, kind: StatementKind) -> str | None:
    """Why a statement must not be executed without --allow-writes, or None."""
    if kind.modifies:
        return "it changes data"
    if kind.locks:
        return "it locks rows"
    volatile = volatile_functions(session, {name for _, name in kind.functions})
    if volatile:
        return f"it calls the volatile function {volatile[0]}"
    return None


def located(error: QueryError, bound: BoundQuery) -> str:
    """The server's message with the query's file and the line that it points at."""
    query = bound.query
    hint = _hint(error, query)
    if query.file is None:
        return f"{error}{hint}"
    before = bound.sql[: error.position - 1] if error.position else ""
    return f"{query.file}:{query.line + before.count(chr(10))}: {error}{hint}"


def _hint(error: QueryError, query: Query) -> str:
    """What to do about a statement without a plan, or a parameter whose type nothing tells."""
    if error.sqlstate == _SYNTAX_ERROR and _is_other(query):
        return "; only SELECT, VALUES, INSERT, UPDATE, DELETE and MERGE can be planned"
    number = _PARAMETER.search(str(error))
    if error.sqlstate != _INDETERMINATE_DATATYPE or number is None:
        return ""
    name = query.parameters[int(number[1]) - 1].name
    return f"; declare its type in the query's file: -- param: {name} text"


def _explain_one(session: Session, bound: BoundQuery, options: ExplainOptions) -> Explained:
    reason = None
    try:
        if options.analyze and not options.allow_writes:
            reason = why_not_executed(session, kind_of(bound.query))
            options = replace(options, analyze=reason is None)
        document = explain(session, bound, options)
        return Explained(bound, document, parse_plan(document), not_executed=reason)
    except QueryError as error:
        return Explained(bound, error=located(error, bound), sqlstate=error.sqlstate)
    except UsageError as error:
        return Explained(bound, error=f"{place(bound.query)}: {error}")


def kind_of(query: Query) -> StatementKind:
    """What the query's statement does. Raises UsageError for several statements."""
    return statement_kind(query.statement)


def _is_other(query: Query) -> bool:
    try:
        return kind_of(query).kind == "other"
    except UsageError:  # the server's own message tells more
        return False
