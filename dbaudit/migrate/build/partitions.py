"""A partitioned table's tree of tables, and the indexes that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.identifiers import fit_identifier, qualified
from dbaudit.migrate.catalog import qualified_rows
from dbaudit.migrate.ddl import parse_create
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

_PARTITIONED_TABLE, _FOREIGN_TABLE = "p", "f"
_PARTITIONED_INDEX = "I"


@dataclass(frozen=True, slots=True)
class Partition:
    """A table of the tree; `parent_oid` is None at its root, `relkind` as in pg_class."""

    oid: int
    schema: str
    name: str
    parent_oid: int | None
    relkind: str
    is_owner: bool
    may_create: bool
    owner: str

    @property
    def is_partitioned(self) -> bool:
        """Whether it has partitions of its own rather than rows."""
        return self.relkind == _PARTITIONED_TABLE


@dataclass(frozen=True, slots=True)
class PartitionIndex:
    """An index of one table of the tree; `attached_to` is a partitioned index's oid."""

    oid: int
    table_oid: int
    schema: str
    name: str
    relkind: str
    attached_to: int | None
    is_valid: bool
    backs_constraint: bool
    definition: str

    @property
    def is_partitioned(self) -> bool:
        """Whether it is the index of a table that has partitions of its own."""
        return self.relkind == _PARTITIONED_INDEX

    def is_adoptable(self, tail: str | None, *, unique: bool) -> bool:
        """Whether it can be attached to a partitioned index with that definition.

        One that is partitioned itself stays as it is: it could not be given back as it was.
        """
        is_free = self.attached_to is None and not self.is_partitioned
        if not is_free or not self.is_valid or self.backs_constraint:
            return False
        found = parse_create(self.definition)
        return (found.tail, found.unique) == (tail, unique)


def partitions(session: Session, table_oid: int) -> list[Partition]:
    """The partitioned table and all below it, each after the one that it hangs on."""
    return [Partition(*row) for row in session.rows(sql_file("partitions"), (table_oid,))]


def partition_indexes(session: Session, tree: Sequence[Partition]) -> list[PartitionIndex]:
    """All indexes of the tree's tables."""
    oids = [partition.oid for partition in tree]
    return [PartitionIndex(*row) for row in qualified_rows(session, "partition_indexes", (oids,))]


def partition_index_name(index: str, partition: str) -> str:
    """The name of a partition's index: the same every time, so that a later run knows it again."""
    return fit_identifier(f"{index}_{partition}")


def tree_problem(session: Session, tree: Sequence[Partition]) -> str:
    """Why not every table of the tree can have an index; empty when each can."""
    for partition in tree:
        name = qualified(partition.schema, partition.name)
        if partition.relkind == _FOREIGN_TABLE:
            return f"its partition {name} is a foreign table, which cannot have an index"
        if not partition.is_owner:
            return (
                f"the role {session.user} does not own its partition {name} "
                f"({partition.owner} does); apply as {partition.owner} or a member of it"
            )
        if not partition.may_create:
            return (
                f"the role {session.user} may not create in the schema {partition.schema} of its "
                f"partition {name}; grant CREATE"
            )
    return ""
