"""Who is at work on the tables of a plan, and will be waited for or gives way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbaudit.migrate.build.waiting import Action, Blocker, in_the_way, lock_holders, old_snapshots
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.preflight.concerns import Concern
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session


def table_concerns(
    session: Session, name: str, oids: Sequence[int], action: Action, options: ApplyOptions
) -> Iterator[Concern]:
    """Those who hold locks on some relations that are in the way, or wait for strong ones."""
    for blocker in lock_holders(session, oids, action):
        yield Concern("warning", name, _held(blocker, action, options))
    for pid, mode, role, application in session.rows(sql_file("lock_waiters"), (list(oids),)):
        yield Concern(
            "warning",
            name,
            f"process {pid} ({application}, role {role}) waits in line for {mode} there, and "
            "this comes behind",
        )


def snapshot_concerns(session: Session, options: ApplyOptions) -> Iterator[Concern]:
    """Transactions that have been open for long, which every build waits for at its end."""
    for blocker in old_snapshots(session, options.long_transaction_ms):
        yield Concern("warning", "", _waited_for(blocker, "build", options))


def _held(blocker: Blocker, action: Action, options: ApplyOptions) -> str:
    if blocker.is_autovacuum and not blocker.is_against_wraparound:
        return f"{blocker}; it gives way and begins again later"
    return _waited_for(blocker, action, options)


def _waited_for(blocker: Blocker, action: Action, options: ApplyOptions) -> str:
    return f"{in_the_way(blocker, action)}, for {options.wait_ms / 1000:g} s at most"
