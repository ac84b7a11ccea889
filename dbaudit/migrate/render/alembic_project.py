"""An Alembic project, read without running any of it: its revisions, and how it names files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from dbaudit.errors import UsageError
from dbaudit.migrate.render.alembic_config import AlembicConfig, config_above, config_in
from dbaudit.migrate.render.python_source import list_folder, read_module
from dbaudit.migration_files.python_source import text_of, texts_of
from dbaudit.workload.token_reader import UnreadableError

#: As alembic/script/base.py has them.
_IGNORED = re.compile(r"\.#|__init__")
_LEGACY = re.compile(r"([a-f0-9]+)\.py\Z")


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision file; `parents` are the revisions that it comes after."""

    id: str
    parents: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class AlembicProject:
    """Where the next revision goes: the folder, and the revision before it (None for the first)."""

    folder: Path
    parent: str | None
    file_template: str
    truncate_slug_length: int


def read_alembic_project(folder: Path, after: str | None = None) -> AlembicProject:
    """The project that a versions folder, a folder with env.py or one with alembic.ini belongs to.

    `after` is the revision that the next one follows, or its beginning; it is needed where there
    are several heads. Raises UsageError.
    """
    config, folders = _locations(folder)
    revisions = [revision for one in folders for revision in _revisions(one, config.is_recursive)]
    parent = _parent(folder, revisions, after)
    place = folders[0]
    if parent is not None:  # not in a folder by date, which file_template adds itself
        place = next(one for one in folders if parent.path.is_relative_to(one))
    return AlembicProject(
        place, parent.id if parent else None, config.file_template, config.truncate_slug_length
    )


def _locations(folder: Path) -> tuple[AlembicConfig, list[Path]]:
    """The configuration and the folders of the revisions."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; {_EXPECTED}")
    found = config_in(folder) or config_above(folder)
    if found is not None:
        return found, [one for one in found.version_locations if one.is_dir()] or _none(folder)
    if (folder / "env.py").is_file():
        versions = folder / "versions"
        return AlembicConfig(folder, (versions,)), [versions] if versions.is_dir() else _none(
            folder
        )
    if (folder.parent / "env.py").is_file() or any(map(_is_revision, list_folder(folder))):
        return AlembicConfig(folder.parent, (folder,)), [folder]
    return _none(folder)


_EXPECTED = "expected a folder with alembic.ini, with env.py, or with revisions"


def _none(folder: Path) -> NoReturn:
    raise UsageError(f"{folder}: is no Alembic project with a versions folder; {_EXPECTED}")


def _is_revision(path: Path) -> bool:
    if path.suffix != ".py" or _IGNORED.match(path.name) or not path.is_file():
        return False
    return "revision" in read_module(path).names


def _revisions(folder: Path, is_recursive: bool) -> list[Revision]:
    found = []
    for path in list_folder(folder):
        if path.is_dir() and is_recursive and path.name != "__pycache__":
            found += _revisions(path, is_recursive)
        elif path.suffix == ".py" and not _IGNORED.match(path.name) and path.is_file():
            found.append(_revision(path))
    return found


def _revision(path: Path) -> Revision:
    names = read_module(path).names
    legacy = _LEGACY.match(path.name)
    if "revision" not in names and legacy is None:
        raise UsageError(f"{path}: holds no `revision = …`; Alembic reads every file of the folder")
    try:
        identifier = text_of(names.get("revision"), names) or (legacy[1] if legacy else "")
        parents = texts_of(names.get("down_revision"), names)
    except UnreadableError as error:
        raise UsageError(
            f"{path}: write out revision and down_revision: dbaudit does not run your code, and "
            f"{error}"
        ) from None
    return Revision(identifier, tuple(parents), path)


def _parent(folder: Path, revisions: list[Revision], after: str | None) -> Revision | None:
    """The revision that the next one comes after."""
    followed = {parent for revision in revisions for parent in revision.parents}
    heads = [revision for revision in revisions if revision.id not in followed]
    names = ", ".join(sorted(head.id for head in heads))
    if after is not None:
        chosen = [head for head in heads if head.id.startswith(after)]
        if len(chosen) != 1:
            raise UsageError(f"--after {after}: expected one head of {folder}: {names or 'none'}")
        return chosen[0]
    if len(heads) > 1:
        raise UsageError(
            f"{folder}: has {len(heads)} heads ({names}); name the one to go on from with "
            "--after REVISION, or merge them first (alembic merge heads)"
        )
    if revisions and not heads:
        raise UsageError(f"{folder}: its revisions go round in a circle: none of them is the last")
    return heads[0] if heads else None
