"""The lookups in the nested loops of a plan, and what they cost more than the planner believes.

Of conditions on several columns the planner multiplies the shares, as if the columns were
independent. Where they are together the key of another table in the query, they are not: with as
many keys as that table has rows, each is found in rows / keys of the others. A foreign key tells
the planner so (`get_foreign_key_join_selectivity` in src/backend/optimizer/path/costsize.c);
without one it takes a nested loop for cheap that fetches many times the rows.

A page that an earlier lookup read is free to the planner as long as the table fits in
effective_cache_size (`index_pages_fetched` there). What is not in shared_buffers must be read again
all the same, from the kernel's cache, as a page of a sequential scan is: for no less than
seq_page_cost, besides the processor's work. Only lookups that come in the order of the rows find
the pages of the one before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.identifiers import qualified, quote_ident, unquoted
from dbaudit.shadow.planner import PlanJson

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
#: `column = alias.column` as EXPLAIN prints a join; the scanned table's own alias may be left out.
_EQUALITY = re.compile(rf"\((?:({_NAME})\.)?({_NAME}) = ({_NAME})\.({_NAME})\)")
_CONDITIONS = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter")
#: What holds the condition of a lookup.
_LOOKUPS = {
    "Index Scan": "Index Cond",
    "Index Only Scan": "Index Cond",
    "Bitmap Heap Scan": "Recheck Cond",
}

#: What is found so many times as often as expected is worth a foreign key.
_FAR_OFF = 2.0
#: What gives its rows in the order of its outer side.
_IN_OUTER_ORDER = frozenset(("Nested Loop", "Hash Join", "Gather", "Materialize", "Limit"))
#: Joins that take the first row found, after (rows + 1) / (matches + 1) of them in the mean, as in
#: compute_semi_anti_join_factors in costsize.c.
_FIRST_IS_ENOUGH = frozenset(("Semi", "Anti"))
#: The correlation from which rows are stored in the order of a column.
_IN_ORDER = 0.9

#: cpu_tuple_cost, cpu_index_tuple_cost and cpu_operator_cost as PostgreSQL has them by default.
_TUPLE, _INDEX_TUPLE, _OPERATOR = 0.01, 0.005, 0.0025
#: Operators that a page of an index counts as (DEFAULT_PAGE_CPU_MULTIPLIER in selfuncs.c).
_OPERATORS_A_PAGE = 50
#: Entries that a page of a B-tree on a few small columns has about.
_ENTRIES_A_PAGE = 300

#: (alias, column), without quotes.
_Column = tuple[str, str]
#: Columns that are equal in every row of the result, for each of them.
_Equal = Mapping[_Column, frozenset[_Column]]


@dataclass(frozen=True, slots=True)
class Key:
    """The lookup's `columns` are the key `parent_columns` of `parent`, and no foreign key says
    so."""

    columns: tuple[str, ...]
    parent: TableFacts
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A scan of `child` that runs for each of `loops` rows, for `units` each time.

    `rows` are those that each fetches, the planner's guess mended; `expected` what it expects.
    """

    child: TableFacts
    loops: float
    units: float
    expected: float
    rows: float
    pages: float
    key: Key | None

    def risk(self, catalog: Catalog) -> float:
        """Planner units that the lookups may cost more than the planner believes."""
        priced = self.loops * self.units
        mended = priced * self.rows / self.expected if self.key is not None else priced
        missed = max(0.0, 1 - catalog.shared_buffers_pages / max(self.child.pages, 1.0))
        read_again = self.loops * self.pages * missed * catalog.seq_page_cost
        return max(priced, mended, read_again + self.loops * self._work()) - priced

    def _work(self) -> float:
        """Units of the processor for one lookup: the descent (btcostestimate in selfuncs.c), and
        each row in the index and in the table."""
        entries = max(self.child.rows, 2.0)
        levels = math.ceil(math.log(entries, _ENTRIES_A_PAGE))
        descent = (math.ceil(math.log2(entries)) + _OPERATORS_A_PAGE * levels) * _OPERATOR
        return descent + self.rows * (_TUPLE + _INDEX_TUPLE + _OPERATOR)

    @property
    def missing_foreign_key(self) -> str | None:
        """The statement that would tell the planner how many rows to expect, where the data allow
        it; None where it is not far off."""
        if self.key is None or self.rows < _FAR_OFF * self.expected:
            return None
        columns, parent_columns = (
            ", ".join(map(quote_ident, names))
            for names in (self.key.columns, self.key.parent_columns)
        )
        return (
            f"ALTER TABLE {qualified(*self.child.key)} ADD FOREIGN KEY ({columns}) "
            f"REFERENCES {qualified(*self.key.parent.key)} ({parent_columns})"
        )


