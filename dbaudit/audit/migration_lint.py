"""What squawk says of pending statements on indexes: the table `migration_lint`."""

from __future__ import annotations

from typing import Any

from dbaudit.audit.migration_changes import migration_name, pending_statements
from dbaudit.audit.present import TargetPresent
from dbaudit.migration_files.effects import (
    AddedConstraint,
    CreatedIndex,
    DroppedIndex,
    Effect,
    Reindexed,
)
from dbaudit.migration_files.migration import Migration
from dbaudit.migration_files.pending import Pending, Step
from dbaudit.migration_files.script import script_of
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.squawk import HOW_TO_INSTALL, SquawkError, SquawkWarning, find_squawk, run_squawk

TABLE = "migration_lint"

#: Squawk's rules about locks that indexes take. What fails in a transaction the rule
#: migration-index-fails tells, with or without squawk; columns, types and so on are not our matter.
_ABOUT_INDEXES = frozenset(
    (
        "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
        "require-concurrent-reindex",
        "disallowed-unique-constraint",
        "adding-serial-primary-key-field",
    )
)
_SYNTAX_ERROR = "syntax-error"


def with_lint(snapshot: Snapshot, pending: Pending, present: TargetPresent) -> Snapshot:
    """The snapshot with the table, or with a note that says why there is none."""
    program = find_squawk()
    if program is None:
        return snapshot.with_frames({}, [Note(TABLE, HOW_TO_INSTALL)])
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for migration, steps in pending_statements(pending):
        script = script_of(migration)
        try:
            said = run_squawk(program, script.text, migration.file, snapshot.target.version)
        except SquawkError as error:
            return snapshot.with_frames({}, [Note(TABLE, f"{migration.file}: {error}")])
        by_line = {id(step.statement): step for step in steps}
        for one in said:
            statement = script.statement_at(one.line)
            if one.code == _SYNTAX_ERROR and statement is not None:
                place = f"{migration.file}:{statement.line}"
                notes.append(Note(TABLE, f"{place}: squawk cannot read it: {one.message}"))
            step = by_line.get(id(statement))
            if step is not None and one.code in _ABOUT_INDEXES:
                rows.append(_row(migration, step, one, pending, present))
    return snapshot.with_frames({TABLE: frame_of(TABLE, rows)}, notes[:1])


def _row(
    migration: Migration,
    step: Step,
    said: SquawkWarning,
    pending: Pending,
    present: TargetPresent,
) -> dict[str, Any]:
    schema, table, index = _objects(step.effect, present)
    return {
        "file": migration.file,
        "line": step.statement.line,
        "migration": migration_name(migration),
        "tool": str(migration.tool),
        "schemaname": schema,
        "tablename": table,
        "indexname": index,
        "code": said.code,
        "message": said.message,
        "help": said.help,
        "is_new_table": schema is None and table in pending.new_tables,
    }


def _objects(effect: Effect, present: TargetPresent) -> tuple[str | None, str | None, str | None]:
    """Schema, table and index or constraint that a statement is on."""
    if isinstance(effect, CreatedIndex | AddedConstraint):
        placed = present.table(effect.schema, effect.table)
        name = effect.name
        if name is None and isinstance(effect, CreatedIndex):
            name = effect.definition.name
        return placed[0] if placed else None, effect.table, name
    if isinstance(effect, Reindexed) and effect.kind == "table" and effect.name:
        placed = present.table(effect.schema, effect.name)
        return placed[0] if placed else None, effect.name, None
    is_index = isinstance(effect, DroppedIndex) or (
        isinstance(effect, Reindexed) and effect.kind == "index"
    )
    if is_index and isinstance(effect, DroppedIndex | Reindexed) and effect.name:
        index = present.index(effect.schema, effect.name)
        if index is None:
            return effect.schema, None, effect.name
        table, existing = present.existing(index)
        return *table, existing.name
    return None, None, None
