"""Which migrations the tools' own tables say are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbaudit.errors import QueryError
from dbaudit.migration_files.migration import Migration, Tool
from dbaudit.snapshot.snapshot import Note, Snapshot
from dbaudit.targets.applied_migrations import (
    ALEMBIC_TABLE,
    DJANGO_TABLE,
    Key,
    alembic_heads,
    django_applied,
)
from dbaudit.targets.session import Session

#: The table that the notes are about.
TABLE = "migration_indexes"

Applied = dict[Tool, frozenset[Key]]


def applied_migrations(
    session: Session, snapshot: Snapshot, migrations: Sequence[Migration]
) -> tuple[Applied, list[Note]]:
    """The keys of what is done, by tool. A tool without a table of its own here is absent: its
    statements are then judged by their effect. Raises TargetError when the connection is lost."""
    applied: Applied = {}
    notes: list[Note] = []
    tools = {one.tool for one in migrations}
    try:
        if Tool.ALEMBIC in tools and (tables := _named(snapshot, ALEMBIC_TABLE)):
            heads = alembic_heads(session, tables)
            known = {one.key: one for one in migrations if one.tool is Tool.ALEMBIC}
            strange = [head[0] for head in heads if head not in known]
            if strange:
                notes.append(Note(TABLE, _strange(strange[0])))
            else:
                applied[Tool.ALEMBIC] = frozenset(_with_ancestors(heads, known))
        if Tool.DJANGO in tools and (tables := _named(snapshot, DJANGO_TABLE)):
            applied[Tool.DJANGO] = frozenset(django_applied(session, tables))
    except QueryError as error:
        notes.append(Note(TABLE, f"which migrations are applied cannot be read: {error}"))
    return applied, notes


def _strange(revision: str) -> str:
    return (
        f"{ALEMBIC_TABLE} is at {revision}, which is not among the revisions given: each statement "
        "is judged by its effect"
    )


def _named(snapshot: Snapshot, name: str) -> list[tuple[str, str]]:
    tables = snapshot.frame("tables")
    return [(schema, name) for schema in tables.loc[tables["tablename"] == name, "schemaname"]]


def _with_ancestors(heads: Iterable[Key], known: dict[Key, Migration]) -> set[Key]:
    found: set[Key] = set()
    todo = list(heads)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo += known[key].parents if key in known else ()
    return found
