"""One statement that an application really sent: what every source yields."""

from __future__ import annotations

from typing import Any, NamedTuple


class Told(NamedTuple):
    """What few sources tell of an execution, or a source of few of them.

    `rows` is how many it gave or touched. `request` (a request, job or test) tells units of work
    apart. `place` is the application's own line, `file:line`. `failed` says that it ended in an
    error. `context` is PostgreSQL's CONTEXT of a statement that ran inside a function: its time is
    part of that of the statement which called the function, so it must not be summed with it.
    `continues` marks a fetch of more rows of a portal whose first execution came before: its time
    counts, it does not count as an execution. `plan` is the document that auto_explain logged for
    it (see `dbaudit.traffic.auto_explain`), `prepare` the PREPARE of the statement that an EXECUTE
    executes, until that is put in its place.

    A trace tells more: `library` is what the application sent it with (sqlalchemy, django, psycopg,
    psycopg2, asyncpg), `loads` what an ORM loads by it ("lazy Book.author", "deferred Book.body",
    "expired Book", "refresh Book"), `batch` how many rows of values one call was given
    (executemany): that many executions, of one statement that the application wrote once.
    """

    rows: int | None = None
    request: str | None = None
    place: str | None = None
    failed: bool = False
    context: str | None = None
    continues: bool = False
    plan: str | None = None
    prepare: str | None = None
    library: str | None = None
    loads: str | None = None
    batch: int | None = None

    @property
    def calls(self) -> int:
        """As how many executions it counts."""
        return 0 if self.continues else self.batch or 1


#: Most executions of a server's log.
NOTHING_TOLD = Told()


class Execution(NamedTuple):
    """A statement that was executed, in the order of its source.

    A named tuple rather than a dataclass: a log holds hundreds of millions of them, and it is made
    in half the time. What is rarely told stands apart, as each field more takes its time.

    `at` is when it ended, in seconds since the epoch (UTC). `session` tells sessions of one source
    apart. `text` is as sent, with its comments. `parameters` are the bound values as text (None for
    NULL), an empty tuple where there are none, and None where the source does not tell them.
    `transaction` tells units of work apart where it is known. `query_id` is pg_stat_statements'
    queryid.

    `duration_ms` is what the statement cost the server: where the log tells them apart, parsing and
    planning (parse and bind of the extended protocol) are in it as they are in a simple query's.
    """

    at: float
    session: str
    text: str
    duration_ms: float | None = None
    parameters: tuple[str | None, ...] | None = None
    database: str | None = None
    user: str | None = None
    application: str | None = None
    transaction: str | None = None
    query_id: int | None = None
    told: Told = NOTHING_TOLD

    def telling(self, **told: Any) -> Execution:
        """The execution, of which these fields of `Told` are known too."""
        return self._replace(told=self.told._replace(**told))