def nested_lookups(plan: PlanJson, catalog: Catalog) -> Iterator[Lookup]:
    """The lookups in the plan's nested loops."""
    tables = dict(_tables(plan, catalog))
    equal = _equal_columns(plan)
    for join, outer, scan in _scans(plan):
        child = tables.get(scan["Alias"])
        if child is not None:
            key = _untold(scan, child, tables, equal, catalog)
            expected = max(float(scan["Plan Rows"]), 1.0)
            rows = max(expected, _rows(scan, child, key))
            if join["Join Type"] in _FIRST_IS_ENOUGH:
                rows = (rows + 1) / (expected + 1)
            yield Lookup(
                child,
                float(outer["Plan Rows"]),
                float(scan["Total Cost"]),
                expected,
                rows,
                _pages(scan, child, rows, is_in_order=_is_in_order(outer, scan, tables, equal)),
                key,
            )


def _tables(plan: PlanJson, catalog: Catalog) -> Iterator[tuple[str, TableFacts]]:
    """The table behind each alias. EXPLAIN names no schema: a name that two have tells nothing."""
    for node in _nodes(plan):
        if "Relation Name" in node:
            alike = [t for t in catalog.tables.values() if t.name == node["Relation Name"]]
            if len(alike) == 1:
                yield node["Alias"], alike[0]


def _scans(plan: PlanJson) -> Iterator[tuple[PlanJson, PlanJson, PlanJson]]:
    """Each nested loop, its outer side, and the scan that runs for each row of that."""
    for node in _nodes(plan):
        if node["Node Type"] == "Nested Loop":
            outer, inner = node["Plans"][:2]
            if _LOOKUPS.get(inner["Node Type"], "") in inner:
                yield node, outer, inner


def _rows(scan: PlanJson, child: TableFacts, key: Key | None) -> float:
    """Rows that a lookup fetches, before it filters; 0 where that cannot be told, or where the
    planner's own figure tells it."""
    if key is not None:
        return child.rows / max(key.parent.rows, 1.0)
    if "Filter" not in scan:
        return 0.0
    condition = scan[_LOOKUPS[scan["Node Type"]]]
    if _EQUALITY.sub("", condition).replace("AND", "").strip(" ()"):
        return 0.0  # it has bounds too, whose share only the planner knows
    facts = [child.columns.get(column) for column in _given(scan)]
    distinct = [f.distinct for f in facts if f is not None and f.distinct]
    return child.rows / math.prod(distinct) if len(distinct) == len(facts) else 0.0


def _pages(scan: PlanJson, child: TableFacts, rows: float, *, is_in_order: bool) -> float:
    """Pages that the lookup before did not read: the index's leaf page, and those of the table that
    these rows are on, which are between in order and scattered (`cost_index` in costsize.c)."""
    if scan["Node Type"] == "Index Only Scan":
        return 0.0  # of the index alone, which shared_buffers may well hold
    facts = [child.columns.get(column) for column in _given(scan)]
    correlation = max((abs(f.correlation or 0.0) for f in facts if f is not None), default=0.0)
    scattered = (1 - correlation**2) * rows
    if is_in_order:
        return scattered
    return 1 + scattered + correlation**2 * math.ceil(rows * child.pages / max(child.rows, 1.0))


