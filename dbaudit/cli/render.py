"""`dbaudit render`: a plan written down as migrations, without asking the database again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbaudit.cli import migration_files as files
from dbaudit.cli import options as opt
from dbaudit.cli.console import streams


def render(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The plan file of `dbaudit advise`, or one SQL migration."
        ),
    ],
    write: Annotated[
        Path,
        typer.Option("--write", metavar="DIR", help="Write the migrations here."),
    ],
    style: files.StyleName = "sql",
    after: files.After = None,
    app: files.App = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
) -> None:
    """Write a plan down as migrations: SQL files, Alembic revisions or Django migrations.

    No database is asked, and no code of the project is run. Each index is a migration of its own,
    so that one that fails can be run again by itself.
    """
    from dbaudit.migrate.plan import read_plan

    made = files.renderer(style, write, after, app)
    files.write_files(made(read_plan(file)), streams(quiet=quiet, no_color=no_color))
