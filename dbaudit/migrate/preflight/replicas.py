"""What a build's WAL, which is about as long as its index, means for standbys and slots."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.migrate.preflight.concerns import Concern
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session
from dbaudit.units import size_text

#: A standby that is further behind than that has trouble already.
LAG_BYTES, LAG_SECONDS = 256 * 2**20, 60

#: An abandoned slot that keeps more WAL than that is worth a word.
_RETAINED_BYTES = 2**30


def replica_concerns(session: Session, wal_bytes: int) -> Iterator[Concern]:
    """Standbys that lag, and slots that are lost with so much more WAL, or keep it for nobody."""
    for name, lag_bytes, lag_seconds in session.rows(
        sql_file("replicas"), (LAG_BYTES, LAG_SECONDS)
    ):
        yield Concern(
            "warning",
            "",
            f"the standby {name} is {size_text(lag_bytes)} and {lag_seconds:.0f} s behind, and "
            f"about {size_text(wal_bytes)} more are coming",
        )
    for slot, is_active, retained, safe in session.rows(sql_file("slots")):
        if concern := slot_concern(slot, retained, safe, wal_bytes, is_active=is_active):
            yield concern


def slot_concern(
    slot: str, retained: int, safe: int | None, wal_bytes: int, *, is_active: bool
) -> Concern | None:
    """What becomes of a slot that keeps WAL and may keep `safe` more of it. Sizes in bytes."""
    if safe is not None and safe < wal_bytes:
        return Concern(
            "refusal" if is_active else "warning",
            "",
            f"the replication slot {slot} is lost after {size_text(max(safe, 0))} more of WAL, and "
            f"about {size_text(wal_bytes)} are coming; raise max_slot_wal_keep_size",
        )
    if not is_active and retained > _RETAINED_BYTES:
        return Concern(
            "warning",
            "",
            f"the replication slot {slot} is not in use and keeps {size_text(retained)} of WAL, "
            f"soon about {size_text(wal_bytes)} more; drop it if nobody comes back for it",
        )
    return None
