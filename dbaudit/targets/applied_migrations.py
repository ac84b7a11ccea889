"""Which migrations a tool says are done, from the table that it keeps in the target."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from dbaudit.targets.session import Session, quoted

#: A migration's key as the tool's table has it.
Key = tuple[str, ...]

ALEMBIC_TABLE, DJANGO_TABLE = "alembic_version", "django_migrations"


def alembic_heads(session: Session, tables: Collection[tuple[str, str]]) -> list[Key]:
    """The revisions that the database is at; `tables` are its (schema, name) of ALEMBIC_TABLE.

    Raises QueryError where the role may not read them.
    """
    return _keys(session, tables, ("version_num",))


def django_applied(session: Session, tables: Collection[tuple[str, str]]) -> list[Key]:
    """The (app, name) of every migration that was applied.

    Raises QueryError where the role may not read the table.
    """
    return _keys(session, tables, ("app", "name"))


def _keys(
    session: Session, tables: Collection[tuple[str, str]], columns: tuple[str, ...]
) -> list[Key]:
    found: list[Key] = []
    for schema, table in sorted(tables):
        statement = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(quoted(column) for column in columns),
            sql.Identifier(schema, table),
        )
        rows = session.rows(statement.as_string(session.connection))
        found += [tuple(str(value) for value in row) for row in rows]
    return found
