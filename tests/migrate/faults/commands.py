"""The real command line: a process where a process matters, else right here, which is quicker."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from dbaudit.cli import main
from tests.cli.conftest import COMMAND, environment


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit status and both streams."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err, self.err
        assert "internal error" not in self.err, self.err


@dataclass(frozen=True, slots=True)
class Running:
    """A command at work in a process of its own."""

    process: subprocess.Popen[bytes]
    folder: Path

    def end(self) -> None:
        """Leave no process behind when a test has failed."""
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def done(self, seconds: float = 120) -> Done:
        """Wait for its end."""
        status = self.process.wait(seconds)
        name = str(self.process.pid)
        out, err = (Path(self.folder, f"{name}.{stream}") for stream in ("out", "err"))
        return Done(status, out.read_text(), err.read_text())


def start(folder: Path, *arguments: str | Path) -> Running:
    """`python -m dbaudit …` in a folder, which holds its local state too."""
    out, err = folder / "out", folder / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=out_file,
            stderr=err_file,
            cwd=folder,
            env=environment({"XDG_STATE_HOME": str(folder)}),
        )
    out.rename(folder / f"{process.pid}.out")
    err.rename(folder / f"{process.pid}.err")
    return Running(process, folder)


def here(folder: Path, *arguments: str | Path) -> Done:
    """The same without a process of its own: no second is spent on imports."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    status = 0
    with (
        mock.patch.dict(os.environ, environment({"XDG_STATE_HOME": str(folder)}), clear=True),
        mock.patch.object(sys, "argv", ["dbaudit", *map(str, arguments)]),
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
