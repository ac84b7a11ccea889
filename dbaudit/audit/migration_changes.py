"""What pending migrations would change of the target's indexes, and how that stands to those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dbaudit.advise.catalog import ExistingIndex, TableName
from dbaudit.advise.roles import is_same_index, plays_role_of
from dbaudit.audit.present import TargetPresent
from dbaudit.index_definition import IndexDefinition
from dbaudit.migration_files.effects import CreatedIndex, DroppedIndex
from dbaudit.migration_files.migration import Migration, Statement
from dbaudit.migration_files.pending import Pending, Step


@dataclass(frozen=True, slots=True)
class NewIndex:
    """An index that a migration makes; `placed` is None where its table is not there."""

    migration: Migration
    statement: Statement
    effect: CreatedIndex
    placed: IndexDefinition | None
    is_new_table: bool

    @property
    def name(self) -> str:
        """The name, or one as PostgreSQL would choose it."""
        return self.effect.name or self.effect.definition.name


@dataclass(frozen=True, slots=True)
class Drop:
    """An index that is there and that a migration drops."""

    migration: Migration
    statement: Statement
    effect: DroppedIndex
    table: TableName
    existing: ExistingIndex


@dataclass(frozen=True, slots=True)
class Changes:
    """What the pending migrations would do to the indexes of a target."""

    new: Sequence[NewIndex]
    drops: Sequence[Drop]
    present: TargetPresent


@dataclass(frozen=True, slots=True)
class Standing:
    """How a new index stands to the others of its table; names of those."""

    same_as: str | None = None
    begins: str | None = None
    makes_needless: tuple[str, ...] = ()


def migration_name(migration: Migration) -> str:
    """What people call it: a revision, app.name, or the file's stem."""
    return ".".join(migration.key) or PurePath(migration.file).stem


def new_indexes(pending: Pending, present: TargetPresent) -> list[NewIndex]:
    """In the order in which they would be made."""
    found = []
    for step in pending.steps:
        if isinstance(step.effect, CreatedIndex):
            placed = present.placed(step.effect.definition)
            is_new = placed is None and step.effect.table in pending.new_tables
            found.append(NewIndex(step.migration, step.statement, step.effect, placed, is_new))
    return found


def drops(pending: Pending, present: TargetPresent) -> list[Drop]:
    """Those of indexes that are there."""
    return [found for step in pending.steps if (found := _drop(step, present)) is not None]


def _drop(step: Step, present: TargetPresent) -> Drop | None:
    effect = step.effect
    if not isinstance(effect, DroppedIndex):
        return None
    schema = effect.schema
    if effect.table is not None:
        named = present.table(effect.schema, effect.table)
        schema = named[0] if named else schema
    index = present.index(schema, effect.name)
    if index is None:
        return None
    table, existing = present.existing(index)
    if effect.table is not None and effect.table != table[1]:
        return None
    return Drop(step.migration, step.statement, effect, table, existing)


def standing(
    new: NewIndex, earlier: Sequence[NewIndex], dropped: Iterable[Drop], present: TargetPresent
) -> Standing:
    """How a new index stands to what is there and stays, and to what is made before it."""
    if new.placed is None:
        return Standing()
    gone = {(drop.table[0], drop.existing.name) for drop in dropped}
    staying = [one for one in _existing(new.placed, gone, present) if one.name != new.name]
    others = [(one.name, one.definition) for one in staying]
    others += _made(new.placed, earlier)
    same = next((n for n, other in others if _is_repeated(new.placed, other)), None)
    if same is not None:
        return Standing(same_as=same)
    begins = next((n for n, other in others if plays_role_of(other, new.placed)), None)
    needless = (
        one.name
        for one in staying
        if one.kept_because is None and plays_role_of(new.placed, one.definition)
    )
    return Standing(begins=begins, makes_needless=tuple(needless))


def replacement(
    drop: Drop, all_new: Sequence[NewIndex], all_drops: Sequence[Drop], present: TargetPresent
) -> str | None:
    """An index that stays or comes and does what the dropped one does, uniqueness included."""
    definition = drop.existing.definition
    gone = {(one.table[0], one.existing.name) for one in all_drops}
    others = [(one.name, one.definition) for one in _existing(definition, gone, present)]
    others += _made(definition, all_new)
    for name, other in others:
        if definition.unique and not (other.unique and is_same_index(other, definition)):
            continue
        if plays_role_of(other, definition):
            return name
    return None


def _is_repeated(new: IndexDefinition, other: IndexDefinition) -> bool:
    return is_same_index(new, other) and (other.unique or not new.unique)


def _existing(
    definition: IndexDefinition, gone: set[TableName], present: TargetPresent
) -> list[ExistingIndex]:
    table = present.catalog.tables[definition.schema, definition.table]
    return [i for i in table.indexes if i.is_valid and (table.schema, i.name) not in gone]


def _made(
    definition: IndexDefinition, made: Sequence[NewIndex]
) -> list[tuple[str, IndexDefinition]]:
    table = (definition.schema, definition.table)
    return [
        (one.name, one.placed)
        for one in made
        if one.placed is not None and (one.placed.schema, one.placed.table) == table
    ]


def pending_statements(pending: Pending) -> Iterator[tuple[Migration, list[Step]]]:
    """The steps of each migration that has some."""
    by_file: dict[str, tuple[Migration, list[Step]]] = {}
    for step in pending.steps:
        by_file.setdefault(step.migration.file, (step.migration, []))[1].append(step)
    yield from by_file.values()
