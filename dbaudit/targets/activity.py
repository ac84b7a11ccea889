"""What sessions are doing right now, asked again and again: where nothing was logged or counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dbaudit.targets.own_statement import APPLICATION_NAME
from dbaudit.targets.session import Session

#: pg_stat_activity.query_id came with PostgreSQL 14.
_QUERY_ID_VERSION_NUM = 140000

_ACTIVE = """
SELECT pid, query_start, {query_id}, query
FROM pg_catalog.pg_stat_activity
WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND application_name <> %s AND query_start IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ActiveStatement:
    """A statement that was running when its session was looked at.

    `pid` and `query_start` tell one execution; `query_id` is that of pg_stat_statements where the
    server computes it. `query` is cut at track_activity_query_size (1,024 bytes by default).
    """

    pid: int
    query_start: datetime
    query_id: int | None
    query: str


@dataclass(frozen=True, slots=True)
class ActivitySamples:
    """All statements of each look, in the order of the looks, over `seconds`."""

    looks: tuple[tuple[ActiveStatement, ...], ...]
    seconds: float


def sample_activity(
    session: Session,
    seconds: float,
    interval_seconds: float,
    on_look: Callable[[int], None] = lambda _: None,
) -> ActivitySamples:
    """Look at the database's sessions for so long, once an interval, read-only and without locks.

    `on_look` is told the number of each look. Raises TargetError when the connection is lost.
    """
    query_id = "query_id" if session.version_num >= _QUERY_ID_VERSION_NUM else "NULL::bigint"
    statement = _ACTIVE.format(query_id=query_id)
    began = time.monotonic()
    looks: list[tuple[ActiveStatement, ...]] = []
    while not looks or time.monotonic() - began < seconds:
        rows = session.rows(statement, (APPLICATION_NAME,))
        looks.append(tuple(ActiveStatement(*row) for row in rows))
        on_look(len(looks))
        next_look = began + len(looks) * interval_seconds
        time.sleep(max(0.0, min(next_look, began + seconds) - time.monotonic()))
    return ActivitySamples(tuple(looks), time.monotonic() - began)
