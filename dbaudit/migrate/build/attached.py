"""The statements that build a partitioned table's index, read back as the one index that they are.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.advice import AdvisedIndex, PartitionTable
from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.partitions import partition_index_name
from dbaudit.migrate.ddl import Attach

#: An index by schema and name.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoundIndex:
    """An index that a file makes; `is_only` says that it leaves the table's partitions alone."""

    index: AdvisedIndex
    is_only: bool

    @property
    def key(self) -> Key:
        """Its schema and name."""
        return self.index.schema, self.index.name


def whole_indexes(
    found: Sequence[FoundIndex], attached: Sequence[Attach]
) -> tuple[AdvisedIndex, ...]:
    """The indexes that are attached to no other, those of partitioned tables with their partitions.

    Raises UsageError where an index is attached that the file does not make, or that has another
    name than dbaudit would give it.
    """
    known = {one.key: one for one in found}
    for attach in attached:
        for key in (attach.parent, attach.member):
            if key not in known:
                raise UsageError(f"attaches {qualified(*key)}, which this file does not make")
    members = {attach.member for attach in attached}
    parents = {attach.parent for attach in attached}
    return tuple(
        replace(one.index, partitions=_below(one, known, attached))
        if one.key in parents
        else one.index
        for one in found
        if one.key not in members
    )


def _below(
    root: FoundIndex, known: Mapping[Key, FoundIndex], attached: Sequence[Attach]
) -> tuple[PartitionTable, ...]:
    """The tables of the members, each after the one that it hangs on."""
    tables: list[PartitionTable] = []
    level = [root.key]
    while level:
        below = [attach for attach in attached if attach.parent in level]
        for attach in below:
            parent, member = known[attach.parent], known[attach.member]
            expected = partition_index_name(root.index.name, member.index.table)
            if member.index.name != expected:
                name = qualified(*member.key)
                raise UsageError(f"{name} is attached, and would have to be named {expected!r}")
            tables.append(
                PartitionTable(
                    member.index.schema,
                    member.index.table,
                    parent.index.schema,
                    parent.index.table,
                    member.is_only,
                )
            )
        level = [attach.member for attach in below]
    return tuple(tables)
