"""The statements that build the index of a partitioned table without closing it to writers. Pure.

As `apply` does it (migrate/build/partitioned.py): CREATE INDEX CONCURRENTLY does not take a
partitioned table, and its manual page gives the way round: an index ON ONLY the table, one built
concurrently on each partition, each attached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbaudit.advise.advice import PartitionTable
from dbaudit.errors import UsageError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.partitions import partition_index_name
from dbaudit.migrate.ddl import CreateIndex, drop_sql
from dbaudit.migrate.render.step import BRIEF, Step


def build_steps(
    create: CreateIndex, schema: str, partitions: Sequence[PartitionTable]
) -> list[Step]:
    """The whole index. Raises UsageError where a partition hangs on a table that is not known."""
    parents = {(schema, create.table): qualified(schema, create.name)}
    steps = [Step(create.sql_on_only(schema), BRIEF)]
    for partition in partitions:
        parent = parents.get((partition.parent_schema, partition.parent_table))
        if parent is None:
            raise UsageError(
                f"{qualified(partition.schema, partition.table)} hangs on "
                f"{qualified(partition.parent_schema, partition.parent_table)}, which is not among "
                "the partitions before it; write partitions as `dbaudit advise` does"
            )
        member = _member(create, partition)
        if partition.is_partitioned:
            steps.append(Step(member.sql_on_only(partition.schema), BRIEF))
        else:
            steps.append(Step(member.sql(partition.schema)))
        name = qualified(partition.schema, member.name)
        steps.append(Step(f"ALTER INDEX {parent} ATTACH PARTITION {name}", BRIEF))
        parents[partition.schema, partition.table] = name
    return steps


def drop_steps(
    create: CreateIndex, schema: str, partitions: Sequence[PartitionTable]
) -> list[Step]:
    """The index, and what was built for a partition and never attached to it."""
    steps = [Step(_drop(schema, create.name), BRIEF)]
    for partition in partitions:
        name = _member(create, partition).name
        if partition.is_partitioned:
            steps.append(Step(_drop(partition.schema, name), BRIEF))
        else:
            steps.append(Step(drop_sql(partition.schema, name)))
    return steps


def _member(create: CreateIndex, partition: PartitionTable) -> CreateIndex:
    name = partition_index_name(create.name, partition.table)
    return replace(create, name=name, schema=partition.schema, table=partition.table)


def _drop(schema: str, name: str) -> str:
    """A partitioned index cannot be dropped concurrently."""
    return f"DROP INDEX IF EXISTS {qualified(schema, name)}"
