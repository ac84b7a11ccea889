"""Imports run downwards only, and heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "dbaudit"

#: Rooms from the bottom up; a room may import itself and what stands in an earlier line.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "__init__", "share"),
    ("findings", "identifiers", "trace", "units"),
    ("config", "index_definition", "query"),
    ("targets", "squawk"),
    ("snapshot", "workload"),
    ("plans", "rules", "shadow", "migration_files", "traffic"),
    ("advise", "migrate", "report"),
    ("audit", "testing"),
    ("demo",),
    ("cli",),
    ("__main__",),
)
#: Within a line a room may import only these neighbours.
NEIGHBOURS = {
    ("migrate", "advise"),  # a plan file is an advice
    ("report", "advise"),
}

#: Library -> the rooms that may import it.
ONLY_IN = {
    "psycopg": {"targets"},
    "duckdb": {"snapshot", "rules"},
    "sqlglot": {"workload", "advise"},
    "typer": {"cli"},
    "subprocess": {"targets", "shadow", "squawk"},  # programs are started at the edges
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def _imports(path: Path) -> list[str]:
    return list(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _level(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path: Path) -> None:
    room = _room(path)
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] != "dbaudit" or len(parts) < 2:
            continue
        other = parts[1]
        if not (PACKAGE / other).is_dir() and not (PACKAGE / f"{other}.py").exists():
            continue  # a name of dbaudit/__init__.py
        allowed = other == room or _level(other) < _level(room) or (room, other) in NEIGHBOURS
        assert allowed, f"{path.relative_to(PACKAGE)} ({room}) imports {name}"


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    for name in _imports(path):
        rooms = ONLY_IN.get(name.split(".")[0])
        assert rooms is None or _room(path) in rooms, f"{path.name} imports {name}"


def test_the_version_needs_no_heavy_library() -> None:
    script = (
        "import sys; from dbaudit.cli import _run; _run(['--version']);"
        "print(sorted({'pandas', 'duckdb', 'sqlglot', 'psycopg', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
