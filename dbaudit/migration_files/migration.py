"""A migration as a value, whatever tool it was written for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dbaudit.migration_files.effects import Effect


class Tool(StrEnum):
    """What runs a migration."""

    SQL = "sql"
    ALEMBIC = "alembic"
    DJANGO = "django"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. `text` begins at `text_line` of the file, perhaps with comments; `line` is
    that of its first word. `comment` is what stands above it, `reason` why it could not be read."""

    text: str
    text_line: int
    line: int
    comment: str = ""
    effects: tuple[Effect, ...] = ()
    is_in_transaction: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What of a file could not be read, and why."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `key` is what the tool's own table calls it: (revision,) or (app, name).

    `parents` are the keys of those that must run before.
    """

    file: str
    tool: Tool
    statements: tuple[Statement, ...]
    key: tuple[str, ...] = ()
    parents: tuple[tuple[str, ...], ...] = ()
    problems: tuple[Problem, ...] = ()
