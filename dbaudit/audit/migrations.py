"""Migrations that are still to run, held against the target and its workload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaudit.advise.try_changes import Effect, Trial, TriedIndex, try_changes
from dbaudit.audit.applied import TABLE, applied_migrations
from dbaudit.audit.migration_changes import (
    Drop,
    NewIndex,
    drops,
    migration_name,
    new_indexes,
    replacement,
    standing,
)
from dbaudit.audit.migration_lint import with_lint
from dbaudit.audit.present import TargetPresent, target_present
from dbaudit.audit.propose import ProposeOptions, open_planner, planned_variants
from dbaudit.audit.steps import Steps
from dbaudit.audit.workload import Workload
from dbaudit.errors import ShadowError
from dbaudit.migration_files.claims import claimed_queries
from dbaudit.migration_files.folder import MigrationFolder
from dbaudit.migration_files.migration import Migration, Problem, Statement
from dbaudit.migration_files.pending import pending_steps
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.targets.session import Session

_EFFECTS, _CLAIMS, _DROPS = "migration_effects", "migration_claims", "migration_drops"


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """The folders to check, and the planner that tries what they hold."""

    folders: tuple[MigrationFolder, ...]
    propose: ProposeOptions = field(default_factory=ProposeOptions)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What the pending migrations would do to indexes."""

    new: Sequence[NewIndex]
    drops: Sequence[Drop]
    present: TargetPresent


def with_migrations(
    session: Session,
    snapshot: Snapshot,
    workload: Workload,
    options: MigrationOptions,
    steps: Steps,
) -> Snapshot:
    """The snapshot with the tables `migration_…`, or notes that say why one is absent.

    Raises TargetError when the connection is lost.
    """
    migrations = [one for folder in options.folders for one in folder.migrations]
    present = target_present(snapshot)
    applied, notes = applied_migrations(session, snapshot, migrations)
    pending = pending_steps(migrations, applied, present)
    changes = _Changes(new_indexes(pending, present), drops(pending, present), present)
    open_ones = [m for m in migrations if m.key not in applied.get(m.tool, ())]
    notes += _problems(options.folders, open_ones)
    trial, reason = None, "no query could be planned"
    if any(entry.plan for entry in workload.explained):
        trial, reason = _trial(session, snapshot, workload, options.propose, changes, steps)
    frames = {
        TABLE: frame_of(TABLE, _index_rows(changes, trial)),
        _DROPS: frame_of(_DROPS, _drop_rows(changes)),
    }
    if trial is not None:
        frames[_EFFECTS] = frame_of(_EFFECTS, _effect_rows(changes, trial))
        frames[_CLAIMS] = frame_of(_CLAIMS, _claim_rows(changes, trial, workload))
        notes += _untried(changes, trial)
    else:
        notes += [Note(_EFFECTS, reason), Note(_CLAIMS, reason)]
    return with_lint(snapshot.with_frames(frames, notes), pending, present)


def _problems(folders: Sequence[MigrationFolder], open_ones: Sequence[Migration]) -> list[Note]:
    found = [problem for folder in folders for problem in folder.problems]
    for migration in open_ones:
        found += migration.problems
        found += [
            Problem(migration.file, one.line, one.reason)
            for one in migration.statements
            if one.reason is not None
        ]
    return [Note(TABLE, str(problem)) for problem in found]


def _untried(changes: _Changes, trial: Trial) -> Iterator[Note]:
    """The indexes that could not be tried, those on tables that nobody makes, and drops."""
    if trial.unpriced is not None:
        yield Note(_EFFECTS, f"what the dropped indexes are worth was not tried: {trial.unpriced}")
    for one in changes.new:
        place = f"{one.migration.file}:{one.statement.line}"
        if one.placed is None and not one.is_new_table:
            table = one.effect.table
            yield Note(_EFFECTS, f"{place}: {one.name} was not tried: there is no table {table}")
        elif one.placed is not None and (reason := trial.tried[one.placed].reason):
            yield Note(_EFFECTS, f"{place}: {one.name} was not tried: {reason}")


def _trial(
    session: Session,
    snapshot: Snapshot,
    workload: Workload,
    options: ProposeOptions,
    changes: _Changes,
    steps: Steps,
) -> tuple[Trial | None, str]:
    """The trial, or why there is none; without changes nothing is started."""
    if not changes.new and not changes.drops:
        return Trial({}, {}, {}), ""
    new = {one.placed: None for one in changes.new if one.placed is not None}
    dropped = [(drop.table, drop.existing.name) for drop in changes.drops]
    try:
        with (
            steps.step("trying the migrations", None),
            open_planner(session, snapshot, workload, options.planner) as planner,
        ):
            variants = planned_variants(workload)
            return try_changes(snapshot, variants, planner, list(new), dropped), ""
    except ShadowError as error:
        return None, str(error)


