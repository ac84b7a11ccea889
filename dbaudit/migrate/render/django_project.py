"""The apps of a Django project and their migrations, read without running any of them."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.migrate.render.python_source import (
    assignments,
    list_folder,
    read_module,
)

#: Folders that hold other people's code.
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})

_SQUASHED = re.compile(r"\d+_squashed_(\d+)")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration file: its class's body, and the names in its own app that it comes after."""

    name: str
    path: Path
    operations: ast.expr | None
    parents: frozenset[str]
    replaces: frozenset[str]


@dataclass(frozen=True, slots=True)
class App:
    """An app with its migrations, each after those that it depends on; the last is the leaf."""

    label: str
    folder: Path
    migrations: tuple[Migration, ...]
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
    if any(_migration_class(path) for path in _python_files(folder)):
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


def _migration_class(path: Path) -> ast.ClassDef | None:
    for statement in read_module(path).body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            return statement
    return None


def _app(folder: Path) -> App | None:
    label = _label(folder)
    read = [_migration(path, label) for path in _python_files(folder)]
    migrations = {migration.name: migration for migration in read if migration is not None}
    if not migrations:
        return None
    number = max(_last_number(name) for name in migrations) + 1
    return App(label, folder, _in_order(label, migrations), number)


def _label(migrations: Path) -> str:
    """AppConfig's label, else the last part of its name, else the folder's name."""
    app = migrations.resolve().parent
    labels = set()
    if (app / "apps.py").is_file():
        for statement in read_module(app / "apps.py").body:
            if isinstance(statement, ast.ClassDef):
                labels.add(_config_label(dict(assignments(statement.body))))
    labels.discard("")
    return labels.pop() if len(labels) == 1 else app.name


def _config_label(values: Mapping[str, ast.expr]) -> str:
    for key in ("label", "name"):
        node = values.get(key)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value.rpartition(".")[2]
    return ""


def _migration(path: Path, label: str) -> Migration | None:
    found = _migration_class(path)
    if found is None:
        return None
    values = dict(assignments(found.body))
    return Migration(
        name=path.stem,
        path=path,
        operations=values.get("operations"),
        parents=frozenset(_names(values.get("dependencies"), label)),
        replaces=frozenset(_names(values.get("replaces"), label)),
    )


def _names(node: ast.expr | None, label: str) -> Iterator[str]:
    """The migrations of the app in a list of ("app", "name")."""
    for item in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Tuple | ast.List) and len(item.elts) == 2:
            app, name = (getattr(part, "value", None) for part in item.elts)
            if app == label and isinstance(name, str):
                yield name


def _in_order(label: str, migrations: Mapping[str, Migration]) -> tuple[Migration, ...]:
    """Each after those that it depends on. Raises UsageError where the last is not one alone."""
    stands_for = {
        old: new.name for new in migrations.values() for old in new.replaces if old in migrations
    }

    def present(name: str) -> str:
        while name in stands_for:
            name = stands_for[name]
        return name

    parents = {
        name: {present(parent) for parent in migration.parents} & set(migrations)
        for name, migration in migrations.items()
        if name not in stands_for
    }
    for old, new in stands_for.items():
        parents.get(present(new), set()).update(map(present, migrations[old].parents))
    for name, before in parents.items():
        before.discard(name)
        before &= set(parents)
    leaves = sorted(set(parents).difference(*parents.values()))
    if len(leaves) != 1:
        what = f"several last migrations ({', '.join(leaves)})" if leaves else "no last migration"
        raise UsageError(
            f"the app {label} has {what}; merge them first (manage.py makemigrations --merge)"
        )
    return tuple(migrations[name] for name in _topological(parents, leaves[0]))


def _topological(parents: Mapping[str, set[str]], leaf: str) -> Sequence[str]:
    order: list[str] = []
    waiting = dict(parents)
    while waiting:
        ready = sorted(name for name, before in waiting.items() if not before & set(waiting))
        if not ready:
            raise UsageError(f"the migrations before {leaf} go round in a circle")
        order += [name for name in ready if name != leaf]
        for name in ready:
            del waiting[name]
    return [*order, leaf]


def _last_number(name: str) -> int:
    """As MigrationAutodetector.parse_number."""
    match = _SQUASHED.match(name) or _NUMBER.match(name)
    return int(match[1]) if match else 0
