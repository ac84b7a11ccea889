"""Waiting, within limits, for transactions that a concurrent build or drop would have to wait for.

It is done before anything is begun: a build or drop that gives up in its middle leaves an invalid
index behind.
"""

from __future__ import annotations

import time
from typing import Literal

from dbaudit.migrate.events import OnEvent, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

Action = Literal["build", "drop"]

_POLL_SECONDS = 0.5

#: What a build and a drop wait for: DefineIndex in src/backend/commands/indexcmds.c waits for locks
#: that conflict with SHARE, index_drop in src/backend/catalog/index.c for every lock on the table.
_HARMLESS_LOCKS = {"build": ["AccessShareLock", "RowShareLock"], "drop": []}


def wait_for_long_transactions(
    session: Session,
    name: str,
    table_oid: int,
    action: Action,
    options: ApplyOptions,
    on_event: OnEvent,
) -> str:
    """Wait until no long transaction is in the way of an index's build or drop.

    Empty when the way is free; the reason when one outlasts the limit.
    """
    deadline = time.monotonic() + options.wait_ms / 1000
    is_first = True
    while reason := _long_transaction(session, table_oid, action, options):
        if is_first:
            on_event(Warned(f"{name}: {reason}"))
            is_first = False
        if time.monotonic() >= deadline:
            limit = options.wait_ms / 1000
            return f"{reason}; waited {limit:g} s; end it, or run it again when it is over"
        time.sleep(_POLL_SECONDS)
    return ""


def _long_transaction(
    session: Session, table_oid: int, action: Action, options: ApplyOptions
) -> str:
    rows = session.rows(
        sql_file("long_transactions"),
        (table_oid, _HARMLESS_LOCKS[action], options.long_transaction_ms),
    )
    if not rows:
        return ""
    pid, role, application, seconds = rows[0]
    return (
        f"process {pid} ({application}, role {role}) has had a transaction open for {seconds:.0f} s"
        f", and a concurrent {action} waits for its end"
    )
