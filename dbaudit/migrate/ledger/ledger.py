"""The ledger of a target: in its own schema `dbaudit`, or local where the role may not create one.

Each run of `apply` writes to one of them; reading looks at both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import ApplyError, QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.ledger.entries import Entry, Ledger, State, entry_of
from dbaudit.migrate.ledger.local_ledger import LocalLedger, local_ledger_path
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.targets.session import Session
from dbaudit.targets.writer import Writer

SCHEMA = "dbaudit"
TABLE = "dbaudit.ledger"

_ACCESS = """
select n.oid is not null as has_schema,
    c.oid is not null as has_table,
    case when n.oid is null
         then has_database_privilege(current_database(), 'CREATE')
         else has_schema_privilege(n.oid, 'CREATE') and has_schema_privilege(n.oid, 'USAGE')
    end as may_create,
    coalesce(
        has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'), false
    ) as may_read,
    coalesce(has_table_privilege(c.oid, 'INSERT'), false) as may_insert
from (select 'dbaudit'::name as name) wanted
left join pg_catalog.pg_namespace n on n.nspname = wanted.name
left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'ledger'
"""
_APPEND = """
insert into dbaudit.ledger (ledger_id, step, state, schema_name, index_name, detail)
values (%s, %s, %s, %s, %s, %s)
"""
_READ = f"""
select {OWN_STATEMENT} entry, ledger_id, step, state, schema_name, index_name, detail,
    to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
from dbaudit.ledger order by entry
"""
#: A role or database may have it off: then an entry would be lost in a crash that the build
#: survived. It need not wait for a standby.
_ON_DISK = """
select pg_catalog.set_config('synchronous_commit', 'local', false)
where current_setting('synchronous_commit') = 'off'
"""


@dataclass(frozen=True, slots=True)
class _Access:
    """What the role may do with the table."""

    has_schema: bool
    has_table: bool
    may_create: bool
    may_read: bool
    may_insert: bool

    @property
    def may_write(self) -> bool:
        return self.may_read and self.may_insert


@dataclass(frozen=True, slots=True)
class TargetLedger:
    """Entries in `dbaudit.ledger` on the target; each is committed at once.

    Raises ApplyError when the table cannot be written.
    """

    writer: Writer

    @property
    def place(self) -> str:
        """The table's name."""
        return TABLE

    def append(self, entry: Entry) -> None:
        """Write one entry down."""
        values = (entry.ledger_id, entry.step.value, entry.state.value, entry.schema, entry.name)
        try:
            self.writer.execute(_APPEND, (*values, json.dumps(entry.detail)))
        except QueryError as error:
            what = (
                "nothing is done without it"
                if entry.state is State.BEGUN
                else f"what was done until now stands, {qualified(entry.schema, entry.name)} last"
            )
            raise ApplyError(
                f"{TABLE} cannot be written: {error}; {what}; mend that and apply again"
            ) from error

    def entries(self) -> list[Entry]:
        """All entries, the oldest first."""
        return _read_target(self.writer.session)


def open_ledger(writer: Writer, state_dir: Path) -> Ledger:
    """The ledger to write to; its table is made when it is not there and the role may."""
    if _access(writer.session).may_write or _is_created(writer):
        writer.execute(_ON_DISK)
        return TargetLedger(writer)
    return _local(writer.session, state_dir)


def all_entries(session: Session, state_dir: Path) -> list[tuple[str, list[Entry]]]:
    """The entries of both ledgers, each with its place; what is not there has none.

    Raises ApplyError when one cannot be read, or is of a newer dbaudit.
    """
    found = [(TABLE, _read_target(session))] if _access(session).may_read else []
    local = _local(session, state_dir)
    return [*found, (local.place, local.entries())]


def reopen_ledger(writer: Writer, state_dir: Path, place: str) -> Ledger:
    """The ledger at a place that `all_entries` gave."""
    return TargetLedger(writer) if place == TABLE else _local(writer.session, state_dir)


def hidden_ledger(session: Session) -> str:
    """What to tell when there is a ledger on the target that the role may not read; or empty."""
    access = _access(session)
    if not access.has_table or access.may_read:
        return ""
    return (
        f"{TABLE} is there, but the role {session.user} may not read it; grant USAGE on the schema "
        f"{SCHEMA}, and SELECT and INSERT on the table"
    )


def _access(session: Session) -> _Access:
    return _Access(*session.rows(_ACCESS)[0])


def _is_created(writer: Writer) -> bool:
    """Make schema and table where the role may; whether it could."""
    access = _access(writer.session)
    if access.has_table or not access.may_create:
        return False
    if not access.has_schema:
        writer.execute(f"CREATE SCHEMA {SCHEMA}")
    writer.execute(sql_file("ledger"))
    return True


def _local(session: Session, state_dir: Path) -> LocalLedger:
    port = session.connection.info.port
    return LocalLedger(local_ledger_path(state_dir, session.host, port, session.database), session)


def _read_target(session: Session) -> list[Entry]:
    try:
        rows = session.rows(_READ)
    except QueryError as error:
        raise ApplyError(
            f"{TABLE} cannot be read: {error}; give the table its columns back, or rename it: "
            "then a new one is begun, and what this one holds cannot be rolled back"
        ) from error
    return [entry_of(row, TABLE) for row in rows]
