"""Waiting, within limits, for transactions that a change would have to wait for.

It is done before anything is begun. A build or drop that gives up in its middle leaves an invalid
index behind, which itself can only be dropped when whoever was waited for is gone; and a statement
that waits in line for a strong lock keeps all who come after it waiting.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dbaudit.migrate.events import OnEvent, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

#: What waits: a concurrent `build` or `drop`; or, of a partitioned table's index, its `create` (ON
#: ONLY), the `attach` of a partition's index, and its `remove`.
Action = Literal["build", "drop", "create", "attach", "remove"]

_POLL_SECONDS = 0.2

#: The locks that are in nobody's way. DefineIndex in src/backend/commands/indexcmds.c takes SHARE
#: UPDATE EXCLUSIVE (SHARE on a partitioned table) and waits for locks that conflict with SHARE;
#: index_drop in src/backend/catalog/index.c waits for every lock on the table, and ATTACH takes
#: ACCESS EXCLUSIVE on the partition's index (ATExecAttachPartitionIdx in
#: src/backend/commands/tablecmds.c), which whoever planned a query on the partition has locked.
_READERS_LOCKS = ("AccessShareLock", "RowShareLock")
_HARMLESS_LOCKS: Mapping[Action, tuple[str, ...]] = {
    "build": _READERS_LOCKS,
    "create": _READERS_LOCKS,
}
_WORDS: Mapping[Action, str] = {
    "build": "a concurrent build",
    "drop": "a concurrent drop",
    "create": "the index of the partitioned table",
    "attach": "attaching the index",
    "remove": "dropping the index of the partitioned table",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A transaction in the way. `pid` is None for a prepared one, whose name is `gid`."""

    transaction: str
    pid: int | None
    gid: str | None
    role: str
    application: str
    seconds: float
    is_autovacuum: bool
    is_against_wraparound: bool

    @property
    def who(self) -> str:
        """Who it is."""
        if self.pid is None:
            return f"the prepared transaction {self.gid!r} (role {self.role})"
        if self.is_autovacuum:
            purpose = " against wraparound" if self.is_against_wraparound else ""
            return f"autovacuum{purpose} (process {self.pid})"
        return f"process {self.pid} ({self.application}, role {self.role})"

    def __str__(self) -> str:
        """Who it is and since when, as a clause."""
        if self.pid is None:
            return f"{self.who} has been open for {self.seconds:.0f} s"
        if self.is_autovacuum:
            return f"{self.who} is at work on the table"
        return f"{self.who} has had a transaction open for {self.seconds:.0f} s"

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        if self.pid is None:
            return "COMMIT PREPARED or ROLLBACK PREPARED it"
        if self.is_autovacuum:
            return "let it finish"
        return f"end it, as by pg_terminate_backend({self.pid})"


def lock_holders(session: Session, oids: Sequence[int], action: Action) -> list[Blocker]:
    """Those that hold locks on some relations which are in the way, the oldest first."""
    rows = session.rows(
        sql_file("lock_holders"), (list(oids), list(_HARMLESS_LOCKS.get(action, ())))
    )
    return [Blocker(*row) for row in rows]


def old_snapshots(session: Session, longer_than_ms: int) -> list[Blocker]:
    """Transactions that a build waits for at its end, the oldest first."""
    return [Blocker(*row) for row in session.rows(sql_file("old_snapshots"), (longer_than_ms,))]


def in_the_way(blocker: Blocker, action: Action) -> str:
    """Who is waited for, by what."""
    return f"{blocker}, and {_WORDS[action]} waits for its end"


def outlasted(blocker: Blocker, action: Action, options: ApplyOptions) -> str:
    """Why it was given up, and what a person can do."""
    limit = options.wait_ms / 1000
    return (
        f"{in_the_way(blocker, action)}; waited {limit:g} s; {blocker.remedy}, "
        "or run it again when it is over"
    )


def wait_for_others(
    session: Session,
    name: str,
    oids: Sequence[int],
    action: Action,
    options: ApplyOptions,
    on_event: OnEvent,
) -> str:
    """Wait until nobody is in the way who was so at first; the reason when one outlasts the limit.

    Those are all that hold conflicting locks on the relations, however short they have been at it
    (whoever comes later is not waited for: a busy table is never without), and for a build all
    whose transactions have been open for long. Autovacuum is left out: it gives way only to who
    waits in line (ProcSleep in src/backend/storage/lmgr/proc.c).
    """
    deadline = time.monotonic() + options.wait_ms / 1000
    first = {blocker.transaction for blocker in lock_holders(session, oids, action)}
    is_told = False
    while blocker := _first_in_the_way(session, oids, action, first, options):
        if not is_told:
            on_event(Warned(f"{name}: {in_the_way(blocker, action)}"))
            is_told = True
        if time.monotonic() >= deadline:
            return outlasted(blocker, action, options)
        time.sleep(_POLL_SECONDS)
    return ""


def _first_in_the_way(
    session: Session, oids: Sequence[int], action: Action, first: set[str], options: ApplyOptions
) -> Blocker | None:
    for blocker in lock_holders(session, oids, action):
        if blocker.transaction in first and not blocker.is_autovacuum:
            return blocker
    if action == "build":
        return next(iter(old_snapshots(session, options.long_transaction_ms)), None)
    return None
