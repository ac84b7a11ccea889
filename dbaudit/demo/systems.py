"""The example systems that ship with dbaudit: one folder each below `examples/`."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.share import shared_folder

_DESCRIPTION = "system.toml"


@dataclass(frozen=True, slots=True)
class System:
    """One example system.

    `unit` is the word for what its scale counts ("chunks") and the placeholder that the load steps
    have for it. Below `least_scale` the distributions mean nothing.
    """

    name: str
    title: str
    summary: str
    folder: Path
    unit: str
    default_scale: int
    least_scale: int

    @property
    def steps(self) -> tuple[Path, ...]:
        """The SQL files that make and fill the tables, in order."""
        return (self.folder / "schema.sql", *sorted((self.folder / "load").glob("*.sql")))

    @property
    def queries(self) -> Path:
        """The folder of the registered queries."""
        return self.folder / "queries"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "dbaudit.toml"

    @property
    def hand_written_indexes(self) -> Path:
        """The indexes that the system's own authors made, to compare with."""
        return self.folder / "hand-written-indexes.sql"


def list_systems() -> list[System]:
    """Every example system, by name."""
    descriptions = sorted(shared_folder("examples").glob(f"*/{_DESCRIPTION}"))
    return [_system(path.parent) for path in descriptions]


def find_system(name: str) -> System:
    """The system of that name. Raises UsageError with the nearest name for an unknown one."""
    systems = {system.name: system for system in list_systems()}
    if name in systems:
        return systems[name]
    near = difflib.get_close_matches(name, systems, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(systems)}"
    raise UsageError(f"no example system is called {name!r}; {hint}")


def _system(folder: Path) -> System:
    table = tomllib.loads((folder / _DESCRIPTION).read_text("utf-8"))
    return System(name=folder.name, folder=folder, **table)
