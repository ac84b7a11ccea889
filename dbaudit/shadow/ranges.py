"""The actual least and greatest values of indexed columns.

For a constant in the first or last bin of a histogram the planner looks into a B-tree for the
column's actual end and puts it in the histogram's (get_actual_variable_range in selfuncs.c). It
decides the estimate of every `created_at > now() - …` on a table that grows. The shadow's indexes
are empty, so the ends are put into its statistics instead.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import OWN_STATEMENT, Guards, Session
from dbaudit.targets.shadow_session import run

#: Reading an index's two ends takes well under a millisecond unless it is full of dead rows, and
#: then the planner itself gives up too (VISITED_PAGES_LIMIT in selfuncs.c). Times in ms.
GUARDS = Guards(statement_timeout_ms=200, lock_timeout_ms=100)

#: (schema, table, column, least, greatest): the values as text.
ColumnRange = tuple[str, str, str, str, str]


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


def apply_ranges(shadow: Session, ranges: Sequence[ColumnRange]) -> None:
    """Put the ends into the shadow's histograms."""
    if ranges:
        run(shadow, statement("set_range"), (json.dumps(ranges),))


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
