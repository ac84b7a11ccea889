"""How often an index was scanned, on the target and on each of its replicas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dbaudit.errors import TargetError
from dbaudit.migrate.ledger.history import Key
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import Session, connect

#: The target itself, among the servers.
PRIMARY = "primary"

#: pg_stat_force_next_flush came with PostgreSQL 15. Before, a session sends what it has read at the
#: end of a statement, half a second after it last did so, and whoever asks may be told what was
#: known half a second ago (PGSTAT_STAT_INTERVAL in src/backend/postmaster/pgstat.c).
_FLUSH_VERSION_NUM = 150000
_FLUSH = ("SELECT pg_catalog.pg_stat_force_next_flush()",)
_FLUSH_BEFORE = ("SELECT pg_catalog.pg_sleep(0.6)",) * 2


@dataclass(frozen=True, slots=True)
class Usage:
    """The counters of one index on one server.

    `last_idx_scan` is in UTC, None before PostgreSQL 16 and for never. `counted_since` changes
    when the server's counters are reset or lost, `timeline` when another server answers as the
    primary, or a replica becomes one (it is None on a replica).
    """

    oid: int
    idx_scan: int
    last_idx_scan: str | None
    counted_since: str
    timeline: str | None

    def as_detail(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self)


def usage_from(detail: Mapping[str, Any]) -> Usage:
    """The usage that `as_detail` gave."""
    return Usage(**{name: detail[name] for name in Usage.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Counted:
    """What one server says of some indexes; those that it does not have are absent.

    `problem` says why it could not be asked.
    """

    server: str
    usages: Mapping[Key, Usage] = field(default_factory=dict)
    problem: str = ""


def count(
    session: Session, replicas: Sequence[Replica], keys: Collection[Key]
) -> tuple[Counted, ...]:
    """The counters of indexes on the target and on each replica; empty where there are none.

    Raises TargetError when the target cannot be asked.
    """
    if not keys:
        return ()
    # What this session itself has read is counted now, not at some later time.
    for statement in _FLUSH if session.version_num >= _FLUSH_VERSION_NUM else _FLUSH_BEFORE:
        session.rows(statement)
    on_target = Counted(PRIMARY, _usages(session, keys))
    return (on_target, *(_on_replica(replica, keys) for replica in replicas))


def _on_replica(replica: Replica, keys: Collection[Key]) -> Counted:
    try:
        with connect(replica.target) as session:
            return Counted(replica.name, _usages(session, keys))
    except TargetError as error:
        return Counted(replica.name, problem=str(error))


def _usages(session: Session, keys: Collection[Key]) -> dict[Key, Usage]:
    found = {}
    for key in keys:
        for row in session.rows(sql_file("usage"), key):
            found[key] = Usage(*row)
    return found