def _place(migration: Migration, statement: Statement) -> dict[str, Any]:
    return {
        "file": migration.file,
        "line": statement.line,
        "migration": migration_name(migration),
        "tool": str(migration.tool),
    }


def _index_rows(changes: _Changes, trial: Trial | None) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(changes.new):
        definition = one.placed or one.effect.definition
        stands = standing(one, changes.new[:number], changes.drops, changes.present)
        yield {
            **_place(one.migration, one.statement),
            "schemaname": one.placed.schema if one.placed else None,
            "tablename": definition.table,
            "indexname": one.name,
            "definition": " ".join(one.statement.text.split()),
            "amname": definition.method,
            "key_columns": [key.text for key in definition.keys],
            "is_unique": definition.unique,
            "is_partial": definition.where is not None,
            "is_concurrent": one.effect.is_concurrent,
            "is_only": one.effect.is_only,
            "is_in_transaction": one.statement.is_in_transaction,
            "is_new_table": one.is_new_table,
            "same_as": stands.same_as,
            "begins": stands.begins,
            "makes_needless": list(stands.makes_needless),
            **_existing(one, changes.present),
            **_tried(one, trial),
        }


def _existing(one: NewIndex, present: TargetPresent) -> dict[str, Any]:
    """What stands under the name already."""
    index = present.index(one.placed.schema, one.name) if one.placed and one.effect.name else None
    if index is None:
        return {"existing_definition": None, "existing_is_valid": None}
    existing = present.existing(index)[1]
    return {"existing_definition": existing.sql, "existing_is_valid": existing.is_valid}


def _tried(one: NewIndex, trial: Trial | None) -> dict[str, Any]:
    if one.placed is None or trial is None:
        reason = None if trial is None else "its table is not there"
        return {"readers": None, "size_bytes": None, "reason": reason}
    tried = trial.tried[one.placed]
    readers = trial.readers.get((one.placed.schema, one.placed.table), ())
    return {"readers": len(readers), "size_bytes": tried.size_bytes, "reason": tried.reason}


def _drop_rows(changes: _Changes) -> Iterator[dict[str, Any]]:
    for drop in changes.drops:
        yield {
            **_place(drop.migration, drop.statement),
            "schemaname": drop.table[0],
            "tablename": drop.table[1],
            "indexname": drop.existing.name,
            "is_concurrent": drop.effect.is_concurrent,
            "is_in_transaction": drop.statement.is_in_transaction,
            "is_constraint": drop.effect.table is not None,
            "replaced_by": replacement(drop, changes.new, changes.drops, changes.present),
        }


def _effect_rows(changes: _Changes, trial: Trial) -> Iterator[dict[str, Any]]:
    for one in changes.new:
        if one.placed is not None:
            index = (one.placed.schema, one.placed.table, one.name)
            tried: TriedIndex = trial.tried[one.placed]
            yield from (_effect(index, "used", effect) for effect in tried.used)
            yield from (_row(index, "possible", query) for query in tried.possible)
    for drop in changes.drops:
        index = (*drop.table, drop.existing.name)
        for effect in trial.losses.get((drop.table[0], drop.existing.name), ()):
            yield _effect(index, "lost", effect)


def _effect(index: tuple[str, str, str], kind: str, effect: Effect) -> dict[str, Any]:
    return {
        **_row(index, kind, effect.query),
        "cost_before": effect.cost_before,
        "cost_after": effect.cost_after,
        "factor": effect.factor,
    }


def _row(index: tuple[str, str, str], kind: str, query: str) -> dict[str, Any]:
    schema, table, name = index
    return {
        "schemaname": schema,
        "tablename": table,
        "indexname": name,
        "effect": kind,
        "query": query,
    }


def _claim_rows(changes: _Changes, trial: Trial, workload: Workload) -> Iterator[dict[str, Any]]:
    """Of registered queries that the planner took."""
    missed = {one.query for one in trial.not_covered}
    queries = {
        entry.bound.name: None
        for entry in workload.explained
        if entry.bound.query.file is not None and entry.plan and entry.bound.name not in missed
    }
    tables = changes.present.catalog.tables
    names = {name for _, name in tables} | {c for table in tables.values() for c in table.columns}
    for one in changes.new:
        if one.placed is None:
            continue
        own = [one.placed.table, *(key.text for key in one.placed.keys), *one.placed.include]
        readers = trial.readers.get((one.placed.schema, one.placed.table), ())
        for claim in claimed_queries(one.statement.comment, one.name, queries, own, names):
            yield {
                "file": one.migration.file,
                "line": one.statement.line,
                "schemaname": one.placed.schema,
                "tablename": one.placed.table,
                "indexname": one.name,
                "query": claim.query,
                "source": claim.source,
                "is_reader": claim.query in readers,
            }
