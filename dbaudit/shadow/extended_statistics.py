"""The data of CREATE STATISTICS, which pg_dump does not carry.

It decides estimates of correlated columns. Only a superuser may read it whole
(pg_statistic_ext_data); for others the shadow plans without.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Row, Session
from dbaudit.targets.shadow_session import run

#: Their input functions refuse every value; as bytes they are the same from PostgreSQL 13 to 18.
_TYPES = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")


def read_extended_statistics(session: Session, tables: Collection[RelationName]) -> list[Row]:
    """The rows of the target's extended statistics on these tables; none for most roles."""
    readable = "select has_table_privilege('pg_catalog.pg_statistic_ext_data', 'SELECT')"
    if not session.rows(readable)[0][0]:
        return []
    asked = json.dumps([list(name) for name in tables])
    return session.rows(statement("extended_statistics"), (asked,))


def apply_extended_statistics(shadow: Session, rows: Collection[Row]) -> None:
    """Store them in the shadow by way of casts that only it has."""
    if not rows:
        return
    for name in _TYPES:
        run(shadow, f"create cast (bytea as {name}) without function")
    run(shadow, statement("set_extended_statistics"), (json.dumps([list(r) for r in rows]),))
    for name in _TYPES:
        run(shadow, f"drop cast (bytea as {name})")
