"""An execution from the entry of a log that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

from dbaudit.traffic.execution import NOTHING_TOLD, Execution
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.timed_entries import Timed

#: What the vxid ends in outside of a transaction: the statement was its own.
_NO_TRANSACTION = "/0"


def entry_execution(
    entry: Entry, text: str, ms: float | None, parameters: tuple[str | None, ...] | None
) -> Execution:
    """The execution of a statement that ended, or failed, when the entry was written."""
    at, session, user, database, application, transaction, query_id = entry[:7]
    if transaction is not None and transaction.endswith(_NO_TRANSACTION):
        transaction = None
    # Every field in its place: this is a third faster than a call of Execution.
    return tuple.__new__(
        Execution,
        (
            at,
            session,
            text,
            ms,
            parameters,
            database,
            user,
            application,
            transaction,
            query_id,
            NOTHING_TOLD,
        ),
    )


def entry_executions(
    entries: Timed,
    texts: Sequence[str],
    durations: Sequence[float | None],
    values: Sequence[tuple[str | None, ...] | None],
) -> list[Execution]:
    """The same of many entries at once."""
    transactions = [
        None if vxid is None or vxid[-2:] == _NO_TRANSACTION else vxid
        for vxid in entries.transaction
    ]
    fields = zip(
        *(entries.at, entries.session, texts, durations, values),
        *map(entries.name, ("database", "user", "application")),
        *(transactions, entries.query_id, repeat(NOTHING_TOLD)),
        strict=False,
    )
    return list(map(tuple.__new__, repeat(Execution), fields))
