"""The styles in which a plan is written down, and where its files go."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import UsageError
from dbaudit.migrate.render.alembic_project import AlembicProject, read_alembic_project
from dbaudit.migrate.render.alembic_revision import alembic_revisions
from dbaudit.migrate.render.changes import changes_of
from dbaudit.migrate.render.django_migration import django_migrations
from dbaudit.migrate.render.django_project import read_apps
from dbaudit.migrate.render.django_state import AppState, state_of
from dbaudit.migrate.render.python_source import list_folder
from dbaudit.migrate.render.sql_files import sql_files

#: Gives the files of a plan, by path, and their text. Raises UsageError.
Render = Callable[[Plan], Mapping[Path, str]]


class Style(StrEnum):
    """How migrations are written."""

    SQL = "sql"
    ALEMBIC = "alembic"
    DJANGO = "django"


@dataclass(frozen=True, slots=True)
class Place:
    """Where migrations go, and what they come after.

    `after` is a head of an Alembic project, `app` the Django app that takes the indexes of tables
    without a model; both None where the project leaves no choice.
    """

    folder: Path
    after: str | None = None
    app: str | None = None


def parse_style(name: str) -> Style:
    """The style of that name. Raises UsageError."""
    try:
        return Style(name)
    except ValueError:
        known = ", ".join(Style)
        raise UsageError(f"--style {name!r}: unknown; known are {known}") from None


def renderer(style: Style, place: Place) -> Render:
    """What writes plans down in that style; the project that they go to is read now.

    Raises UsageError where there is no such project, or it leaves a choice that `place` does not
    make.
    """
    if place.after is not None and style is not Style.ALEMBIC:
        raise UsageError("--after goes with --style alembic")
    if place.app is not None and style is not Style.DJANGO:
        raise UsageError("--app goes with --style django")
    match style:
        case Style.SQL:
            return _sql(place.folder)
        case Style.ALEMBIC:
            return _alembic(read_alembic_project(place.folder, place.after))
        case Style.DJANGO:
            states = [state_of(app) for app in read_apps(place.folder)]
            return _django(states, place.app)


def _sql(folder: Path) -> Render:
    existing = [path.name for path in list_folder(folder)] if folder.exists() else []

    def render(plan: Plan) -> Mapping[Path, str]:
        files = sql_files(changes_of(plan), existing)
        return {folder / name: text for name, text in files.items()}

    return render


def _alembic(project: AlembicProject) -> Render:
    def render(plan: Plan) -> Mapping[Path, str]:
        changes = changes_of(plan)
        # As alembic.util.rev_id makes them.
        ids = [uuid.uuid4().hex[-12:] for _ in changes]
        return alembic_revisions(changes, project, ids, datetime.now())

    return render


def _django(states: list[AppState], app: str | None) -> Render:
    def render(plan: Plan) -> Mapping[Path, str]:
        return django_migrations(changes_of(plan), states, app)

    return render
