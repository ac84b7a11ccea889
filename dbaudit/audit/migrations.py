"""Migrations that are still to run, held against the target and its workload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbaudit.advise.try_changes import Trial, try_changes
from dbaudit.audit.applied import TABLE, applied_migrations
from dbaudit.audit.migration_changes import Changes, drops, new_indexes
from dbaudit.audit.migration_lint import with_lint
from dbaudit.audit.migration_tables import claim_rows, drop_rows, effect_rows, index_rows
from dbaudit.audit.present import target_present
from dbaudit.audit.propose import ProposeOptions, open_planner, planned_variants
from dbaudit.audit.steps import Steps
from dbaudit.audit.workload import Workload
from dbaudit.errors import ShadowError
from dbaudit.migration_files.folder import MigrationFolder
from dbaudit.migration_files.migration import Migration, Problem
from dbaudit.migration_files.pending import pending_steps
from dbaudit.snapshot.snapshot import Note, Snapshot, frame_of
from dbaudit.targets.session import Session

_EFFECTS, _CLAIMS, _DROPS = "migration_effects", "migration_claims", "migration_drops"

_NO_QUERY = "no query could be planned, so what the migrations' indexes do to queries was not tried"


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """The folders to check, and the planner that tries what they hold."""

    folders: tuple[MigrationFolder, ...]
    propose: ProposeOptions = field(default_factory=ProposeOptions)


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
    changes = Changes(new_indexes(pending, present), drops(pending, present), present)
    open_ones = [m for m in migrations if m.key not in applied.get(m.tool, ())]
    notes += _problems(options.folders, open_ones)
    trial, reason = _trial(session, snapshot, workload, options.propose, changes, steps)
    frames = {
        TABLE: frame_of(TABLE, index_rows(changes, trial)),
        _DROPS: frame_of(_DROPS, drop_rows(changes)),
    }
    if trial is not None:
        frames[_EFFECTS] = frame_of(_EFFECTS, effect_rows(changes, trial))
        frames[_CLAIMS] = frame_of(_CLAIMS, claim_rows(changes, trial, workload))
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


def _untried(changes: Changes, trial: Trial) -> Iterator[Note]:
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
    changes: Changes,
    steps: Steps,
) -> tuple[Trial | None, str]:
    """The trial, or why there is none; without changes nothing is started."""
    if not changes.new and not changes.drops:
        return Trial({}, {}, {}), ""
    if not any(entry.plan for entry in workload.explained):
        return None, _NO_QUERY
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
