"""A statement on its way."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from dbaudit.trace.place import Place
from dbaudit.trace.sessions import Session, session_of


class Started(NamedTuple):
    """A statement on its way: when it was sent (time.perf_counter), and on which session.

    `place` is where, unless it is where it ends.
    """

    clock: float
    session: Session
    transaction: int | None
    place: Place | None = None


def start(connection: Any) -> Started:
    """A statement is sent on a driver's connection."""
    session = session_of(connection)
    return Started(time.perf_counter(), session, session.transaction)
