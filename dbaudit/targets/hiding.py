"""An index hidden from our own transaction, to run a statement with and without it in turn.

A superuser may update pg_index. Within our transaction, which is rolled back, the index is then as
DROP INDEX CONCURRENTLY leaves it before it removes it (INDEX_DROP_SET_DEAD in
src/backend/catalog/index.c): not valid, so that no plan uses it; not ready, so that no write adds
to it; not live, so that it does not stand in the way of a HOT update.

- Nobody else sees it: others read the catalog's committed rows, and the invalidation messages of a
  transaction that is rolled back never leave its backend (AtEOXact_Inval in
  src/backend/utils/cache/inval.c).
- It locks no table or index. On pg_index and pg_attribute it takes ROW EXCLUSIVE, as any DDL does.
  Who changes that row of pg_index itself, as DROP or REINDEX of the index does, waits for us (one
  run of the statement), and we wait for them no longer than the guards' lock_timeout.
- What we write meanwhile lacks its entries in the index. It is rolled back, so that nobody ever
  sees it: index entries are missing for dead rows only, as VACUUM leaves them. An aborted HOT
  update of an indexed column is pruned like any other ("aborted HOT updates" in heap_prune_chain,
  src/backend/access/heap/pruneheap.c).
- A crash of ours or of the server rolls it back like any other transaction.
- A row of pg_index invalidates the index in our relation cache, not its table, whose list of live
  indexes it keeps (CacheInvalidateHeapTuple). So the table's row for its system column ctid in
  pg_attribute is updated too, without a change: no other command updates that row.
- The plans of triggers and functions are cached and name no indexes as dependencies: DISCARD PLANS
  has them made again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import LiteralString

import psycopg
from psycopg.pq import TransactionStatus

from dbaudit.errors import QueryError
from dbaudit.targets.session import Row, Session

_HIDE: LiteralString = """
UPDATE pg_catalog.pg_index SET indisvalid = false, indisready = false, indislive = false
WHERE indexrelid = ANY (%s::int8[]::oid[])
"""
_TOUCH: LiteralString = """
UPDATE pg_catalog.pg_attribute SET attnum = attnum
WHERE attnum = -1 AND attrelid IN (
    SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = ANY (%s::int8[]::oid[])
)
"""
_IS_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"


def may_hide(session: Session) -> bool:
    """Whether the session's role may update the catalog: superusers only."""
    return bool(session.query(_IS_SUPERUSER).rows[0][0])


def hide(cursor: psycopg.Cursor[Row], compared: Collection[int], hidden: Collection[int]) -> None:
    """Hide indexes (by oid) from the rest of a transaction that writes and is rolled back.

    `hidden` are some, none or all of those `compared`: their tables are read anew in either case,
    so that the two sides of a comparison differ by the index alone. Raises QueryError when an
    index is gone, ValueError outside a transaction, where it would be kept.
    """
    if cursor.connection.info.transaction_status is not TransactionStatus.INTRANS:
        raise ValueError("an index can be hidden within a transaction only")
    cursor.execute(_TOUCH, (list(compared),))
    if hidden and cursor.execute(_HIDE, (list(hidden),)).rowcount != len(hidden):
        raise QueryError("an index that was to be compared is gone")
    cursor.execute("DISCARD PLANS")


def forget_plans(session: Session) -> None:
    """Have triggers and functions plan again, after a comparison."""
    with session.transaction() as cursor:
        cursor.execute("DISCARD PLANS")
