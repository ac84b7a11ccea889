"""The folders of migrations that a scan is to check."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbaudit.config import Config
from dbaudit.errors import UsageError

if TYPE_CHECKING:
    from dbaudit.cli.console import Streams
    from dbaudit.migration_files.folder import MigrationFolder
    from dbaudit.rules.rule import Rule
    from dbaudit.snapshot.snapshot import Snapshot

_MOST_NOTES = 10


def migration_folders(given: Sequence[Path] | None, config: Config) -> tuple[MigrationFolder, ...]:
    """The folders that the command names, else those of the configuration, as read.

    Raises UsageError for one that is not there or holds no migration.
    """
    from dbaudit.migration_files.folder import read_folder

    return tuple(read_folder(path, Path.cwd()) for path in given or config.migration_folders)


def without_migrations(rules: Sequence[Rule], wanted: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules but for those about migrations, which have nothing to say without any.

    Raises UsageError when one of those is among the wanted.
    """
    from dbaudit.rules.load import is_about_migrations

    idle = [rule.id for rule in rules if rule.id in wanted and is_about_migrations(rule)]
    if idle:
        raise UsageError(f"--only {idle[0]}: name the migrations to check with --migrations DIR")
    return tuple(rule for rule in rules if not is_about_migrations(rule))


def tell_notes(snapshot: Snapshot, streams: Streams) -> None:
    """What of the migrations could not be read or tried, a line each."""
    from dbaudit.rules.load import is_of_migrations

    notes = [note.reason for note in snapshot.notes if is_of_migrations(note.table)]
    reasons = list(dict.fromkeys(notes))
    for reason in reasons[:_MOST_NOTES]:
        streams.note(f"note: {reason}")
    if len(reasons) > _MOST_NOTES:
        streams.note(f"note: and {len(reasons) - _MOST_NOTES} more; --format json has them all")
