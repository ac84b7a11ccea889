"""CREATE INDEX and DROP INDEX as SQL, from what an ORM's operation says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.identifiers import qualified, quote_ident


@dataclass(frozen=True, slots=True)
class IndexWords:
    """What CREATE INDEX is made of; `keys` are SQL as they stand between the brackets."""

    name: str | None
    schema: str | None
    table: str
    keys: Sequence[str]
    method: str | None = None
    include: Sequence[str] = ()
    where: str | None = None
    options: Sequence[tuple[str, str]] = ()
    is_unique: bool = False
    is_concurrent: bool = False
    if_not_exists: bool = False


def create_sql(words: IndexWords) -> str:
    """The CREATE INDEX statement."""
    parts = ["CREATE UNIQUE INDEX" if words.is_unique else "CREATE INDEX"]
    parts += ["CONCURRENTLY"] if words.is_concurrent else []
    parts += ["IF NOT EXISTS"] if words.if_not_exists else []
    parts += [quote_ident(words.name)] if words.name else []
    parts += ["ON", named(words.schema, words.table)]
    parts += [f"USING {quote_ident(words.method)}"] if words.method else []
    parts.append(f"({', '.join(words.keys)})")
    if words.include:
        parts.append(f"INCLUDE ({', '.join(map(quote_ident, words.include))})")
    if words.options:
        parts.append(f"WITH ({', '.join(f'{name} = {value}' for name, value in words.options)})")
    parts += [f"WHERE {words.where}"] if words.where else []
    return " ".join(parts) + ";"


def drop_sql(
    schema: str | None, name: str, *, is_concurrent: bool = False, if_exists: bool = False
) -> str:
    """The DROP INDEX statement."""
    how = ("CONCURRENTLY " if is_concurrent else "") + ("IF EXISTS " if if_exists else "")
    return f"DROP INDEX {how}{named(schema, name)};"


def named(schema: str | None, name: str) -> str:
    """The name, qualified where a schema is given."""
    return qualified(schema, name) if schema else quote_ident(name)
