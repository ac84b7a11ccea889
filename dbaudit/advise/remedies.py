"""What would help a query that no index helps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbaudit.advise.catalog import Catalog, TableName
from dbaudit.advise.estimates import Guess, guesses
from dbaudit.advise.items import PlannedQuery
from dbaudit.identifiers import quote_ident
from dbaudit.shadow.planner import PlanJson
from dbaudit.workload.table_use import SortKey

#: Planner units below which a query is quick whatever it does: some milliseconds.
COSTLY = 1000.0

#: Rows that a page skips before OFFSET is worth a word.
_FEW_SKIPPED = 1000
_OFFSET = re.compile(r"\boffset\s+\(?\s*(\d+|\$\d+)", re.IGNORECASE)

#: A text search whose configuration is not named.
_BY_SETTING = re.compile(r"to_tsvector\s*\([^,']+\)", re.IGNORECASE)

#: An aggregate that reads such a share of a table, and makes of it so small a part.
_LARGE_SHARE, _SMALL_RESULT = 0.3, 0.1
_JOINED = 2
#: parallel_leader_participation: the leader's part of a parallel scan (get_parallel_divisor).
_LEADER_LOSS = 0.3


@dataclass(frozen=True, slots=True)
class _Scan:
    """A scan of a table in a plan, with the rows that it gives to all processes together."""

    relation: str
    alias: str
    rows: float


def paging_remedy(query: PlannedQuery, sql: str) -> str | None:
    """Keyset pagination instead of an OFFSET that skips many rows; `sql` has the values."""
    sorts = [use.sort for use, _ in query.item.uses if use.sort]
    if not any(paging.clause == "offset" for paging in query.paging) or len(sorts) != 1:
        return None
    found = _OFFSET.findall(sql)
    if not found or not any(_skips_many(value) for value in found):
        return None
    return (
        "OFFSET reads and drops all rows before the page, so later pages cost ever more; "
        f"page by the last row seen instead{_keyset(sorts[0])}"
    )


def remedies(query: PlannedQuery, plan: PlanJson, catalog: Catalog) -> Iterator[str]:
    """One sentence for each remedy that is known; nothing when none is."""
    yield from _aggregates(query, plan, catalog)
    yield from _text_searches(query)


def _text_searches(query: PlannedQuery) -> Iterator[str]:
    """Those that PostgreSQL must not index, since a setting decides what they find
    (https://www.postgresql.org/docs/current/textsearch-tables.html#TEXTSEARCH-TABLES-INDEX)."""
    found = (c.expression for use, _ in query.item.uses for c in use.conditions)
    for expression in dict.fromkeys(filter(_BY_SETTING.fullmatch, found)):
        yield (
            f"{expression} goes by default_text_search_config, so that no index can hold it; name "
            "the configuration in it, as in to_tsvector('english', …), and in the tsquery too"
        )


def _skips_many(value: str) -> bool:
    return value.startswith("$") or int(value) >= _FEW_SKIPPED


def _keyset(sort: Sequence[SortKey]) -> str:
    """The condition that stands for the OFFSET, where one row comparison says it."""
    columns = [quote_ident(key.column) for key in sort if key.column is not None]
    directions = {key.descending for key in sort}
    if len(columns) != len(sort) or len(directions) != 1:
        return ""
    left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
    right = [":last_" + re.sub(r"\W+", "_", str(key.column)) for key in sort]
    values = right[0] if len(right) == 1 else f"({', '.join(right)})"
    unique = " (the order must be unique: add the primary key to it)"
    return f": WHERE {left} {'<' if directions == {True} else '>'} {values}{unique}"


def _aggregates(query: PlannedQuery, plan: PlanJson, catalog: Catalog) -> Iterator[str]:
    """The outermost aggregates over most of a table."""
    for node in _outermost_aggregates(plan):
        scans = list(_scans(node, _workers_above(plan, node)))
        large = max(_found(query, scans), key=lambda pair: pair[1], default=None)
        if large is None:
            continue
        table, rows = catalog.tables[large[0]], large[1]
        is_large = table.rows > 0 and rows >= _LARGE_SHARE * table.rows
        if is_large and float(node["Plan Rows"]) <= _SMALL_RESULT * rows:
            yield (
                f"each call aggregates about {rows:.0f} rows of {table.name} "
                f"({min(1.0, rows / table.rows):.0%} of it), which no index avoids; keep the "
                f"result in {_store(node)}"
            )


def _found(query: PlannedQuery, scans: Sequence[_Scan]) -> list[tuple[TableName, float]]:
    """The tables that the scans read, with their rows; what the query does not name is left out."""
    return [
        (name, scan.rows)
        for use, name in query.item.uses
        for scan in scans
        if (scan.relation, scan.alias) == (name[1], use.alias)
    ]


def _store(node: PlanJson) -> str:
    if node.get("Group Key"):
        return "a materialised view that is refreshed as often as it must be fresh"
    return "a counter or summary row that writes keep up, or in a materialised view"


def _outermost_aggregates(node: PlanJson) -> Iterator[PlanJson]:
    if node["Node Type"] == "Aggregate":
        yield node
        return
    for child in node.get("Plans", ()):
        yield from _outermost_aggregates(child)


def _workers_above(plan: PlanJson, wanted: PlanJson, workers: int = 0) -> int:
    """The workers of the Gather above a node, 0 when there is none."""
    if plan is wanted:
        return workers
    inside = int(plan.get("Workers Planned", workers))
    return max((_workers_above(c, wanted, inside) for c in plan.get("Plans", ())), default=0)


def guessed(
    query: PlannedQuery, plan: PlanJson, catalog: Catalog
) -> Iterator[tuple[Guess, TableName, float]]:
    """The guesses that the plan rests on, each with its table and the rows of the scan."""
    scans = list(_scans(plan))
    if len(scans) < _JOINED:  # with one table there is no join that a better estimate could mend
        return
    for use, name in query.item.uses:
        rows = [s.rows for s in scans if (s.relation, s.alias) == (name[1], use.alias)]
        if len(rows) == 1:
            for guess in guesses(use, catalog.tables[name], rows[0], catalog.version_num):
                yield guess, name, rows[0]


def _scans(node: PlanJson, workers: int = 0) -> Iterator[_Scan]:
    workers = int(node.get("Workers Planned", workers))
    if "Relation Name" in node:
        divisor = 1.0
        if node.get("Parallel Aware") and workers:
            divisor = workers + max(0.0, 1 - _LEADER_LOSS * workers)
        rows = float(node["Plan Rows"]) * divisor
        yield _Scan(node["Relation Name"], node["Alias"], rows)
    for child in node.get("Plans", ()):
        yield from _scans(child, workers)
