"""Estimated bloat, derived from the collected tables by `table_bloat.sql` and `index_bloat.sql`."""

from __future__ import annotations

from importlib.resources import files

from dbaudit.snapshot.engine import open_database
from dbaudit.snapshot.snapshot import Snapshot, frame_of

TABLES = ("table_bloat", "index_bloat")


def with_bloat(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the tables of estimated bloat added."""
    folder = files("dbaudit.snapshot")
    statements = {name: folder.joinpath(f"{name}.sql").read_text("utf-8") for name in TABLES}
    with open_database(snapshot, statements.values()) as connection:
        frames = {
            name: frame_of(name, connection.execute(statement).fetchall())
            for name, statement in statements.items()
        }
    return snapshot.with_frames(frames)
