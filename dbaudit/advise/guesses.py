"""Where the planner guesses, and what the guess may hide.

Of an expression without statistics PostgreSQL takes an equality for 0.5 % of the rows
(DEFAULT_EQ_SEL in src/include/utils/selfuncs.h). So a partial index `WHERE metadata->>'k' = 'web'`
looks tiny, and reading it from end to end as cheap as reading the wanted part. The search must not
believe that: a scan that only guesses bound is charged as if a third of the table passed it,
PostgreSQL's own guess for what it cannot know (DEFAULT_INEQ_SEL).

A LIMIT over an index that only gives the order makes another such guess: that the rows which pass a
filter come soon. Where the filter's share is a guess (a full text search is taken for 0.5 % of the
rows, DEFAULT_TS_MATCH_SEL in src/backend/tsearch/ts_selfuncs.c), the scan may go on to the end.

A GiST tree is divided by its first key, so that a search by the others alone goes through much of
it, for which the planner charges nothing (gistcostestimate in selfuncs.c).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dbaudit.advise.catalog import TableFacts, TableName
from dbaudit.identifiers import quote_ident
from dbaudit.index_definition import BTREE, IndexDefinition
from dbaudit.shadow.planner import PlanJson

_UNKNOWN_SHARE = 1 / 3

#: cpu_index_tuple_cost and cpu_operator_cost as PostgreSQL has them by default.
_UNITS_PER_ENTRY = 0.005 + 0.0025

#: Nodes between a LIMIT and its scan that end as early as the LIMIT does.
_PASSING_ON = frozenset(("Result", "Gather Merge", "Subquery Scan", "LockRows"))
#: What a filter applies to a column before it compares: a function or a path into jsonb.
_COMPUTED = re.compile(r"\w\(|->|#>")


def is_guessed(index: IndexDefinition, table: TableFacts) -> bool:
    """Whether the planner has no statistics of a key or of the predicate."""
    for key in index.keys:
        facts = table.columns.get(key.text)
        if key.is_expression or facts is None or not facts.has_statistics:
            return True
        if index.method == "gin" and facts.typname == "jsonb":
            return True  # PostgreSQL keeps no statistics of what is inside a jsonb column
    return _holds_expression(index.where)


def _holds_expression(where: str | None) -> bool:
    """Whether a predicate has an operator on a column's inside, or calls a function."""
    return where is not None and ("->" in where or "(" in where)


def scan_risk(
    plan: PlanJson,
    given: frozenset[IndexDefinition],
    tables: Mapping[TableName, TableFacts],
) -> float:
    """Planner units to add to a plan for scans of guessed indexes that nothing known bounds, and
    of GiST indexes by other keys than the first.

    A scan below a LIMIT ends early, unless it is the filter that is guessed.
    """
    by_name = {index.name: index for index in given if index.method in (BTREE, "gist")}
    total = sum(_early_end_risk(limit) for limit in _limits(plan))
    for node in _unlimited_index_scans(plan):
        index = by_name.get(node["Index Name"])
        if index is None:
            continue
        table = tables[index.schema, index.table]
        is_open = is_guessed(index, table) if index.method == BTREE else len(index.keys) > 1
        if is_open and not _is_bounded(node, index):
            total += table.rows * _UNKNOWN_SHARE * _UNITS_PER_ENTRY
    return total


def _unlimited_index_scans(node: PlanJson) -> Iterator[PlanJson]:
    if node["Node Type"] == "Limit":
        return
    if "Index Name" in node:
        yield node
    for child in node.get("Plans", ()):
        yield from _unlimited_index_scans(child)


def _limits(node: PlanJson) -> Iterator[PlanJson]:
    if node["Node Type"] == "Limit":
        yield node
    for child in node.get("Plans", ()):
        yield from _limits(child)


def _early_end_risk(limit: PlanJson) -> float:
    """What the LIMIT's plan lacks of a third of its scan, where a guessed filter is to end it."""
    scan = limit["Plans"][0]
    while scan["Node Type"] in _PASSING_ON and len(scan.get("Plans", ())) == 1:
        scan = scan["Plans"][0]
    is_ordered = scan["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in scan
    if not is_ordered or not _COMPUTED.search(scan.get("Filter", "")):
        return 0.0
    return max(_UNKNOWN_SHARE * float(scan["Total Cost"]) - float(limit["Total Cost"]), 0.0)


def _is_bounded(node: PlanJson, index: IndexDefinition) -> bool:
    """Whether the scan has a condition on the first key that is a column."""
    condition = node.get("Index Cond", "")
    first = next((key.text for key in index.keys if not key.is_expression), None)
    return first is not None and quote_ident(first) in condition
