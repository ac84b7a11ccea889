"""A session that may change the target: one statement at a time, each on its own (autocommit).

CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY cannot run inside a transaction block, so the
guards hold for the whole session here. That, and the session's advisory lock, need a connection
that no pooler shares out by transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from dbaudit.errors import QueryError, TargetError
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.interrupt import cancelled_by_interrupt
from dbaudit.targets.session import Row, Session, connect

#: What would end a long build, or a session that waits for a measurement, and the first version
#: that has it.
_TIMEOUTS = {"statement_timeout": 0, "idle_session_timeout": 140000, "transaction_timeout": 170000}

#: client_connection_check_interval came with PostgreSQL 14.
_CONNECTION_CHECK_VERSION_NUM = 140000
_INVALID_PARAMETER_VALUE = "22023"


@dataclass(frozen=True, slots=True)
class Writer:
    """A session for DDL and the ledger. Reading goes through `session`, guarded as ever.

    `pid` is the process of the server that works for it, as that says itself: a pooler tells its
    clients another one.
    """

    session: Session
    pid: int

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and commit it; its rows, if it gives any.

        It travels by the extended protocol, which refuses a second statement in the same text.
        Ctrl-C cancels the statement on the server before KeyboardInterrupt goes on. Raises
        QueryError, or TargetError when the connection is lost.
        """
        connection = self.session.connection

        def work() -> list[Row]:
            cursor = connection.execute(
                statement.encode(), parameters or None, binary=not parameters
            )
            return cursor.fetchall() if cursor.description else []

        try:
            return cancelled_by_interrupt(connection, work)
        except psycopg.Error as error:
            raise self.session.as_dbaudit_error(error) from error

    def set(self, name: str, value: str) -> None:
        """Change a setting for the rest of the session."""
        self.execute("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))

    @contextmanager
    def settings(self, values: Mapping[str, str]) -> Iterator[None]:
        """Settings for the statements of the block, given back afterwards.

        Raises QueryError where the server does not take one, TargetError behind a pooler that
        shares connections out by transaction.
        """
        self.require_same_process()
        before = {
            name: str(self.execute("SELECT pg_catalog.current_setting(%s)", (name,))[0][0])
            for name in values
        }
        try:
            for name, value in values.items():
                self.set(name, value)
            yield
        finally:
            if not self.session.is_lost:
                for name, value in before.items():
                    self.set(name, value)

    def require_same_process(self) -> None:
        """Raise TargetError when another process of the server answers than at first.

        So it is behind a pooler that shares connections out by transaction: there neither settings
        nor the advisory lock hold (PgBouncer, "SQL feature map for pooling modes").
        """
        if _process(self.session) != self.pid:
            raise _is_shared_out(self.session)


@contextmanager
def connect_writer(target: PostgresTarget, *, lock_timeout_ms: int) -> Iterator[Writer]:
    """A session that may write, whose statements take as long as they need but wait for no lock
    longer than `lock_timeout_ms`.

    Raises TargetError when the server cannot be reached, or a pooler is seen to be in between.
    """
    with connect(target) as session:
        writer = Writer(session, _process(session))
        for timeout, since in _TIMEOUTS.items():
            if session.version_num >= since:
                writer.set(timeout, "0")
        writer.set("lock_timeout", str(lock_timeout_ms))
        _notice_a_lost_client(writer)
        _require_unshared(writer)
        yield writer


def _require_unshared(writer: Writer) -> None:
    """Raise TargetError when a pooler gives the server's process to others between statements.

    A pooler tells its clients a made-up process (PgBouncer's cancel key), which is cheap to see.
    Then another connection asks: PgBouncer gives it the process that was free last, which is ours
    where connections are shared out by transaction, and never where they are by session.
    """
    writer.require_same_process()
    if writer.session.connection.info.backend_pid != writer.pid:
        with connect(writer.session.target) as other:
            if _process(other) == writer.pid:
                raise _is_shared_out(writer.session)


def _is_shared_out(session: Session) -> TargetError:
    return TargetError(
        f"{session.host} is a pooler that shares connections out by transaction, where neither "
        "settings nor locks hold; give the address of the server itself"
    )


def _process(session: Session) -> int:
    ((pid,),) = session.rows("SELECT pg_catalog.pg_backend_pid()")
    return int(pid)


def _notice_a_lost_client(writer: Writer) -> None:
    """Have the server end a build whose dbaudit died, where its platform can tell.

    Otherwise the build would go on, and hold our advisory lock, until it is finished.
    """
    if writer.session.version_num < _CONNECTION_CHECK_VERSION_NUM:
        return
    try:
        writer.set("client_connection_check_interval", "500ms")
    except QueryError as error:
        if error.sqlstate != _INVALID_PARAMETER_VALUE:  # a platform that cannot poll for it
            raise
