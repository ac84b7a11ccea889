"""Which statements of a folder are still to run, told by what the database has already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from dbaudit.index_definition import IndexDefinition
from dbaudit.migration_files.effects import (
    AddedConstraint,
    CreatedIndex,
    CreatedTable,
    DroppedColumn,
    DroppedIndex,
    DroppedTable,
    Effect,
    Reindexed,
    RenamedColumn,
    RenamedIndex,
    RenamedTable,
)
from dbaudit.migration_files.migration import Migration, Statement, Tool

#: (schema, name).
Name = tuple[str, str]

#: Files that stand in a folder of their own each (Prisma, Diesel).
_LONELY_FILES = frozenset(("migration.sql", "up.sql"))

_NAMED = CreatedIndex | DroppedIndex | RenamedIndex | AddedConstraint


class Present(Protocol):
    """What the database has."""

    def table(self, schema: str | None, name: str) -> Name | None:
        """The table that a name means."""

    def index(self, schema: str | None, name: str) -> Name | None:
        """The index that a name means, valid or not."""

    def has_column(self, table: Name, column: str) -> bool:
        """Whether a table that is there has the column."""

    def is_like(self, index: Name, definition: IndexDefinition) -> bool:
        """Whether that index is valid and defined so, as far as it can be told."""

    def has_like(self, definition: IndexDefinition) -> bool:
        """Whether any valid index of the table is defined so."""


@dataclass(frozen=True, slots=True)
class Step:
    """One effect of a statement."""

    migration: Migration
    statement: Statement
    effect: Effect

    @property
    def folder(self) -> PurePath:
        """Files of one folder run in order."""
        path = PurePath(self.migration.file)
        return path.parent.parent if path.name in _LONELY_FILES else path.parent


@dataclass(frozen=True, slots=True)
class Pending:
    """What is still to come, in order; `new_tables` are the names of those that it makes."""

    steps: tuple[Step, ...] = ()
    new_tables: frozenset[str] = frozenset()


def pending_steps(
    migrations: Sequence[Migration],
    applied: Mapping[Tool, Collection[tuple[str, ...]]],
    present: Present,
) -> Pending:
    """The effects that are not in the database.

    `applied` are the keys that a tool's own table says are done; a tool that is not in it keeps no
    such table here, and each statement is judged by its effect. Of several statements on one name
    the last one that the database agrees with is the last one done; one that the database
    contradicts is done all the same where a later one of its folder has left something.
    """
    open_ones = [one for one in migrations if one.key not in applied.get(one.tool, ())]
    steps = _with_todays_names(
        [
            Step(migration, statement, effect)
            for migration in open_ones
            for statement in migration.statements
            for effect in statement.effects
        ],
        present,
    )
    done = _done(steps, present)
    last_done = _last_evident(steps, done, present)
    left = tuple(
        step
        for number, step in enumerate(steps)
        if number not in done
        and (
            step.migration.tool in applied
            or number > last_done.get(step.folder, -1)
            or not _is_contradicted(step.effect, present)
        )
    )
    new = {s.effect.name for s in left if isinstance(s.effect, CreatedTable)}
    return Pending(left, frozenset(new))


def _with_todays_names(steps: Sequence[Step], present: Present) -> list[Step]:
    """What was said of a table or column before it got its name of today, said of that name."""
    found: list[Step] = []
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    for step in reversed(steps):
        effect = step.effect
        if isinstance(effect, RenamedTable) and present.table(None, effect.name) is None:
            tables[effect.name] = tables.get(effect.new_name, effect.new_name)
        elif isinstance(effect, CreatedTable):
            effect = replace(effect, name=tables.get(effect.name, effect.name))
        elif isinstance(effect, CreatedIndex | RenamedColumn | DroppedColumn):
            effect = replace(effect, table=tables.get(effect.table, effect.table))
        if isinstance(effect, RenamedColumn) and _is_gone(effect, present):
            key = (effect.table, effect.new_name)
            columns[effect.table, effect.name] = columns.get(key, effect.new_name)
        elif isinstance(effect, CreatedIndex):
            effect = replace(effect, definition=_renamed(effect, columns))
        found.append(replace(step, effect=effect))
    return found[::-1]


def _renamed(effect: CreatedIndex, columns: Mapping[tuple[str, str], str]) -> IndexDefinition:
    def todays(name: str) -> str:
        return columns.get((effect.table, name), name)

    old = effect.definition
    keys = tuple(k if k.is_expression else replace(k, text=todays(k.text)) for k in old.keys)
    include = tuple(todays(name) for name in old.include)
    return replace(old, table=effect.table, keys=keys, include=include)


def _is_gone(effect: RenamedColumn | DroppedColumn, present: Present) -> bool:
    """Whether the table is there and has no such column any more."""
    table = present.table(effect.schema, effect.table)
    return table is not None and not present.has_column(table, effect.name)


def _done(steps: Sequence[Step], present: Present) -> set[int]:
    done: set[int] = set()
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        effect = step.effect
        if isinstance(effect, _NAMED) and effect.name is not None:
            by_name[effect.name].append(number)
        elif _is_in_effect(effect, present):
            done.add(number)
    for numbers in by_name.values():
        agreeing = [n for n in numbers if _agrees(steps[n].effect, present)]
        done |= {number for number in numbers if agreeing and number <= agreeing[-1]}
    return done | set(_gone_with_others(steps, present))


def _is_in_effect(effect: Effect, present: Present) -> bool:
    """Whether the database is as this alone would leave it; for effects without an index's name."""
    if isinstance(effect, CreatedIndex):
        return present.has_like(effect.definition)
    if isinstance(effect, CreatedTable):
        return present.table(effect.schema, effect.name) is not None
    if isinstance(effect, DroppedTable | RenamedTable):
        return present.table(effect.schema, effect.name) is None
    return isinstance(effect, RenamedColumn | DroppedColumn) and _is_gone(effect, present)


