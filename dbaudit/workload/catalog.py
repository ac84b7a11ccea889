"""What resolving names in a query needs of the database: tables, their columns, the search path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

#: As the server has it where search_path is not known ("$user" rarely has a schema).
DEFAULT_SEARCH_PATH = ("public",)


class Frames(Protocol):
    """Where the tables of a snapshot come from; `Snapshot` is one."""

    def frame(self, table: str) -> pd.DataFrame:
        """The named table."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Columns with their type by (schema, table), and the schemas that unqualified names mean.

    A type is `pg_type.typname` (a domain's base type), such as `int8`, `_text` or `jsonb`.
    """

    tables: Mapping[tuple[str, str], Mapping[str, str]]
    search_path: tuple[str, ...] = DEFAULT_SEARCH_PATH

    def resolve(self, schema: str | None, table: str) -> tuple[str, str] | None:
        """The (schema, table) that a name means, None when there is no such table."""
        schemas = (schema,) if schema is not None else self.search_path
        return next(((name, table) for name in schemas if (name, table) in self.tables), None)


def catalog_from_snapshot(snapshot: Frames) -> Catalog:
    """The catalog from a snapshot's `tables`, `columns`, `settings` and `roles`."""
    tables: dict[tuple[str, str], dict[str, str]] = {
        (schema, table): {}
        for schema, table in snapshot.frame("tables")[["schemaname", "tablename"]].itertuples(
            index=False, name=None
        )
    }
    wanted = ["schemaname", "tablename", "attname", "typname"]
    for schema, table, column, type_name in snapshot.frame("columns")[wanted].itertuples(
        index=False, name=None
    ):
        tables.setdefault((schema, table), {})[column] = type_name
    return Catalog(tables, _search_path(snapshot))


def _search_path(snapshot: Frames) -> tuple[str, ...]:
    settings = snapshot.frame("settings")
    roles = snapshot.frame("roles")
    values = settings.loc[settings["name"] == "search_path", "setting"].tolist()
    if not values:
        return DEFAULT_SEARCH_PATH
    users = roles.loc[roles["is_current"].eq(True), "rolname"].tolist()
    names = (_unquoted(part.strip()) for part in str(values[0]).split(","))
    expanded = ([name] if name != "$user" else users[:1] for name in names)
    return tuple(str(name) for some in expanded for name in some if name)


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
