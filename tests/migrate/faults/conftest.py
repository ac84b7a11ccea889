"""Scenes on a server, with no process of ours that outlives its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NewDatabase
from tests.migrate.faults.scene import Scene, stage

#: `new_scene(sql, document, *options)`: a fresh database with the plan beside it.
NewScene = Callable[..., Scene]


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