def _is_in_order(
    outer: PlanJson, scan: PlanJson, tables: Mapping[str, TableFacts], equal: _Equal
) -> bool:
    """Whether the lookups come in the order in which the outer table is stored, which is that of
    a column that they are by."""
    while outer["Node Type"] in _IN_OUTER_ORDER:
        outer = outer["Plans"][0]
    table = tables.get(outer.get("Alias", ""))
    if outer["Node Type"] != "Seq Scan" or table is None:
        return False
    given = {(scan["Alias"], column) for column in _given(scan)}
    stored = {c.name for c in table.columns.values() if abs(c.correlation or 0.0) >= _IN_ORDER}
    return any(given & equal.get((outer["Alias"], name), frozenset()) for name in stored)


def _untold(
    scan: PlanJson,
    child: TableFacts,
    tables: Mapping[str, TableFacts],
    equal: _Equal,
    catalog: Catalog,
) -> Key | None:
    """The key of another table that the lookup is by, if nothing tells the planner."""
    found = list(_keys_given(scan, tables, equal))
    if not found or any(_is_told(child, key, catalog) for key in found):
        return None
    return max(found, key=lambda key: key.parent.rows)


def _keys_given(scan: PlanJson, tables: Mapping[str, TableFacts], equal: _Equal) -> Iterator[Key]:
    alias, given = scan["Alias"], _given(scan)
    for other, table in tables.items():
        for key in _unique(table) if other != alias else ():
            if len(key) == 1:
                continue  # whose share the planner knows
            found = [_partner(alias, (other, column), given, equal) for column in key]
            columns = tuple(column for column in found if column is not None)
            if len(columns) == len(key):
                yield Key(columns, table, key)


def _given(scan: PlanJson) -> list[str]:
    """The columns that the lookup gets from other tables."""
    equalities = _equalities(scan, _LOOKUPS[scan["Node Type"]])
    return list(dict.fromkeys(column for (_, column), _ in equalities))


def _partner(alias: str, column: _Column, given: Collection[str], equal: _Equal) -> str | None:
    """The column of the lookup's condition that equals the other table's."""
    names = (name for owner, name in equal.get(column, ()) if owner == alias and name in given)
    return min(names, default=None)


def _is_told(child: TableFacts, key: Key, catalog: Catalog) -> bool:
    """Whether the planner knows how many rows to expect: by a foreign key, or a key of the table
    itself."""
    if any(set(own) <= set(key.columns) for own in _unique(child)):
        return True
    wanted = set(zip(key.columns, key.parent_columns, strict=True))
    return any(
        (foreign.child, foreign.parent) == (child.key, key.parent.key)
        and set(zip(foreign.child_columns, foreign.parent_columns, strict=True)) == wanted
        for foreign in catalog.foreign_keys
    )


def _unique(table: TableFacts) -> Iterator[tuple[str, ...]]:
    """The columns of each unique index on all rows."""
    for definition in (i.definition for i in table.indexes if i.is_valid):
        is_whole = definition.unique and definition.where is None
        if is_whole and not any(key.is_expression for key in definition.keys):
            yield tuple(key.text for key in definition.keys)


def _equal_columns(plan: PlanJson) -> _Equal:
    found: dict[_Column, frozenset[_Column]] = {}
    for node in _nodes(plan):
        for name in _CONDITIONS:
            for one, other in _equalities(node, name):
                both = found.get(one, frozenset([one])) | found.get(other, frozenset([other]))
                found.update(dict.fromkeys(both, both))
    return found


def _equalities(node: PlanJson, name: str) -> Iterator[tuple[_Column, _Column]]:
    for own, column, alias, other in _EQUALITY.findall(node.get(name, "")):
        mine = unquoted(own) if own else node.get("Alias", "")
        yield (mine, unquoted(column)), (unquoted(alias), unquoted(other))


def _nodes(plan: PlanJson) -> Iterator[PlanJson]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
