"""The SQL files of this room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sql_file(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return files("dbaudit.migrate").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
