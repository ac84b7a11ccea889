"""Numbers for connections and their transactions, without asking the server."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Callable
from typing import Any

_numbers = itertools.count(1)


class Session:
    """One connection: its number, its database, and how many transactions it began."""

    __slots__ = ("_is_idle", "database", "id", "transaction")

    def __init__(self, database: str | None, is_idle: Callable[[Any], bool] | None) -> None:
        self.id = f"{os.getpid()}.{next(_numbers)}"
        self.database = database
        self.transaction: int | None = None if is_idle is None else 0
        self._is_idle = is_idle

    def enter(self, connection: Any) -> None:
        """A statement is sent: it begins a transaction where none is open."""
        if self.transaction is not None and self._is_idle is not None:
            self.transaction += self._is_idle(connection)


_sessions: weakref.WeakKeyDictionary[Any, Session] = weakref.WeakKeyDictionary()


def session_of(connection: Any) -> Session:
    """The session of a driver's connection, which a statement is about to be sent on."""
    try:
        session = _sessions.get(connection)
    except TypeError:  # neither hashable nor weakly referable: no driver that is known here
        return Session(None, None)
    if session is None:
        session = _sessions[connection] = _new(connection)
    session.enter(connection)
    return session


def _new(connection: Any) -> Session:
    for cls in type(connection).__mro__:
        library = cls.__module__.partition(".")[0]
        if library == "psycopg":
            return Session(connection.info.dbname, _psycopg_is_idle)
        if library == "psycopg2":
            return Session(connection.info.dbname, _psycopg2_is_idle)
        if library == "asyncpg":
            return Session(None, _asyncpg_is_idle)
    return Session(None, None)


def _psycopg_is_idle(connection: Any) -> bool:
    return not connection.pgconn.transaction_status  # PQTRANS_IDLE is 0


def _psycopg2_is_idle(connection: Any) -> bool:
    return not connection.get_transaction_status()


def _asyncpg_is_idle(connection: Any) -> bool:
    return not connection.is_in_transaction()
