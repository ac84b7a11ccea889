"""From a session to a snapshot: every collector once, and what could not be seen as notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified
from dbaudit.snapshot.bloat import with_bloat
from dbaudit.snapshot.collectors import collector_names, collector_sql
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo, frame_of
from dbaudit.targets.session import Session

PG_STAT_STATEMENTS = "pg_stat_statements"
_INFO_SINCE = (1, 9)

_LOCK_NOT_AVAILABLE = "55P03"
_INSUFFICIENT_PRIVILEGE = "42501"
_ATTEMPTS = 3

#: Called with the table's name before it is collected.
OnTable = Callable[[str], None]


def collect(session: Session, on_table: OnTable = lambda _: None) -> Snapshot:
    """The target's catalog and statistics.

    What a collector may not see is a note and an absent table. Raises TargetError when the
    connection is lost.
    """
    snapshot = Snapshot(_target_info(session), datetime.now(UTC), {})
    words: dict[str, str] = {}
    for name in _in_order():
        on_table(name)
        snapshot = _collected(session, snapshot, name, words)
        if name == "extensions":
            words = _extension_words(snapshot)
    notes = _hidden(session, snapshot)
    return with_bloat(snapshot.with_frames({}, notes))


def collected_tables() -> int:
    """How many tables `collect` asks for."""
    return len(collector_names())


def _in_order() -> list[str]:
    """Extensions first: where they live decides how others are collected."""
    return sorted(collector_names(), key=lambda name: (name != "extensions", name))


def _collected(session: Session, snapshot: Snapshot, name: str, words: dict[str, str]) -> Snapshot:
    if name == "statements" and PG_STAT_STATEMENTS not in words:
        reason = "the extension pg_stat_statements is not installed in this database"
        return snapshot.with_frames({}, [Note(name, reason)])
    statement = collector_sql(name, session.version_num, words)
    try:
        return snapshot.with_frames({name: _frame(session, name, statement)})
    except QueryError as error:
        return snapshot.with_frames({}, [Note(name, _reason(error))])


def _frame(session: Session, name: str, statement: str) -> pd.DataFrame:
    """One round trip; tried again when a lock came between (an ALTER TABLE takes its turn)."""
    for _ in range(_ATTEMPTS - 1):
        try:
            table = session.query(statement)
            break
        except QueryError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise
    else:
        table = session.query(statement)
    names = schema()[name].column_names
    if sorted(table.columns) != sorted(names):
        raise TypeError(f"collector {name} gives {table.columns}, schema.toml wants {names}")
    order = [table.columns.index(column) for column in names]
    return frame_of(name, [[row[i] for i in order] for row in table.rows])


def _reason(error: QueryError) -> str:
    if error.sqlstate == _INSUFFICIENT_PRIVILEGE:
        return f"{error}; grant pg_monitor to the role that audits"
    return str(error)


def _extension_words(snapshot: Snapshot) -> dict[str, str]:
    frame = snapshot.frame("extensions")
    where = dict(zip(frame["extname"], frame["schemaname"], strict=True))
    if PG_STAT_STATEMENTS not in where:
        return {}
    schema_ = where[PG_STAT_STATEMENTS]
    versions = dict(zip(frame["extname"], frame["extversion"], strict=True))
    return {
        PG_STAT_STATEMENTS: qualified(schema_, PG_STAT_STATEMENTS),
        "statements_info": statements_info(schema_, versions[PG_STAT_STATEMENTS]),
    }


def statements_info(schema_: str, version: str) -> str:
    """When the counters were reset, as columns; the view came with 1.9 of the extension."""
    if tuple(map(int, version.split("."))) < _INFO_SINCE:
        return "null::float8 as reset_age_seconds, null::bigint as dealloc"
    info = qualified(schema_, "pg_stat_statements_info")
    return (
        f"(select extract(epoch from clock_timestamp() - stats_reset) from {info})::float8 "
        f"as reset_age_seconds, (select dealloc from {info}) as dealloc"
    )


def _hidden(session: Session, snapshot: Snapshot) -> list[Note]:
    """What the role may not see although the views answer."""
    notes = []
    tables = snapshot.frame("tables")
    unreadable = int((~tables["can_select"].astype(bool)).sum()) if len(tables) else 0
    if unreadable:
        reason = (
            f"{unreadable} of {len(tables)} tables may not be read by {session.user}, so their "
            f"planner statistics are hidden; grant SELECT{_reads_all(session)}"
        )
        notes.append(Note("column_stats", reason))
    locked = [] if tables.empty else list(tables[tables["is_locked"].astype(bool)]["tablename"])
    if locked:
        reason = (
            f"{len(locked)} of {len(tables)} tables were locked exclusively, so what belongs to "
            f"them is left out, {locked[0]} first; scan again when the lock is gone"
        )
        notes += [Note(table, reason) for table in ("columns", "indexes", "constraints")]
    sees_all = session.rows("SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')")
    if not sees_all[0][0]:
        reason = f"other roles' statements are hidden from {session.user}; grant pg_monitor"
        notes += [Note("sessions", reason), Note("statements", reason)]
    return notes


def _reads_all(session: Session) -> str:
    """The role of PostgreSQL's own that may read all tables; it came with 14."""
    return " or pg_read_all_data" if session.version_num >= 140000 else ""


def _target_info(session: Session) -> TargetInfo:
    return TargetInfo("postgresql", session.version, session.database, session.host)
