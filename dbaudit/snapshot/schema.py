"""The tables of a snapshot: names, columns, types and meanings, read from `schema.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Raised when a table or column changes its meaning; additions leave it.
SNAPSHOT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its DuckDB type and what it means."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the snapshot."""

    name: str
    doc: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        """The columns' names in order."""
        return [column.name for column in self.columns]


@cache
def schema() -> Mapping[str, Table]:
    """Every table by name, in the order of `schema.toml`."""
    raw = tomllib.loads(files("dbaudit.snapshot").joinpath("schema.toml").read_text("utf-8"))
    return {name: _table(name, entry) for name, entry in raw.items()}


def _table(name: str, entry: Mapping[str, object]) -> Table:
    columns = entry["columns"]
    if not isinstance(columns, Mapping):
        raise TypeError(f"schema.toml: table {name} has no columns")
    return Table(name, str(entry["doc"]), tuple(_column(c, str(t)) for c, t in columns.items()))


def _column(name: str, text: str) -> Column:
    type_, _, doc = text.partition(": ")
    return Column(name, type_, doc)
