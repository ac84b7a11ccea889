"""Statistics of range types, which pg_dump does not find on servers before PostgreSQL 17."""

from __future__ import annotations

import json
from collections.abc import Collection

from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Row, Session
from dbaudit.targets.shadow_session import run

#: From here on pg_stats shows them to everybody, and pg_dump takes them along.
SHOWN_VERSION_NUM = 170000


def read_range_statistics(session: Session, tables: Collection[RelationName]) -> list[Row]:
    """Those of the target's columns; none for a role that may not read pg_statistic."""
    readable = "select has_table_privilege('pg_catalog.pg_statistic', 'SELECT')"
    if session.version_num >= SHOWN_VERSION_NUM or not session.rows(readable)[0][0]:
        return []
    asked = json.dumps([list(name) for name in tables])
    return session.rows(statement("range_statistics"), (asked,))


def apply_range_statistics(shadow: Session, rows: Collection[Row]) -> None:
    """Store them in the shadow."""
    if rows:
        run(shadow, statement("set_range_statistics"), (json.dumps([list(r) for r in rows]),))
