"""The actual least and greatest values of indexed columns.

For a constant in the first or last bin of a histogram the planner looks into a B-tree for the
column's actual end (get_actual_variable_range in selfuncs.c). It decides the estimate of every
`created_at > now() - …` on a table that grows. The shadow's tables and indexes are empty, so a
small twin of each table holds the ends alone, without its constraints, and the leaf page of a
twin's index becomes the leaf page of the table's.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import BTREE, IndexDefinition
from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.targets.session import Guards, Session
from dbaudit.targets.shadow_session import run

#: Reading an index's two ends takes well under a millisecond unless it is full of dead rows, and
#: then the planner itself gives up too (VISITED_PAGES_LIMIT in selfuncs.c). Times in ms.
GUARDS = Guards(statement_timeout_ms=200, lock_timeout_ms=100)

#: The schema of the twins: `t<oid>` is a table's, `i<oid>` an index's (make_twins.sql).
TWINS = "dbaudit twins"

#: (schema, table, column, least, greatest): the values as text.
ColumnRange = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the ends are, by OID: the file of each index's twin, the columns of each table."""

    leaves: Mapping[int, str]
    columns: Mapping[int, Set[str]]


NO_ENDS = Ends({}, {})


def read_ranges(session: Session, tables: Collection[RelationName]) -> list[ColumnRange]:
    """The ranges of the target's indexed columns; one that cannot be read in time is left out.

    None at all where the reading would count as a use of the indexes: a nightly audit must not make
    every index look used.
    """
    if not session.may_read_uncounted:
        return []
    asked = (json.dumps([list(name) for name in tables]),)
    found = []
    for schema, table, column in session.rows(statement("range_columns"), asked):
        ends = _ends(session, qualified(schema, table), quote_ident(column))
        if ends is not None:
            found.append((schema, table, column, *ends))
    return found


def make_twins(shadow: Session, ranges: Sequence[ColumnRange]) -> Ends:
    """Make the twins of the tables and of their indexes."""
    if not ranges:
        return NO_ENDS
    asked = json.dumps(ranges)
    run(shadow, "select set_config('dbaudit.ranges', %s, false)", (asked,))
    run(shadow, statement("make_twins"))
    columns: defaultdict[int, set[str]] = defaultdict(set)
    for table, column in run(shadow, statement("twin_columns"), (asked,)):
        columns[table].add(column)
    return Ends(_leaves(shadow), columns)


def twin_candidates(
    shadow: Session, candidates: Mapping[IndexDefinition, Collection[int]], ends: Ends
) -> Ends:
    """Make the twins of the candidates' indexes, given by their OIDs, where the ends of the first
    key are known; the ends with them."""
    columns = {
        oid: (definition, definition.keys[0].text)
        for definition, oids in candidates.items()
        if definition.method == BTREE and not (definition.where or definition.keys[0].is_expression)
        for oid in oids
    }
    if not (columns and ends.columns):
        return ends
    for index, table in run(shadow, statement("indexed_tables"), (list(columns),)):
        definition, column = columns[index]
        if column in ends.columns.get(table, ()):
            twin = replace(definition, schema=TWINS, table=f"t{table}", unique=False)
            run(shadow, twin.ddl(f"i{index}", concurrently=False))
    return Ends(_leaves(shadow), ends.columns)


def _leaves(shadow: Session) -> dict[int, str]:
    return dict(run(shadow, statement("twins")))


def _ends(session: Session, table: str, column: str) -> tuple[str, str] | None:
    """As text by way of JSON, whose dates and numbers do not depend on the session's settings."""
    end = f"select to_jsonb({column}) #>> '{{}}' from only {table} where {column} is not null"
    ends = f"({end} order by {column} limit 1), ({end} order by {column} desc limit 1)"
    query = f"select {OWN_STATEMENT} {ends}"  # a comment before the first word is not kept
    try:
        with session.transaction(guards=GUARDS) as cursor:
            row = cursor.execute(query.encode()).fetchone()
    except QueryError:
        return None
    return None if row is None or None in row else (row[0], row[1])
