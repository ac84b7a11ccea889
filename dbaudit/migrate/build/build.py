"""One index built, or dropped, concurrently: bounded waits, bounded retries, nothing left behind.

A concurrent build that fails leaves an invalid index (PostgreSQL's manual, "Building Indexes
Concurrently"): it costs every write and serves no read, so it is dropped again.

Waiting hurts nobody in a concurrent build or drop (SHARE UPDATE EXCLUSIVE lets readers and writers
pass, also those who come later), giving up in its middle does. So what can be waited for is waited
for before, a watch bounds the rest, and no short lock_timeout interferes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from dbaudit.errors import QueryError, TargetError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.progress import watched_statement
from dbaudit.migrate.build.waiting import Action, wait_for_others
from dbaudit.migrate.catalog import IndexFacts, find_index, find_table
from dbaudit.migrate.ddl import CreateIndex, drop_sql
from dbaudit.migrate.events import OnEvent, StepStarted, Waiting, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.writer import Writer

_QUERY_CANCELED = "57014"
_DEADLOCK_DETECTED = "40P01"
#: Somebody else made an index of that name meanwhile: it is not ours to drop.
_DUPLICATE_TABLE = "42P07"

#: The wait before the second try, in seconds; it doubles each time.
FIRST_PAUSE_SECONDS = 1.0

#: How much later than the watch the server itself ends a wait, should the watch have died.
_SLACK_MS = 5_000


_Result = TypeVar("_Result")


class BuildFailedError(QueryError):
    """A build or drop did not succeed; the message says what is left behind, if anything.

    `remains` says that an invalid index is left: the next apply or rollback drops it.
    """

    remains = False


def build(
    writer: Writer, schema: str, create: CreateIndex, options: ApplyOptions, on_event: OnEvent
) -> tuple[IndexFacts, float]:
    """Build an index; what it became, and the ms that the successful try took.

    Raises BuildFailedError when it cannot be built, and TargetError when the connection is lost.
    On any failure, Ctrl-C among them, what was begun is dropped again.
    """

    def attempt() -> float:
        return _build_once(writer, schema, create, options, on_event)

    def clean_up() -> str:
        return drop_invalid(writer, schema, create.name, options, on_event)

    build_ms = retried(attempt, clean_up, create.name, options, on_event)
    facts = find_index(writer.session, schema, create.name)
    if facts is None or not facts.is_valid:
        raise _failed("it was built but is not valid", clean_up())
    if facts.has_expressions:
        _analyze(writer, schema, create, on_event)
    return facts, build_ms


def _build_once(
    writer: Writer, schema: str, create: CreateIndex, options: ApplyOptions, on_event: OnEvent
) -> float:
    """Build it when nobody is in the way any more; the ms that it took."""
    table = find_table(writer.session, schema, create.table)
    oids = [table.oid] if table else []
    if blocked := wait_for_others(writer.session, create.name, oids, "build", options, on_event):
        raise BuildFailedError(blocked)
    statement = create.sql(schema)
    on_event(StepStarted("build", create.name, statement))
    started = time.perf_counter()
    with writer.settings(_bounds(options)):
        _execute_watched(writer, "build", create.name, statement, options, on_event)
    return (time.perf_counter() - started) * 1000


def _bounds(options: ApplyOptions) -> dict[str, str]:
    """The settings of a build that the user bounds; the rest stays the server's."""
    settings = {}
    if options.maintenance_work_mem_bytes is not None:
        settings["maintenance_work_mem"] = f"{options.maintenance_work_mem_bytes // 1024}kB"
    if options.parallel_workers is not None:
        settings["max_parallel_maintenance_workers"] = str(options.parallel_workers)
    return settings


