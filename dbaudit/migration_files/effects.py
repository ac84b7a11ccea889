"""What a statement of a migration does to indexes and tables."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.index_definition import IndexDefinition


@dataclass(frozen=True, slots=True)
class CreatedIndex:
    """CREATE INDEX. `name` is None where PostgreSQL chooses it; the definition's schema is empty
    where the statement names none."""

    schema: str | None
    table: str
    name: str | None
    definition: IndexDefinition
    is_concurrent: bool = False
    is_only: bool = False


@dataclass(frozen=True, slots=True)
class DroppedIndex:
    """DROP INDEX of one index, or with `table` ALTER TABLE … DROP CONSTRAINT."""

    schema: str | None
    name: str
    is_concurrent: bool = False
    table: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedTable:
    """CREATE TABLE or CREATE MATERIALIZED VIEW."""

    schema: str | None
    name: str


@dataclass(frozen=True, slots=True)
class DroppedTable:
    """DROP TABLE or DROP MATERIALIZED VIEW of one table."""

    schema: str | None
    name: str


@dataclass(frozen=True, slots=True)
class RenamedIndex:
    """ALTER INDEX … RENAME TO; `name` is the old one."""

    schema: str | None
    name: str


@dataclass(frozen=True, slots=True)
class RenamedTable:
    """ALTER TABLE … RENAME TO."""

    schema: str | None
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class RenamedColumn:
    """ALTER TABLE … RENAME COLUMN … TO; `name` is the old one."""

    schema: str | None
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DroppedColumn:
    """ALTER TABLE … DROP COLUMN, which drops the indexes on it too."""

    schema: str | None
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class AddedConstraint:
    """ALTER TABLE … ADD UNIQUE, PRIMARY KEY or EXCLUDE; `name` is None where PostgreSQL chooses it,
    and is then the index's."""

    schema: str | None
    table: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Reindexed:
    """REINDEX; `kind` is index, table, schema, database or system."""

    kind: str
    schema: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """BEGIN, or with `ends` COMMIT and ROLLBACK."""

    ends: bool


Effect = (
    CreatedIndex
    | DroppedIndex
    | CreatedTable
    | DroppedTable
    | RenamedIndex
    | RenamedTable
    | RenamedColumn
    | DroppedColumn
    | AddedConstraint
    | Reindexed
    | Transaction
)
