"""What the server wrote to its log at one time, whatever the log's form."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One entry of a log: a message with its details.

    `at` is in seconds since the epoch. `session` tells sessions apart (the session id %c where it
    is there, else the process id). `severity` is the English word, whatever lc_messages is. None is
    what the log does not tell, and what is empty in it. `statement` is the one that caused the
    message.
    """

    at: float
    session: str
    user: str | None
    database: str | None
    application: str | None
    transaction: str | None
    query_id: int | None
    severity: str
    message: str
    detail: str | None = None
    context: str | None = None
    statement: str | None = None
