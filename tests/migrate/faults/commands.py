"""The real command line: a process where a process matters, else right here, which is quicker."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cli.conftest import COMMAND, Done, environment, run_here


@dataclass(frozen=True, slots=True)
class Running:
    """A command at work in a process of its own."""

    process: subprocess.Popen[bytes]
    folder: Path

    def end(self) -> None:
        """Leave no process behind when a test has failed, but what it said."""
        self.process.kill()
        status = self.process.wait()
        said = Path(self.folder, f"{self.process.pid}.err").read_text(errors="replace")
        print(f"dbaudit, process {self.process.pid}, ended with {status}: {said}")

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
    return run_here(folder, *arguments, env={"XDG_STATE_HOME": str(folder)})
