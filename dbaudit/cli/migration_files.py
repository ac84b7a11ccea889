"""Migrations in files: the options that say where and how, and the writing of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli.console import Streams
from dbaudit.errors import ReportError, UsageError
from dbaudit.report.output import write_file

if TYPE_CHECKING:
    from dbaudit.migrate.render.styles import Render

PLAN_FILE = "plan.json"

StyleName = Annotated[
    str,
    typer.Option(
        "--style",
        metavar="sql|alembic|django",
        help="How migrations are written; DIR is then a folder of SQL files, or (in) a project "
        "of Alembic or Django.",
    ),
]
After = Annotated[
    str | None,
    typer.Option(
        "--after",
        metavar="REVISION",
        help="Of several heads of an Alembic project, the one to go on from.",
    ),
]
App = Annotated[
    str | None,
    typer.Option(
        "--app",
        metavar="LABEL",
        help="The Django app that takes the indexes of tables without a model.",
    ),
]


def renderer(style: str, folder: Path, after: str | None, app: str | None) -> Render:
    """What writes a plan down. Raises UsageError where the folder is no project of that style."""
    from dbaudit.migrate.render import styles

    return styles.renderer(styles.parse_style(style), styles.Place(folder, after, app))


def check_unwritten(style: str, after: str | None, app: str | None) -> None:
    """Refuse what only says how migrations are written, where none are. Raises UsageError."""
    from dbaudit.migrate.render.styles import Style, parse_style

    if parse_style(style) is not Style.SQL or after is not None or app is not None:
        raise UsageError("--style, --after and --app say how migrations are written: give --write")


def write_files(files: Mapping[Path, str], said: Streams) -> None:
    """Put all of the files in their places, or none. Raises ReportError."""
    written: list[Path] = []
    try:
        for path, text in files.items():
            is_new = not path.exists()
            _make_folder(path.parent)
            write_file(path, text)
            written += [path] if is_new else []
    except ReportError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    for path in files:
        said.note(f"written  {path}")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"{folder}: cannot be made: {error.strerror}") from error
