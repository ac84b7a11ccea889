"""A guarded session on a PostgreSQL server: read-only transactions, timeouts, no lock waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString, cast

import psycopg
from psycopg import conninfo, sql
from psycopg.pq import TransactionStatus

from dbaudit.errors import QueryError, TargetError
from dbaudit.targets.dsn import PostgresTarget, connection_failed, scrub
from dbaudit.targets.own_statement import APPLICATION_NAME

#: The oldest server whose catalogs the collectors know.
OLDEST_VERSION_NUM = 130000

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps a session harmless; times in ms. They hold for each transaction (SET LOCAL), so
    that a connection pooler cannot hand them to somebody else.

    Without `track_counts` the server's statistics do not count what the session reads, where the
    role may ask for that: an index that only an audit looks at must stay unused.
    """

    statement_timeout_ms: int = 30_000
    lock_timeout_ms: int = 100
    idle_in_transaction_session_timeout_ms: int = 60_000
    track_counts: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The result of a statement: column names and rows."""

    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(slots=True)
class Session:
    """One connection. Statements run in short transactions of their own, read-only by default.

    Errors: QueryError for a statement that failed, TargetError when the connection is lost.
    """

    target: PostgresTarget
    connection: psycopg.Connection[Row]
    guards: Guards = field(default_factory=Guards)
    may_read_uncounted: bool = False

    @property
    def version_num(self) -> int:
        """The server's version, such as 180006."""
        return self.connection.info.server_version

    @property
    def version(self) -> str:
        """The server's version as people write it, such as "18.6"."""
        return f"{self.version_num // 10000}.{self.version_num % 10000}"

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return bool(self.connection.closed) or self.connection.info.status.name == "BAD"

    @property
    def host(self) -> str:
        """The host name, or the folder of the Unix socket."""
        return self.connection.info.host

    @property
    def database(self) -> str:
        """The database's name."""
        return self.connection.info.dbname

    @property
    def user(self) -> str:
        """The role that logged in."""
        return self.connection.info.user

    def query(self, statement: str) -> Table:
        """Run one statement without parameters in a guarded read-only transaction.

        It travels with BEGIN, SET LOCAL and COMMIT in one message: one round trip.
        """
        message = f"BEGIN READ ONLY; {self._set_local()}; {statement}\n; COMMIT"
        try:
            with self._errors():
                return self._first_result(self.connection.execute(_text(message)))
        finally:
            self._end_transaction()

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Rows of a statement with `%s` parameters, in a guarded read-only transaction."""
        with self.transaction() as cursor, self._errors():
            return cursor.execute(_text(statement), parameters).fetchall()

    @contextmanager
    def transaction(
        self, *, access: LiteralString = "READ ONLY", guards: Guards | None = None
    ) -> Iterator[psycopg.Cursor[Row]]:
        """A guarded transaction that is always rolled back: nothing in here is kept."""
        try:
            with self.connection.cursor() as cursor, self._errors():
                cursor.execute(_text(f"BEGIN {access}; {self._set_local(guards)}"))
                yield cursor
        finally:
            self._end_transaction()

    def _set_local(self, guards: Guards | None = None) -> str:
        chosen = guards or self.guards
        settings = {
            "statement_timeout": str(chosen.statement_timeout_ms),
            "lock_timeout": str(chosen.lock_timeout_ms),
            "idle_in_transaction_session_timeout": str(
                chosen.idle_in_transaction_session_timeout_ms
            ),
        }
        if self.may_read_uncounted and not chosen.track_counts:
            settings["track_counts"] = "off"
        return "; ".join(f"SET LOCAL {name} = {value}" for name, value in settings.items())

    def _end_transaction(self) -> None:
        if self.connection.info.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        ):
            with self._errors():
                self.connection.rollback()

    @staticmethod
    def _first_result(cursor: psycopg.Cursor[Row]) -> Table:
        while cursor.description is None:
            if not cursor.nextset():
                return Table((), [])
        return Table(tuple(column.name for column in cursor.description), cursor.fetchall())

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self.as_dbaudit_error(error) from error

    def as_dbaudit_error(self, error: psycopg.Error) -> TargetError:
        """QueryError with the server's message, or TargetError when the connection is gone."""
        if self.is_lost:
            reason = scrub(str(error), self.target) or "no reason given"
            return TargetError(f"lost the connection to {self.database}: {reason}; run it again")
        position = error.diag.statement_position
        return QueryError(
            scrub(error.diag.message_primary or str(error), self.target),
            sqlstate=error.sqlstate,
            position=int(position) if position else None,
        )


@contextmanager
def connect(target: PostgresTarget, guards: Guards | None = None) -> Iterator[Session]:
    """A guarded session. Raises TargetError when the server cannot be reached or is too old."""
    settings = {"connect_timeout": "10", **target.parameters}
    settings["application_name"] = APPLICATION_NAME
    settings["client_encoding"] = "UTF8"
    try:
        connection = psycopg.connect(
            conninfo.make_conninfo("", **cast(Mapping[str, Any], settings)), autocommit=True
        )
    except psycopg.OperationalError as error:
        raise connection_failed(error, target) from None
    try:
        session = Session(target, connection, guards or Guards())
        if session.version_num < OLDEST_VERSION_NUM:
            raise TargetError(
                f"the server is PostgreSQL {session.version}; dbaudit needs 13 or newer"
            )
        session.may_read_uncounted = _may_set_track_counts(session)
        yield session
    finally:
        connection.close()


def _may_set_track_counts(session: Session) -> bool:
    """Superusers may, and since PostgreSQL 15 whoever was granted it."""
    privilege = "has_parameter_privilege(current_user, 'track_counts', 'SET')"
    is_superuser = "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)"
    may_set = privilege if session.version_num >= 150000 else is_superuser
    return bool(session.query(f"SELECT {may_set}").rows[0][0])


def quoted(name: str) -> sql.Identifier:
    """A name for use in a statement composed with psycopg.sql."""
    return sql.Identifier(name)


def _text(statement: str) -> bytes:
    """As bytes: psycopg takes only literal strings as text, and ours are assembled."""
    return statement.encode()
