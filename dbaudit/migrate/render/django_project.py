"""The apps of a Django project and their migrations, read without running any of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.migrate.render.python_source import list_folder, read_module
from dbaudit.migration_files.django_source import DjangoFile, app_label, has_migration

#: Folders that hold other people's code.
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})

_SQUASHED = re.compile(r"\d+_squashed_(\d+)")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class App:
    """An app with its migrations, each after those that it depends on; the last is the leaf."""

    label: str
    folder: Path
    migrations: tuple[DjangoFile, ...]
    next_number: int

    @property
    def leaf(self) -> str:
        """The name of the migration that the next one depends on."""
        return self.migrations[-1].name


def read_apps(folder: Path) -> tuple[App, ...]:
    """The apps of a project's folder, of an app's folder, or of a folder of migrations.

    Raises UsageError where there is none, or where one cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; {_EXPECTED}")
    found = [_app(place) for place in _migration_folders(folder)]
    apps = tuple(app for app in found if app is not None)
    if not apps:
        raise UsageError(f"{folder}: holds no migrations of Django; {_EXPECTED}")
    return apps


_EXPECTED = "expected a project, an app, or an app's migrations folder with its first migration"


def _migration_folders(folder: Path) -> Iterator[Path]:
    if any(has_migration(read_module(path)) for path in _python_files(folder)):
        yield folder
        return
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _FOREIGN
            and not (Path(place) / name / "pyvenv.cfg").exists()
        )
        if Path(place).name == "migrations" and "__init__.py" in files:
            yield Path(place)


def _python_files(folder: Path) -> list[Path]:
    """The files that Django takes for migrations (MigrationLoader.load_disk)."""
    return [
        path
        for path in list_folder(folder)
        if path.suffix == ".py" and path.name[0] not in "_~" and path.is_file()
    ]


def _app(folder: Path) -> App | None:
    label = _label(folder)
    read = [
        DjangoFile(label, path.stem, str(path), read_module(path)) for path in _python_files(folder)
    ]
    migrations = {file.name: file for file in read if has_migration(file.source)}
    if not migrations:
        return None
    number = max(_last_number(name) for name in migrations) + 1
    return App(label, folder, _in_order(label, migrations), number)


def _label(migrations: Path) -> str:
    """That of the app's configuration, else its folder's name."""
    app = migrations.resolve().parent
    config = app / "apps.py"
    return (app_label(read_module(config)) if config.is_file() else None) or app.name


def _own(file: DjangoFile, attribute: str) -> set[str]:
    """The migrations of the app itself among those that it names there."""
    return {name for app, name in file.keys(attribute) if app == file.app}


def _in_order(label: str, migrations: Mapping[str, DjangoFile]) -> tuple[DjangoFile, ...]:
    """Each after those that it depends on. Raises UsageError where the last is not one alone."""
    stands_for = {
        old: new.name
        for new in migrations.values()
        for old in _own(new, "replaces")
        if old in migrations
    }

    def present(name: str) -> str:
        while name in stands_for:
            name = stands_for[name]
        return name

    parents = {
        name: {present(parent) for parent in _own(file, "dependencies")} & set(migrations)
        for name, file in migrations.items()
        if name not in stands_for
    }
    for old, new in stands_for.items():
        theirs = map(present, _own(migrations[old], "dependencies"))
        parents.get(present(new), set()).update(theirs)
    for name, before in parents.items():
        before.discard(name)
        before &= set(parents)
    leaves = sorted(set(parents).difference(*parents.values()))
    if len(leaves) != 1:
        what = f"several last migrations ({', '.join(leaves)})" if leaves else "no last migration"
        raise UsageError(
            f"the app {label} has {what}; merge them first (manage.py makemigrations --merge)"
        )
    order = TopologicalSorter({name: sorted(parents[name]) for name in sorted(parents)})
    try:
        return tuple(migrations[name] for name in order.static_order())
    except CycleError:
        raise UsageError(
            f"the app {label}: the migrations before {leaves[0]} go round in a circle"
        ) from None


def _last_number(name: str) -> int:
    """As MigrationAutodetector.parse_number."""
    match = _SQUASHED.match(name) or _NUMBER.match(name)
    return int(match[1]) if match else 0
