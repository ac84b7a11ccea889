"""What the target has, as migrations ask for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from dbaudit.advise.catalog import Catalog, ExistingIndex, TableName
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.roles import is_same_index
from dbaudit.index_definition import IndexDefinition
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.workload.catalog import catalog_from_snapshot
from dbaudit.workload.lexer import LexError, TokenKind, significant, tokens


@dataclass(frozen=True, slots=True)
class TargetPresent:
    """Tables and indexes of a snapshot, found by name along the search path.

    `indexes` are by (schema, name), each with its table; `schemas_of` tells in which schemas a name
    of a table or index is.
    """

    catalog: Catalog
    search_path: tuple[str, ...]
    indexes: Mapping[TableName, tuple[TableName, ExistingIndex]]
    schemas_of: Mapping[str, tuple[str, ...]]

    def table(self, schema: str | None, name: str) -> TableName | None:
        """The table that a name means; without a schema also one that only one schema has."""
        return self._meant(schema, name, self.catalog.tables)

    def index(self, schema: str | None, name: str) -> TableName | None:
        """The index that a name means."""
        return self._meant(schema, name, self.indexes)

    def has_column(self, table: TableName, column: str) -> bool:
        """Whether a table that is there has the column."""
        return column in self.catalog.tables[table].columns

    def existing(self, index: TableName) -> tuple[TableName, ExistingIndex]:
        """An index that is there, with its table."""
        return self.indexes[index]

    def is_like(self, index: TableName, definition: IndexDefinition) -> bool:
        """Whether that index is valid and defined so."""
        table, existing = self.existing(index)
        placed = self.placed(definition)
        is_there = placed is not None and (placed.schema, placed.table) == table
        return is_there and existing.is_valid and is_alike(existing.definition, placed)

    def has_like(self, definition: IndexDefinition) -> bool:
        """Whether any valid index of the table is defined so."""
        placed = self.placed(definition)
        if placed is None:
            return False
        table = self.catalog.tables[placed.schema, placed.table]
        return any(i.is_valid and is_alike(i.definition, placed) for i in table.indexes)

    def placed(self, definition: IndexDefinition) -> IndexDefinition | None:
        """The definition with its table's schema, None for a table that is not there."""
        table = self.table(definition.schema or None, definition.table)
        return replace(definition, schema=table[0]) if table else None

    def _meant(
        self, schema: str | None, name: str, known: Container[TableName]
    ) -> TableName | None:
        if schema is not None:
            return (schema, name) if (schema, name) in known else None
        owners = [one for one in self.schemas_of.get(name, ()) if (one, name) in known]
        first = next((one for one in self.search_path if one in owners), None)
        if first is None and len(owners) == 1:
            first = owners[0]
        return None if first is None else (first, name)


def target_present(snapshot: Snapshot) -> TargetPresent:
    """What the snapshot's target has."""
    catalog = read_catalog(snapshot)
    indexes = {
        (table.schema, one.name): (table.key, one)
        for table in catalog.tables.values()
        for one in table.indexes
    }
    schemas: defaultdict[str, list[str]] = defaultdict(list)
    for schema, name in {**catalog.tables, **indexes}:
        schemas[name].append(schema)
    search_path = catalog_from_snapshot(snapshot).search_path
    return TargetPresent(
        catalog, search_path, indexes, {name: tuple(found) for name, found in schemas.items()}
    )


def is_alike(one: IndexDefinition, other: IndexDefinition | None) -> bool:
    """Whether two definitions are the same as far as it can be told without the server.

    The server writes expressions its own way, so those that hold the same names, values and
    operators count as the same.
    """
    if other is None or one.unique != other.unique:
        return False
    return is_same_index(one, other) or _said(one) == _said(other)


def _said(index: IndexDefinition) -> object:
    keys = [
        (
            _essence(key.text) if key.is_expression else key.text,
            key.opclass and key.opclass.rsplit(".", 1)[-1],
            key.descending,
        )
        for key in index.keys
    ]
    where = _essence(index.where) if index.where else None
    return index.table, index.method, keys, sorted(index.include), where


def _essence(expression: str) -> object:
    """Names, values and operators of an expression, without casts, brackets and their order."""
    try:
        found = significant(tokens(expression))
    except LexError:
        return expression
    kept: set[str] = set()
    after_cast = False
    for token in found:
        if token.text == "::":
            after_cast = True
        elif after_cast and (token.word or token.kind is TokenKind.QUOTED_IDENT):
            after_cast = False
        elif token.kind is not TokenKind.PUNCTUATION and token.word not in _NOISE:
            kept.add(token.word or token.text.strip('"'))
    return frozenset(kept - {"="})


_NOISE = frozenset(("in", "any", "array", "varying", "with", "without", "zone", "precision"))