def _agrees(effect: Effect, present: Present) -> bool:
    """Whether the database is as it would be just behind this."""
    if isinstance(effect, CreatedIndex) and effect.name is not None:
        index = _index_of(effect, present)
        return index is not None and present.is_like(index, effect.definition)
    if isinstance(effect, DroppedIndex | RenamedIndex):
        return present.index(effect.schema, effect.name) is None
    if isinstance(effect, AddedConstraint) and effect.name is not None:
        return _index_of(effect, present) is not None
    return False


def _index_of(effect: CreatedIndex | AddedConstraint, present: Present) -> Name | None:
    """The index of that name; it is in the schema of its table."""
    table = present.table(effect.schema, effect.table)
    if table is None or effect.name is None:
        return None
    return present.index(table[0], effect.name)


def _gone_with_others(steps: Sequence[Step], present: Present) -> Iterator[int]:
    """Steps on a table or column that a later one drops, and that is not there."""
    tables: set[str] = set()
    columns: set[tuple[str, str]] = set()
    for number in reversed(range(len(steps))):
        effect = steps[number].effect
        if isinstance(effect, DroppedTable) and _is_in_effect(effect, present):
            tables.add(effect.name)
        elif isinstance(effect, DroppedColumn) and _is_gone(effect, present):
            columns.add((effect.table, effect.name))
        elif _made_on(effect) in tables or _holds(effect, columns):
            yield number


def _made_on(effect: Effect) -> str | None:
    """The table that is made, or that something is made on."""
    if isinstance(effect, CreatedIndex | AddedConstraint):
        return effect.table
    return effect.name if isinstance(effect, CreatedTable) else None


def _holds(effect: Effect, columns: Collection[tuple[str, str]]) -> bool:
    """Whether an index is on any of the (table, column)."""
    if not isinstance(effect, CreatedIndex):
        return False
    names = [key.text for key in effect.definition.keys if not key.is_expression]
    return any((effect.table, name) in columns for name in [*names, *effect.definition.include])


def _last_evident(
    steps: Sequence[Step], done: Collection[int], present: Present
) -> dict[PurePath, int]:
    """By folder the last step that has left a table or an index in the database."""
    last: dict[PurePath, int] = {}
    for number, step in enumerate(steps):
        effect = step.effect
        has_left = isinstance(effect, CreatedIndex) or (
            isinstance(effect, CreatedTable)
            and present.table(effect.schema, effect.name) is not None
        )
        if number in done and has_left:
            last[step.folder] = number
    return last


def _is_contradicted(effect: Effect, present: Present) -> bool:
    """Whether the database has something of that name, or could not tell either way."""
    if isinstance(effect, Reindexed):
        return True
    if isinstance(effect, AddedConstraint):
        return effect.name is None
    if isinstance(effect, CreatedIndex):
        return _index_of(effect, present) is not None
    return isinstance(effect, DroppedIndex | RenamedIndex)
