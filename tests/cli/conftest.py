"""Run dbaudit as a person does: through its entry point, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and both streams."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    def rules(self) -> set[str]:
        return {finding["rule"] for finding in self.json["findings"]}


Run = Callable[..., Done]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's environment without anything that names a database."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and name not in ("DATABASE_URL", "DBAUDIT_DSN")
    }
    return {**kept, "NO_COLOR": "1", "COLUMNS": "100", **(extra or {})}


COMMAND = (sys.executable, "-m", "dbaudit")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("scan", dsn, stdin=…, env=…)` in the test's folder."""

    def go(
        *arguments: str | Path, stdin: str | None = None, env: Mapping[str, str] | None = None
    ) -> Done:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment({"XDG_STATE_HOME": str(tmp_path / "state"), **(env or {})}),
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return go


@pytest.fixture
def queries(tmp_path: Path) -> Callable[[str], Path]:
    """Register queries in the test's folder."""

    def write(text: str) -> Path:
        path = tmp_path / "queries" / "test.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write
