"""A statement that needs a strong lock for a moment, such as ATTACH PARTITION.

All who come later wait behind one that waits for a strong lock, readers too. So it is the opposite
of a concurrent build, which may wait: it asks briefly and often, and lets everybody pass between.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.build import BuildFailedError
from dbaudit.migrate.build.waiting import Action, lock_holders, outlasted, wait_for_others
from dbaudit.migrate.events import OnEvent, StepStarted, Waiting, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Guards
from dbaudit.targets.writer import Writer

#: A lock that does not come in time, a statement that takes too long in all, and a deadlock.
_WORTH_ANOTHER_TRY = frozenset({"55P03", "57014", "40P01"})

#: The wait before the second try, in seconds; it doubles each time, up to the longest.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 8.0

#: Nobody shall wait for a second: the first bounds each lock, the second all of a statement.
BRIEF_LOCK_TIMEOUT_MS, BRIEF_STATEMENT_TIMEOUT_MS = 500, 900

#: Autovacuum gives way after deadlock_timeout, and takes a moment for it.
_AUTOVACUUM_TIMEOUT_MS = 5_000


def briefly(
    writer: Writer,
    step: StepStarted,
    action: Action,
    oids: Sequence[int],
    options: ApplyOptions,
    on_event: OnEvent,
) -> None:
    """Run a statement that needs a strong lock on some relations for a moment.

    It asks when those who held locks there are gone, waits in line for less than a second, and lets
    everybody pass before it asks again. Raises BuildFailedError when it does not come by its lock.
    """
    deadline = time.monotonic() + options.wait_ms / 1000
    if blocked := wait_for_others(writer.session, step.name, oids, action, options, on_event):
        raise BuildFailedError(blocked)
    _interrupt_autovacuum(writer, step.name, oids, on_event)
    on_event(step)
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            with writer.settings(_brief_limits(options)):
                writer.execute(step.statement)
            return
        except QueryError as error:
            if error.sqlstate not in _WORTH_ANOTHER_TRY:
                raise BuildFailedError(str(error), sqlstate=error.sqlstate) from error
            if time.monotonic() + pause >= deadline:
                holders = lock_holders(writer.session, oids, action)
                reason = outlasted(holders[0], action, options) if holders else str(error)
                raise BuildFailedError(reason, sqlstate=error.sqlstate) from error
            on_event(Waiting(step.name, str(error), pause))
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _interrupt_autovacuum(
    writer: Writer, name: str, oids: Sequence[int], on_event: OnEvent
) -> None:
    """Have autovacuum give way where it is at work on some tables.

    It does so for whoever has waited in line for deadlock_timeout, a second by default (ProcSleep
    in src/backend/storage/lmgr/proc.c): longer than a brief statement may. So a lock is asked for
    that conflicts with its own and with no reader's or writer's, and given back.
    """
    guards = Guards(lock_timeout_ms=_AUTOVACUUM_TIMEOUT_MS)
    for schema, table in writer.session.rows(sql_file("vacuumed_tables"), (list(oids),)):
        lock = f"LOCK TABLE ONLY {qualified(schema, table)} IN SHARE UPDATE EXCLUSIVE MODE"
        try:
            with writer.session.transaction(access="READ WRITE", guards=guards) as cursor:
                cursor.execute(lock.encode())
        except QueryError as error:
            on_event(Warned(f"{name}: autovacuum does not leave {schema}.{table} ({error})"))


def _brief_limits(options: ApplyOptions) -> dict[str, str]:
    return {
        "lock_timeout": str(min(BRIEF_LOCK_TIMEOUT_MS, options.lock_timeout_ms)),
        "statement_timeout": str(BRIEF_STATEMENT_TIMEOUT_MS),
    }
