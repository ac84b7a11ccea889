"""How often indexes were scanned on the replicas of the target: each counts its own scans."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaudit.errors import TargetError
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import connect

_SCANS = """
select schemaname::text, indexrelname::text, idx_scan::int8 from pg_catalog.pg_stat_user_indexes
"""
_STATS_AGE = """
select extract(
    epoch from clock_timestamp() - coalesce(stats_reset, pg_catalog.pg_postmaster_start_time())
)::float8
from pg_catalog.pg_stat_database where datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a replica says: scans by schema and index, and since when; or why it says nothing."""

    scans: Mapping[tuple[str, str], int] = field(default_factory=dict)
    stats_age_seconds: float | None = None
    problem: str = ""


def with_replicas(snapshot: Snapshot, replicas: Sequence[Replica]) -> Snapshot:
    """The snapshot with the replicas' scans added up beside the target's own.

    One that cannot be asked is a note, and a replica in `replication` that is not active.
    """
    counted = {replica.name: _counted(replica) for replica in replicas}
    if not counted:
        return snapshot
    notes = [
        Note("indexes", f"the replica {name} cannot be asked which indexes it uses: {one.problem}")
        for name, one in counted.items()
        if one.problem
    ]
    indexes = snapshot.frame("indexes").copy()
    names = zip(indexes["schemaname"], indexes["indexname"], strict=True)
    indexes["replica_idx_scan"] = [
        sum(one.scans.get(name, 0) for one in counted.values()) for name in names
    ]
    known = snapshot.frame("replication")
    added: list[dict[Hashable, Any]] = [
        {
            **dict.fromkeys(known.columns),
            "kind": "replica",
            "name": name,
            "is_active": not one.problem,
            "stats_age_seconds": one.stats_age_seconds,
        }
        for name, one in counted.items()
    ]
    frames = {
        "indexes": indexes.astype(object),
        "replication": frame_of(
            "replication",
            [*known.to_numpy().tolist(), *([row[name] for name in known] for row in added)],
        ),
    }
    return snapshot.with_frames(frames, notes)


def _counted(replica: Replica) -> _Counted:
    try:
        with connect(replica.target) as session:
            scans = {(schema, name): int(number) for schema, name, number in session.rows(_SCANS)}
            ((age,),) = session.rows(_STATS_AGE)
    except TargetError as error:
        return _Counted(problem=str(error))
    return _Counted(scans, float(age))
