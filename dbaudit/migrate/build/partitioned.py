"""The index of a partitioned table, built so that no partition is closed to writers meanwhile.

CREATE INDEX CONCURRENTLY does not take a partitioned table. Its manual page gives the way round:
an index ON ONLY the table, which is invalid and empty; one built concurrently on each partition;
each attached, until with the last one the table's own index becomes valid. A matching index that
a partition has already is attached as it is. What is there stays when it stops on the way, and
the next run goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.identifiers import qualified
from dbaudit.migrate.build.brief import briefly
from dbaudit.migrate.build.build import BuildFailedError, build, drop, drop_invalid
from dbaudit.migrate.build.partitions import (
    Partition,
    PartitionIndex,
    partition_index_name,
    partition_indexes,
    partitions,
)
from dbaudit.migrate.build.waiting import Action
from dbaudit.migrate.catalog import IndexFacts, find_index, find_table
from dbaudit.migrate.ddl import CreateIndex
from dbaudit.migrate.events import BuildProgress, Event, OnEvent, StepStarted, Warned
from dbaudit.migrate.run import Run


@dataclass(frozen=True, slots=True)
class _Parent:
    """The partitioned index that others are attached to."""

    oid: int
    schema: str
    name: str


def adoptable(
    run: Run, table_oid: int, create: CreateIndex, tail: str | None
) -> dict[int, PartitionIndex]:
    """By partition's oid, an index that can be attached as it is.

    `tail` is the definition as the server writes it; without it nothing can be compared. What an
    earlier run of ours built and did not come to attach is not among them.
    """
    tree = {partition.oid: partition for partition in partitions(run.session, table_oid)[1:]}
    found: dict[int, PartitionIndex] = {}
    for index in partition_indexes(run.session, list(tree.values())):
        ours = partition_index_name(create.name, tree[index.table_oid].name)
        if index.name != ours and index.is_adoptable(tail, unique=create.unique):
            found.setdefault(index.table_oid, index)
    return found


def create_parent(run: Run, schema: str, create: CreateIndex) -> IndexFacts:
    """The index of the partitioned table itself: as it is there, or made, empty and invalid.

    Raises BuildFailedError when it cannot be made.
    """
    existing = find_index(run.session, schema, create.name)
    if existing is None:
        table = find_table(run.session, schema, create.table)
        step = StepStarted("build", create.name, create.sql_on_only(schema))
        _briefly(run, step, "create", [table.oid] if table else [])
        existing = find_index(run.session, schema, create.name)
    if existing is None:
        raise BuildFailedError(f"{qualified(schema, create.name)} is gone again")
    return existing


def build_members(
    run: Run,
    schema: str,
    create: CreateIndex,
    parent: IndexFacts,
    adopted: Mapping[int, PartitionIndex],
) -> tuple[IndexFacts, float]:
    """Give each partition its index and attach it; what the whole became, and the ms it took.

    Raises BuildFailedError when one cannot be built, and TargetError when the connection is lost.
    """
    started = time.perf_counter()
    root, *tree = partitions(run.session, parent.table_oid or 0)
    parents = {root.oid: _Parent(parent.oid, schema, create.name)}
    for number, partition in enumerate(tree, 1):
        above = parents[partition.parent_oid or root.oid]
        told = _of_all(run.on_event, create.name, number, len(tree))
        member = replace(create, name=partition_index_name(create.name, partition.name))
        member = replace(member, schema=partition.schema, table=partition.name)
        try:
            parents[partition.oid] = _attached(
                replace(run, on_event=told), above, partition, member, adopted.get(partition.oid)
            )
        except BuildFailedError as error:
            raise BuildFailedError(
                f"{qualified(partition.schema, partition.name)}: {error}; {number - 1} of "
                f"{len(tree)} partitions have it: apply again to go on, roll back to remove it",
                sqlstate=error.sqlstate,
            ) from error
    facts = find_index(run.session, schema, create.name)
    if facts is None or not facts.is_valid:
        raise BuildFailedError("every partition has it, but it is not valid; apply again")
    return facts, (time.perf_counter() - started) * 1000


def drop_partitioned(run: Run, schema: str, name: str, facts: IndexFacts) -> None:
    """Drop the index of a partitioned table, and with it those of its partitions.

    Raises BuildFailedError when it cannot be dropped.
    """
    tree = partitions(run.session, facts.table_oid or 0)
    table = qualified(tree[0].schema, tree[0].name)
    run.on_event(
        Warned(
            f"{name}: the index of a partitioned table cannot be dropped concurrently; DROP INDEX "
            f"keeps readers and writers of {table} and of all {len(tree) - 1} tables below it "
            f"out for a moment (ACCESS EXCLUSIVE)"
        )
    )
    step = StepStarted("drop", name, f"DROP INDEX IF EXISTS {qualified(schema, name)}")
    _briefly(run, step, "remove", [partition.oid for partition in tree])
    drop_unattached(run, tree, name)


def drop_unattached(run: Run, tree: list[Partition], name: str) -> None:
    """Drop what was built for a partition and never attached. Raises BuildFailedError."""
    names = {partition.oid: partition_index_name(name, partition.name) for partition in tree[1:]}
    below = [partition for partition in tree if partition.oid in names]
    for index in partition_indexes(run.session, below):
        if index.attached_to is None and index.name == names[index.table_oid]:
            if index.is_partitioned:
                statement = f"DROP INDEX IF EXISTS {qualified(index.schema, index.name)}"
                step = StepStarted("drop", index.name, statement)
                _briefly(run, step, "remove", [index.table_oid])
            else:
                drop(run.writer, index.schema, index.name, run.options, run.on_event)


def drop_invalid_members(run: Run, name: str, facts: IndexFacts) -> str:
    """Drop what a build left invalid on a partition; what is left behind after all, or empty."""
    left = ""
    for partition in partitions(run.session, facts.table_oid or 0)[1:]:
        if not partition.is_partitioned:
            member = partition_index_name(name, partition.name)
            left += drop_invalid(run.writer, partition.schema, member, run.options, run.on_event)
    return left


def _attached(
    run: Run,
    parent: _Parent,
    partition: Partition,
    create: CreateIndex,
    adopted: PartitionIndex | None,
) -> _Parent:
    """The partition's index, attached to its parent's."""
    indexes = partition_indexes(run.session, [partition])
    for index in indexes:
        if index.attached_to == parent.oid:
            _check_attached(index)
            return _Parent(index.oid, index.schema, index.name)
    if adopted is None or adopted.oid not in {index.oid for index in indexes}:
        made = _made(run, partition, create)
    else:
        made = _Parent(adopted.oid, adopted.schema, adopted.name)
    statement = (
        f"ALTER INDEX {qualified(parent.schema, parent.name)} "
        f"ATTACH PARTITION {qualified(made.schema, made.name)}"
    )
    _briefly(run, StepStarted("attach", made.name, statement), "attach", [made.oid])
    return made


def _check_attached(index: PartitionIndex) -> None:
    if not index.is_valid and not index.is_partitioned:
        name = qualified(index.schema, index.name)
        raise BuildFailedError(f"{name} is attached but invalid; REINDEX INDEX CONCURRENTLY it")


def _made(run: Run, partition: Partition, create: CreateIndex) -> _Parent:
    """The partition's own index, built now or by a run that did not come to attach it."""
    if partition.is_partitioned:
        facts = create_parent(run, partition.schema, create)
        return _Parent(facts.oid, partition.schema, create.name)
    existing = find_index(run.session, partition.schema, create.name)
    if existing is not None and existing.is_valid:  # ATTACH refuses any other definition
        return _Parent(existing.oid, partition.schema, create.name)
    left = drop_invalid(run.writer, partition.schema, create.name, run.options, run.on_event)
    if left:
        raise BuildFailedError(left.lstrip("; "))
    facts, _ = build(run.writer, partition.schema, create, run.options, run.on_event)
    return _Parent(facts.oid, partition.schema, create.name)


def _briefly(run: Run, step: StepStarted, action: Action, oids: Sequence[int]) -> None:
    briefly(run.writer, step, action, oids, run.options, run.on_event)


def _of_all(on_event: OnEvent, name: str, number: int, total: int) -> OnEvent:
    """Tell with each step how many of the partitions are done."""

    def told(event: Event) -> None:
        on_event(event)
        if isinstance(event, StepStarted):
            progress = BuildProgress(name, f"partition {number} of {total}", (number - 1) / total)
            on_event(progress)

    return told
