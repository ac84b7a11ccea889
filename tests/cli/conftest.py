"""Run dbaudit through its entry point, in a folder of its own: here, or as a person does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from dbaudit.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and both streams."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err, self.err
        assert "internal error" not in self.err, self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def rules(self) -> set[str]:
        return {finding["rule"] for finding in self.json["findings"]}


Run = Callable[..., Done]
Environment = Mapping[str, str]

COMMAND = (sys.executable, "-m", "dbaudit")


def environment(extra: Environment | None = None) -> dict[str, str]:
    """The process's environment without anything that names a database."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and name not in ("DATABASE_URL", "DBAUDIT_DSN")
    }
    return {**kept, "NO_COLOR": "1", "COLUMNS": "100", **(extra or {})}


def run_here(
    folder: Path, *arguments: str | Path, stdin: str = "", env: Environment | None = None
) -> Done:
    """The command line without a process of its own: no second is spent on imports."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    status = 0
    with (
        mock.patch.dict(os.environ, environment(env), clear=True),
        mock.patch.object(sys, "argv", ["dbaudit", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", given),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return Done(status, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def run_process(
    folder: Path, *arguments: str | Path, stdin: str | None = None, env: Environment | None = None
) -> Done:
    """`python -m dbaudit …`, a process from beginning to end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(env),
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("scan", dsn, stdin=…, env=…)` in the test's folder."""
    return _in_folder(run_here, tmp_path)


@pytest.fixture
def run_apart(tmp_path: Path) -> Run:
    """The same in a process of its own: each command is run so in one test at least."""
    return _in_folder(run_process, tmp_path)


def _in_folder(how: Run, folder: Path) -> Run:
    def go(*arguments: str | Path, env: Environment | None = None, **more: str) -> Done:
        state = {"XDG_STATE_HOME": str(folder / "state")}
        return how(folder, *arguments, env={**state, **(env or {})}, **more)

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
