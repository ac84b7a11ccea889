"""The ledger in a local SQLite file, for a role that may not create a schema on the target.

Its times are the target's: the clocks of two machines may differ, and runs in both ledgers must
have one order.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import ApplyError
from dbaudit.migrate.ledger.entries import Entry, entry_of
from dbaudit.targets.session import Session

_SCHEMA = """
create table if not exists ledger (
    entry integer primary key,
    ledger_id text not null,
    at text not null default (strftime('%Y-%m-%dT%H:%M:%SZ')),
    step text not null,
    state text not null,
    schema_name text not null,
    index_name text not null,
    detail text not null
)
"""
_NOW = """
select to_char(
    clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
)
"""


def local_ledger_path(state_dir: Path, host: str, port: int, database: str) -> Path:
    """One file a database, by server and name; the hash tells apart what the letters cannot."""
    key = f"{host}:{port}/{database}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{host}-{database}").strip("-")[-60:]
    return state_dir / "ledger" / f"{words}-{digest}.sqlite"


@dataclass(frozen=True, slots=True)
class LocalLedger:
    """Entries in a SQLite file. Raises ApplyError when it cannot be read or written.

    `session` is on the database that it is about, and is asked for the time.
    """

    path: Path
    session: Session

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self.path)

    def append(self, entry: Entry) -> None:
        """Write one entry down."""
        ((now,),) = self.session.rows(_NOW)
        values = (entry.ledger_id, entry.step, entry.state, entry.schema, entry.name)
        with self._connection() as connection:
            connection.execute(
                "insert into ledger (ledger_id, step, state, schema_name, index_name, detail, at)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (*values, json.dumps(entry.detail), now),
            )

    def entries(self) -> list[Entry]:
        """All entries, the oldest first; none when the file is not there."""
        if not self.path.exists():
            return []
        with self._connection() as connection:
            rows = connection.execute(
                "select entry, ledger_id, step, state, schema_name, index_name, detail, at"
                " from ledger order by entry"
            ).fetchall()
        return [entry_of(row, self.place) for row in rows]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path)) as connection, connection:
                connection.execute(_SCHEMA)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise ApplyError(
                f"the ledger {self.path} cannot be used: {error}; free its folder, "
                "or let the role create the schema dbaudit on the target"
            ) from None
