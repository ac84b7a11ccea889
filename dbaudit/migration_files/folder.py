"""A folder of migrations: every file below it, read by what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.migration_files.alembic_file import is_alembic, read_alembic
from dbaudit.migration_files.django_file import read_django
from dbaudit.migration_files.django_source import DjangoFile, app_label, is_django
from dbaudit.migration_files.migration import Migration, Problem, parents_first
from dbaudit.migration_files.python_source import Source, parse_source, read_source, read_text
from dbaudit.migration_files.sql_file import is_down_file, read_sql_file
from dbaudit.workload.token_reader import UnreadableError

_SKIPPED_FOLDERS = frozenset(("__pycache__", "node_modules", ".git", ".venv", "venv"))
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class MigrationFolder:
    """The migrations below one folder in the order in which they run, and what was not read."""

    path: Path
    migrations: tuple[Migration, ...]
    problems: tuple[Problem, ...] = ()


def read_folder(path: Path, here: Path) -> MigrationFolder:
    """Read a folder, or one file; names are relative to `here` where it lies below.

    A file that cannot be read is a problem, not an error. Raises UsageError for a path that does
    not exist, and for one without any migration.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such folder of migrations")
    files = sorted(_files(path), key=_natural) if path.is_dir() else [path]
    reader = _FolderReader(here)
    for file in files:
        reader.read(file, file.relative_to(path) if path.is_dir() else Path(file.name))
    migrations = [*reader.sql, *_alembic_order(reader.alembic), *reader.django_migrations()]
    if not migrations and not reader.problems:
        raise UsageError(
            f"{path}: no migrations in it; expected .sql files, Alembic revisions or Django's"
        )
    return MigrationFolder(path, tuple(migrations), tuple(reader.problems))


def _files(path: Path) -> Iterator[Path]:
    for entry in path.rglob("*"):
        below = entry.relative_to(path).parts[:-1]
        is_skipped = any(part in _SKIPPED_FOLDERS for part in below)
        if entry.suffix in (".sql", ".py") and entry.is_file() and not is_skipped:
            yield entry


def _natural(path: Path) -> tuple[list[tuple[int, str]], ...]:
    """2_b before 10_a."""
    return tuple(
        [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in _DIGITS.split(part)]
        for part in path.parts
    )


class _FolderReader:
    def __init__(self, here: Path) -> None:
        self._here = here
        self.sql: list[Migration] = []
        self.alembic: list[Migration] = []
        self.problems: list[Problem] = []
        self._django: dict[str, list[DjangoFile]] = {}

    def read(self, file: Path, below: Path) -> None:
        """Read one file; `below` is its path in the folder that was named."""
        if file.suffix == ".sql" and is_down_file(below):
            return
        name = self._name(file)
        try:
            text = read_text(file)
            if file.suffix == ".sql":
                self.sql.append(read_sql_file(text, name))
            else:
                self._read_python(parse_source(text), file, name)
        except UnreadableError as error:
            self.problems.append(Problem(name, None, str(error)))

    def django_migrations(self) -> Iterator[Migration]:
        """Those of every app."""
        for files in self._django.values():
            yield from read_django(files)

    def _read_python(self, source: Source, file: Path, name: str) -> None:
        if is_alembic(source):
            self.alembic.append(read_alembic(source, name))
        elif is_django(source):
            app = _app_label(file.parent.parent)
            self._django.setdefault(app, []).append(DjangoFile(app, file.stem, name, source))

    def _name(self, file: Path) -> str:
        path = file.absolute()
        return str(path.relative_to(self._here)) if path.is_relative_to(self._here) else str(file)


def _app_label(folder: Path) -> str:
    """The label that the app's configuration gives it, else its folder's name."""
    try:
        label = app_label(read_source(folder / "apps.py"))
    except UnreadableError:  # Django has no configuration either then
        label = None
    return label or folder.resolve().name


def _alembic_order(found: Iterable[Migration]) -> list[Migration]:
    by_key = {one.key: one for one in found}
    order = parents_first({key: one.parents for key, one in by_key.items()})
    return [by_key[key] for key in order]
