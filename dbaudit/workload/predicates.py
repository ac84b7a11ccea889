"""What a query asks of its tables, and the rows of `query_predicates`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from dbaudit.identifiers import quote_ident
from dbaudit.query import Query
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.source_text import ParseError, source_text
from dbaudit.workload.statement_walk import Walk, walk_statement
from dbaudit.workload.table_use import COLUMN, EXPRESSION, JSON, QueryUses, TableUse

_STATEMENTS = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Values)

#: One row of `query_predicates`, its columns by name.
Row = dict[str, Any]


def query_uses(query: Query, catalog: Catalog) -> QueryUses:
    """How the query uses each table; with a reason and nothing else when it cannot be parsed."""
    try:
        source = source_text(query.statement)
        tree = source.parse()
    except ParseError as error:
        return QueryUses(query.name, reason=str(error))
    if not isinstance(tree, _STATEMENTS):
        return QueryUses(query.name, reason=f"a {tree.key.upper()} statement reads no table")
    walk = Walk(source, catalog)
    walk_statement(walk, tree, None, {})
    return QueryUses(
        query=query.name,
        tables=tuple(reference.use() for reference in walk.references),
        paging=tuple(walk.paging),
        assignments=tuple(walk.assignments),
    )


def predicate_rows(uses: QueryUses) -> list[Row]:
    """The rows of `query_predicates` (see `snapshot/schema.toml`) of what was seen in one query."""
    rows = [row for use in uses.tables for row in _table_rows(uses.query, use)]
    for position, paging in enumerate(uses.paging, 1):
        kinds = {"value": paging.value, "value_kind": paging.value_kind}
        rows.append(_row(uses.query, None, paging.clause, position, **kinds))
    return rows


def _table_rows(query: str, use: TableUse) -> Iterator[Row]:
    counts: Counter[str] = Counter()
    for condition in use.conditions:
        counts[condition.clause] += 1
        yield _row(
            query,
            use,
            condition.clause,
            counts[condition.clause],
            attname=condition.column,
            operator=condition.operator,
            shape=condition.shape,
            expression=condition.expression,
            value=condition.value,
            value_kind=condition.value_kind,
            is_sargable=condition.is_sargable,
        )
    for position, sort in enumerate(use.sort, 1):
        yield _row(
            query,
            use,
            "order",
            position,
            **_key(sort.column, sort.expression),
            is_descending=sort.descending,
            is_nulls_first=sort.nulls_first,
        )
    for position, key in enumerate(use.group, 1):
        yield _row(query, use, "group", position, **_key(key.column, key.expression))
    for position, column in enumerate(use.output, 1):
        output = {"attname": column, "shape": COLUMN, "expression": quote_ident(column)}
        yield _row(query, use, "select", position, **output)


def _key(column: str | None, expression: str) -> Row:
    shape = COLUMN if column is not None else JSON if "->" in expression else EXPRESSION
    return {
        "attname": column,
        "shape": shape,
        "expression": expression,
        "is_sargable": column is not None,
    }


def _row(query: str, use: TableUse | None, clause: str, position: int, **known: Any) -> Row:
    row: Row = {
        "query": query,
        "schemaname": use.schema if use else None,
        "tablename": use.table if use else None,
        "attname": None,
        "clause": clause,
        "operator": None,
        "shape": None,
        "expression": None,
        "value": None,
        "value_kind": None,
        "is_sargable": None,
        "is_descending": None,
        "is_nulls_first": None,
        "position": position,
        "selectivity": None,
    }
    return {**row, **known}
