"""One statement that an application really sent: what every source yields."""

from __future__ import annotations

from typing import NamedTuple


class Execution(NamedTuple):
    """A statement that was executed, in the order of its source.

    A named tuple rather than a dataclass: a log holds hundreds of millions of them, and it is made
    in half the time.

    `at` is when it ended, in seconds since the epoch (UTC). `session` tells sessions of one source
    apart. `text` is as sent, with its comments. `parameters` are the bound values as text (None for
    NULL), an empty tuple where there are none, and None where the source does not tell them.
    `transaction` and `request` (a request, job or test) tell units of work apart where they are
    known. `place` is the application's own line, `file:line`. `failed` says that it ended in an
    error.

    `duration_ms` is what the statement cost the server: where the log tells them apart, parsing and
    planning (parse and bind of the extended protocol) are in it as they are in a simple query's.
    `query_id` is pg_stat_statements' queryid. `context` is PostgreSQL's CONTEXT of a statement that
    ran inside a function: its time is part of that of the statement which called the function, so
    it must not be summed with it. `continues` marks a fetch of more rows of a portal whose first
    execution came before: its time counts, it does not count as an execution. `plan` is the
    document that auto_explain logged for it (see `dbaudit.traffic.auto_explain`).

    A trace tells more: `library` is what the application sent it with (sqlalchemy, django, psycopg,
    psycopg2, asyncpg), `loads` what an ORM loads by it ("lazy Book.author", "deferred Book.body",
    "expired Book", "refresh Book"), `batch` how many rows of values one call was given
    (executemany): that many executions, of one statement that the application wrote once.
    """

    at: float
    session: str
    text: str
    duration_ms: float | None = None
    parameters: tuple[str | None, ...] | None = None
    rows: int | None = None
    database: str | None = None
    user: str | None = None
    application: str | None = None
    transaction: str | None = None
    request: str | None = None
    place: str | None = None
    failed: bool = False
    query_id: int | None = None
    context: str | None = None
    continues: bool = False
    plan: str | None = None
    library: str | None = None
    loads: str | None = None
    batch: int | None = None
