"""The lookups behind foreign keys, which EXPLAIN of a DELETE does not show.

For each deleted row (and each row whose key an UPDATE changes) PostgreSQL runs a query on every
referencing table: `SELECT 1 FROM ONLY child x WHERE $1 = fk FOR KEY SHARE OF x`, or the DELETE or
UPDATE that ON DELETE asks for (src/backend/utils/adt/ri_triggers.c). Their plans are prepared, so
they are priced as generic ones; what CASCADE deletes has lookups of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbaudit.advise.catalog import Catalog, ForeignKey, TableName
from dbaudit.advise.workload import Statement
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.query import BoundQuery, Parameter, Query

_CASCADE = "c"
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Lookup:
    """The lookup of one foreign key, run `times` for each execution of the query."""

    foreign_key: ForeignKey
    statement: Statement


def lookups(
    table: TableName, rows: float, catalog: Catalog, changed: frozenset[str] | None = None
) -> Iterator[Lookup]:
    """The lookups of deleting so many rows, or of updating the columns `changed` of them."""
    yield from _lookups(table, rows, catalog, changed, 0)


def _lookups(
    table: TableName, rows: float, catalog: Catalog, changed: frozenset[str] | None, depth: int
) -> Iterator[Lookup]:
    for key in catalog.foreign_keys:
        is_asked = changed is None or not changed.isdisjoint(key.parent_columns)
        if key.parent != table or key.child not in catalog.tables or not is_asked:
            continue
        yield Lookup(key, _statement(key, rows, catalog))
        if changed is None and key.on_delete == _CASCADE and depth < _MAX_DEPTH:
            deleted = rows * _rows_of_a_key(key, catalog)
            yield from _lookups(key.child, deleted, catalog, None, depth + 1)


def _statement(key: ForeignKey, rows: float, catalog: Catalog) -> Statement:
    child = catalog.tables[key.child]
    only = "" if child.is_partitioned else "ONLY "
    columns = enumerate(key.child_columns, 1)
    where = " AND ".join(f"${number} = x.{quote_ident(name)}" for number, name in columns)
    text = f"SELECT 1 FROM {only}{qualified(*key.child)} x WHERE {where} FOR KEY SHARE OF x"
    parameters = tuple(Parameter(str(n)) for n in range(1, len(key.child_columns) + 1))
    query = Query(name=key.name, sql=text, statement=text, parameters=parameters)
    return Statement(
        (BoundQuery(query, text, "generic"),), frozenset([catalog.root(key.child)]), max(rows, 1.0)
    )


def _rows_of_a_key(key: ForeignKey, catalog: Catalog) -> float:
    """How many rows of the child refer to one parent, by the most distinct column of the key."""
    child = catalog.tables[key.child]
    facts = [child.columns.get(name) for name in key.child_columns]
    distinct = max((f.distinct for f in facts if f and f.distinct), default=child.rows)
    return child.rows / max(distinct, 1.0)
