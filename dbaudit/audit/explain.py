"""`explain`: the audit of a few named queries, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbaudit.audit.explained import kind_of, why_not_executed
from dbaudit.audit.scan import Audit, ScanOptions, scan
from dbaudit.audit.steps import Steps
from dbaudit.errors import QueryFileError, UsageError
from dbaudit.findings import Finding
from dbaudit.query import Query
from dbaudit.rules.rule import Rule
from dbaudit.targets.session import Session
from dbaudit.workload.binding import bind
from dbaudit.workload.query_file import place

#: Findings of these rules are about a query though their object is an index.
ABOUT_QUERIES = frozenset({"missing-index", "index-cannot-serve-query", "index-lures-planner"})

#: SQLSTATE class 42: syntax error or access rule violation; the statement itself is wrong.
_WRONG_STATEMENT = "42"
_INSUFFICIENT_PRIVILEGE = "42501"


def explain(
    session: Session,
    queries: Sequence[Query],
    rules: Sequence[Rule],
    options: ScanOptions,
    steps: Steps,
) -> Audit:
    """Plan the queries; findings are those about them.

    Raises QueryFileError for a statement that the server does not understand, and UsageError for
    one that must not be executed without `allow_writes`.
    """
    if options.explain.analyze and not options.explain.allow_writes:
        _refuse_writes(session, queries)
    audit = scan(session, queries, rules, options, steps)
    for entry in audit.workload.explained:
        state = entry.sqlstate or ""
        if state.startswith(_WRONG_STATEMENT) and state != _INSUFFICIENT_PRIVILEGE:
            raise QueryFileError(entry.error or state)
        if options.explain.analyze and entry.bound.is_generic:
            bind(entry.bound.query, options.values)  # raises, naming the parameters
    findings = tuple(f for f in audit.evaluation.findings if _is_about_queries(f))
    return replace(audit, evaluation=replace(audit.evaluation, findings=findings))


def _refuse_writes(session: Session, queries: Sequence[Query]) -> None:
    for query in queries:
        reason = why_not_executed(session, kind_of(query))
        if reason:
            raise UsageError(
                f"{place(query)}: {query.name} is not executed: {reason}; --allow-writes executes "
                "it and rolls it back"
            )


def _is_about_queries(finding: Finding) -> bool:
    return finding.object.kind == "query" or finding.rule in ABOUT_QUERIES
