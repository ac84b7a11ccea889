"""`dbaudit init`: a configuration, a folder of queries and a CI workflow to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbaudit.cli.console import streams
from dbaudit.errors import UsageError
from dbaudit.report.output import write_file
from dbaudit.share import shared_folder

#: File of the examples -> where it goes.
FILES = {
    "dbaudit.toml": "dbaudit.toml",
    "init/example.sql": "queries/example.sql",
    "ci/github-actions.yml": ".github/workflows/dbaudit.yml",
}


def init(
    folder: Annotated[
        Path, typer.Argument(help="Where to write.", show_default="the current folder")
    ] = Path(),
) -> None:
    """Write dbaudit.toml, queries/ and a CI workflow.

    Files that exist are left alone.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; create it first")
    out = streams(quiet=False, no_color=False).out
    for source, name in FILES.items():
        path = folder / name
        if path.exists():
            out.print(f"kept     {path}")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, (shared_folder("examples") / source).read_text("utf-8"))
        out.print(f"written  {path}")
    out.print("\nNext: set DBAUDIT_DSN or edit dbaudit.toml, then run: dbaudit scan")
