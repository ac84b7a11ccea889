"""One index built, or dropped, concurrently: bounded waits, bounded retries, nothing left behind.

A concurrent build that fails leaves an invalid index (PostgreSQL's manual, "Building Indexes
Concurrently"): it costs every write and serves no read, so it is dropped again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.catalog import IndexFacts, find_index
from dbaudit.migrate.ddl import CreateIndex, drop_sql
from dbaudit.migrate.events import OnEvent, StepStarted, Waiting, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.progress import reported
from dbaudit.migrate.statements import sql_file
from dbaudit.migrate.waiting import wait_for_long_transactions
from dbaudit.targets.writer import Writer

_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK_DETECTED = "40P01"
#: Somebody else made an index of that name meanwhile: it is not ours to drop.
_DUPLICATE_TABLE = "42P07"
_WORTH_ANOTHER_TRY = frozenset({_LOCK_NOT_AVAILABLE, _DEADLOCK_DETECTED})

#: The wait before the second try, in seconds; it doubles each time.
FIRST_PAUSE_SECONDS = 1.0


_Result = TypeVar("_Result")


class BuildFailedError(QueryError):
    """A build or drop did not succeed; the message says what is left behind, if anything."""


def build(
    writer: Writer, schema: str, create: CreateIndex, options: ApplyOptions, on_event: OnEvent
) -> tuple[IndexFacts, float]:
    """Build an index; what it became, and the ms that the successful try took.

    Raises BuildFailedError when it cannot be built, and TargetError when the connection is lost.
    On any failure, Ctrl-C among them, what was begun is dropped again.
    """
    statement = create.sql(schema)
    on_event(StepStarted("build", create.name, statement))

    def attempt() -> float:
        started = time.perf_counter()
        with reported(writer, create.name, on_event):
            writer.execute(statement)
        return (time.perf_counter() - started) * 1000

    def clean_up() -> str:
        return drop_invalid(writer, schema, create.name, options, on_event)

    build_ms = retried(attempt, clean_up, create.name, options, on_event)
    facts = find_index(writer.session, schema, create.name)
    if facts is None or not facts.is_valid:
        raise BuildFailedError(f"it was built but is not valid{clean_up()}")
    if facts.has_expressions:
        _analyze(writer, schema, create, on_event)
    return facts, build_ms


def drop(writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent) -> None:
    """Drop an index concurrently. Raises BuildFailedError when it cannot be dropped."""
    facts = find_index(writer.session, schema, name)
    if facts is not None and facts.is_valid:
        table = facts.table_oid or 0
        blocked = wait_for_long_transactions(writer.session, name, table, "drop", options, on_event)
        if blocked:
            raise BuildFailedError(blocked)
    _drop(writer, schema, name, options, on_event)


def drop_invalid(
    writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent
) -> str:
    """Drop the index if it is there and invalid; what is left behind after all, or empty."""
    facts = find_index(writer.session, schema, name)
    if facts is None or facts.is_valid or not facts.is_index:
        return ""
    if builders := writer.session.rows(sql_file("builds_in_progress"), (facts.table_oid,)):
        return f"; process {builders[0][0]} is building on its table, so it was left alone"
    try:
        _drop(writer, schema, name, options, on_event)
    except QueryError as error:
        return (
            f"; the invalid index {qualified(schema, name)} is still there ({error}), "
            "and the next apply drops it"
        )
    return ""


def _drop(writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent) -> None:
    statement = drop_sql(schema, name)
    on_event(StepStarted("drop", name, statement))
    retried(lambda: writer.execute(statement), lambda: "", name, options, on_event)


def retried(
    attempt: Callable[[], _Result],
    clean_up: Callable[[], str],
    name: str,
    options: ApplyOptions,
    on_event: OnEvent,
) -> _Result:
    """The result of the first try that is not stopped by a lock."""
    number, pause = 1, FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except KeyboardInterrupt:
            clean_up()
            raise
        except QueryError as error:
            left = "" if error.sqlstate == _DUPLICATE_TABLE else clean_up()
            if left or error.sqlstate not in _WORTH_ANOTHER_TRY or number >= options.attempts:
                raise BuildFailedError(f"{error}{left}", sqlstate=error.sqlstate) from error
            on_event(Waiting(name, str(error), pause))
        time.sleep(pause)
        number, pause = number + 1, pause * 2


def _analyze(writer: Writer, schema: str, create: CreateIndex, on_event: OnEvent) -> None:
    """A fresh expression index has no statistics until its table is analyzed."""
    table = qualified(schema, create.table)
    try:
        writer.execute(f"ANALYZE {table}")
    except QueryError as error:
        on_event(
            Warned(
                f"{create.name}: its expressions have no statistics until ANALYZE {table} runs, "
                f"which failed: {error}"
            )
        )
