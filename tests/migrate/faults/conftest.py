"""Scenes on a server, with no process of ours that outlives its test."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NewDatabase
from tests.migrate.faults.scene import Scene, stage

#: `new_scene(sql, document, *options)`: a fresh database with the plan beside it.
NewScene = Callable[..., Scene]


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_is_heard() -> Iterator[None]:
    """A shell has what it starts in the background ignore Ctrl-C, and so do all who come of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def new_scene(new_database: NewDatabase, tmp_path: Path) -> Iterator[NewScene]:
    made: list[Scene] = []

    def make(sql: str, document: dict[str, Any], *options: str) -> Scene:
        made.append(stage(new_database(sql), tmp_path, document, options))
        return made[-1]

    yield make
    for scene in made:
        for running in scene.started:
            running.end()
