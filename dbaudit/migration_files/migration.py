"""A migration as a value, whatever tool it was written for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dbaudit.migration_files.effects import Effect

#: What a tool's own table calls a migration: (revision,) or (app, name).
Key = tuple[str, ...]


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
    """One file; `parents` are the keys of those that must run before."""

    file: str
    tool: Tool
    statements: tuple[Statement, ...]
    key: Key = ()
    parents: tuple[Key, ...] = ()
    problems: tuple[Problem, ...] = ()


def parents_first(parents: Mapping[Key, Sequence[Key]]) -> list[Key]:
    """The keys, each after those of its parents that are there; a circle is cut where it is met."""
    done: dict[Key, None] = {}
    for start in parents:
        stack = [start]
        seen: set[Key] = set()
        while stack:
            key = stack[-1]
            seen.add(key)
            known = (one for one in parents[key] if one in parents)
            waiting = [one for one in known if one not in done and one not in seen]
            if waiting:
                stack += reversed(waiting)
            else:
                done.setdefault(stack.pop())
    return list(done)
