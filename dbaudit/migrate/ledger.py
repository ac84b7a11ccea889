"""The ledger of a target: in its own schema `dbaudit`, or local where the role may not create one.

Each run of `apply` writes to one of them; reading looks at both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import ApplyError, QueryError
from dbaudit.migrate.entries import Entry, Ledger, State, Step
from dbaudit.migrate.local_ledger import LocalLedger, local_ledger_path
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session
from dbaudit.targets.writer import Writer

SCHEMA = "dbaudit"

_ACCESS = """
select n.oid is not null as has_schema,
    c.oid is not null as has_table,
    case when n.oid is null
         then has_database_privilege(current_database(), 'CREATE')
         else has_schema_privilege(n.oid, 'CREATE') and has_schema_privilege(n.oid, 'USAGE')
    end as may_create,
    coalesce(
        has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'INSERT')
        and has_table_privilege(c.oid, 'SELECT'), false
    ) as may_write
from (select 'dbaudit'::name as name) wanted
left join pg_catalog.pg_namespace n on n.nspname = wanted.name
left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'ledger'
"""
_APPEND = """
insert into dbaudit.ledger (ledger_id, step, state, schema_name, index_name, detail)
values (%s, %s, %s, %s, %s, %s)
"""
_READ = """
select ledger_id, step, state, schema_name, index_name, detail,
    to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
from dbaudit.ledger order by entry
"""


@dataclass(frozen=True, slots=True)
class TargetLedger:
    """Entries in `dbaudit.ledger` on the target; each is committed at once.

    Raises ApplyError when the table cannot be written.
    """

    writer: Writer

    @property
    def place(self) -> str:
        """The table's name."""
        return "dbaudit.ledger"

    def append(self, entry: Entry) -> None:
        """Write one entry down."""
        values = (entry.ledger_id, entry.step.value, entry.state.value, entry.schema, entry.name)
        try:
            self.writer.execute(_APPEND, (*values, json.dumps(entry.detail)))
        except QueryError as error:
            raise ApplyError(
                f"dbaudit.ledger cannot be written: {error}; nothing is done without it"
            ) from error

    def entries(self) -> list[Entry]:
        """All entries, the oldest first."""
        return _read_target(self.writer.session)


def open_ledger(writer: Writer, state_dir: Path) -> Ledger:
    """The ledger to write to; its table is made when it is not there and the role may."""
    if _is_usable(writer.session) or _is_created(writer):
        return TargetLedger(writer)
    return _local(writer.session, state_dir)


def all_entries(session: Session, state_dir: Path) -> list[tuple[str, list[Entry]]]:
    """The entries of both ledgers, each with its place; what is not there has none."""
    found = [("dbaudit.ledger", _read_target(session))] if _is_usable(session) else []
    local = _local(session, state_dir)
    return [*found, (local.place, local.entries())]


def reopen_ledger(writer: Writer, state_dir: Path, place: str) -> Ledger:
    """The ledger at a place that `all_entries` gave."""
    return TargetLedger(writer) if place == "dbaudit.ledger" else _local(writer.session, state_dir)


def _is_usable(session: Session) -> bool:
    """Whether the table is there and the role may read and write it."""
    ((_, _, _, may_write),) = session.rows(_ACCESS)
    return bool(may_write)


def _is_created(writer: Writer) -> bool:
    """Make schema and table where the role may; whether it could."""
    ((has_schema, has_table, may_create, _),) = writer.session.rows(_ACCESS)
    if has_table or not may_create:
        return False
    if not has_schema:
        writer.execute(f"CREATE SCHEMA {SCHEMA}")
    writer.execute(sql_file("ledger"))
    return True


def _local(session: Session, state_dir: Path) -> LocalLedger:
    port = session.connection.info.port
    return LocalLedger(local_ledger_path(state_dir, session.host, port, session.database))


def _read_target(session: Session) -> list[Entry]:
    rows: Sequence[tuple[str, ...]] = session.rows(_READ)
    return [
        Entry(row[0], Step(row[1]), State(row[2]), row[3], row[4], json.loads(row[5]), row[6])
        for row in rows
    ]
