"""The shadow's statements, one file each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `<name>.sql` in this folder."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