def drop(writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent) -> None:
    """Drop an index concurrently. Raises BuildFailedError when it cannot be dropped."""
    facts = find_index(writer.session, schema, name)
    if facts is not None and facts.is_valid:
        oids = [facts.table_oid or 0]
        if blocked := wait_for_others(writer.session, name, oids, "drop", options, on_event):
            raise BuildFailedError(blocked)
    _drop(writer, schema, name, options, on_event)


def drop_invalid(
    writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent
) -> str:
    """Drop the index if it is there and invalid; what is left behind after all, or empty."""
    facts = find_index(writer.session, schema, name)
    if facts is None or facts.is_valid or not facts.is_index:
        return ""
    builds = writer.session.rows(sql_file("builds_in_progress"), (facts.table_oid,))
    if builders := [pid for pid, index_oid in builds if index_oid == facts.oid]:
        return f"; process {builders[0]} is building it, so it was left alone"
    try:
        _drop(writer, schema, name, options, on_event)
    except QueryError as error:
        return (
            f"; the invalid index {qualified(schema, name)} is still there ({error}), "
            "and the next apply or rollback drops it"
        )
    return ""


def _drop(writer: Writer, schema: str, name: str, options: ApplyOptions, on_event: OnEvent) -> None:
    statement = drop_sql(schema, name)
    on_event(StepStarted("drop", name, statement))
    retried(
        lambda: _execute_watched(writer, "drop", name, statement, options, on_event),
        lambda: "",
        name,
        options,
        on_event,
    )


def _execute_watched(
    writer: Writer,
    action: Action,
    name: str,
    statement: str,
    options: ApplyOptions,
    on_event: OnEvent,
) -> None:
    """A concurrent statement, which waits for others as long as the options allow."""
    backstop = {"lock_timeout": str(options.wait_ms + _SLACK_MS)}
    with (
        writer.settings(backstop),
        watched_statement(writer, name, action, options, on_event) as watch,
    ):
        try:
            writer.execute(statement)
        except QueryError as error:
            if watch.gave_up and error.sqlstate == _QUERY_CANCELED:
                raise BuildFailedError(watch.gave_up) from error
            raise


def retried(
    attempt: Callable[[], _Result],
    clean_up: Callable[[], str],
    name: str,
    options: ApplyOptions,
    on_event: OnEvent,
) -> _Result:
    """The result of the first try that does not end in a deadlock."""
    number, pause = 1, FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except KeyboardInterrupt as interrupt:
            if left := _cleaned_up_after(interrupt, clean_up, on_event):
                raise KeyboardInterrupt(left) from None
            raise
        except QueryError as error:
            left = "" if error.sqlstate == _DUPLICATE_TABLE else clean_up()
            if left or error.sqlstate != _DEADLOCK_DETECTED or number >= options.attempts:
                raise _failed(str(error), left, error.sqlstate) from error
            on_event(Waiting(name, str(error), pause))
        time.sleep(pause)
        number, pause = number + 1, pause * 2


def _cleaned_up_after(
    interrupt: KeyboardInterrupt, clean_up: Callable[[], str], on_event: OnEvent
) -> str:
    """What is left behind after Ctrl-C; a second one ends the cleaning up too."""
    left = str(interrupt)  # a drop that was interrupted has told already
    try:
        left = left or clean_up()
    except KeyboardInterrupt:
        left = "cleaning up was interrupted: an invalid index may be left; apply or rollback again"
    except TargetError as error:
        left = f"{error}: an invalid index may be left; apply or rollback again"
    if left:
        on_event(Warned(left.lstrip("; ")))
    return left


def leaves_something(error: BaseException) -> bool:
    """Whether a build or drop that ended with this error left an invalid index behind."""
    if isinstance(error, KeyboardInterrupt):
        return bool(error.args)
    return isinstance(error, BuildFailedError) and error.remains


def _failed(reason: str, left: str, sqlstate: str | None = None) -> BuildFailedError:
    error = BuildFailedError(f"{reason}{left}", sqlstate=sqlstate)
    error.remains = bool(left)
    return error


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
