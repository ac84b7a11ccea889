"""What runs left on the target and could not clean up, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbaudit.migrate.ddl import drop_sql
from dbaudit.migrate.ledger.entries import Entry, Step
from dbaudit.migrate.ledger.history import Key
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

_PARTITIONED_INDEX = "I"


def left_over(
    session: Session, ledgers: Sequence[tuple[str, Sequence[Entry]]]
) -> list[dict[str, Any]]:
    """The invalid indexes that the ledgers name; `sql` drops one, where that mends it."""
    last: dict[Key, Entry] = {
        (entry.schema, entry.name): entry
        for _, entries in ledgers
        for entry in entries
        if entry.name and entry.step is not Step.TRIAL
    }
    if not last:
        return []
    schemas, names = zip(*last, strict=True)
    rows = session.rows(sql_file("invalid_indexes"), (list(schemas), list(names)))
    return [_document(last[schema, name], table, kind) for schema, name, table, kind in rows]


def _document(entry: Entry, table: str, relkind: str) -> dict[str, Any]:
    known = {
        "schema": entry.schema,
        "name": entry.name,
        "table": table,
        "ledger_id": entry.ledger_id,
    }
    if relkind == _PARTITIONED_INDEX:
        reason = (
            "unfinished: some partitions lack it; apply the plan again, which goes on from there, "
            f"or dbaudit rollback {entry.ledger_id}"
        )
        return {**known, "reason": reason, "sql": []}
    undo = "builds it as it was" if entry.step in {Step.DROP, Step.RESTORE} else "drops it"
    reason = (
        "invalid: it costs every write and serves no query; apply the plan again, which mends it, "
        f"or dbaudit rollback {entry.ledger_id}, which {undo}"
    )
    return {**known, "reason": reason, "sql": [drop_sql(entry.schema, entry.name)]}
