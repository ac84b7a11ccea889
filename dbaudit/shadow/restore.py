"""Fill the shadow from a dump: what fails is recorded and the rest goes on."""

from __future__ import annotations

import os
import re
import subprocess
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from dbaudit.errors import ShadowError
from dbaudit.shadow.dump import Entry
from dbaudit.targets.scratch import scratch_folder

#: psql's report of a failed statement; the line is that on which the statement ended.
_ERROR = re.compile(r"psql:.*:(?P<line>\d+): (?:ERROR|FATAL|PANIC): +(?P<message>.*)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement of the dump that the shadow refused, with the server's message."""

    entry: Entry
    message: str


def restore(bin_dir: Path, dsn: str, dump: Sequence[Entry]) -> list[Failure]:
    """Run the dump in the database; the statements that failed.

    Raises ShadowError when psql itself cannot run or loses the server.
    """
    with scratch_folder() as folder:
        script = folder / "dump.sql"
        script.touch(mode=0o600)
        script.write_text("".join(entry.text for entry in dump), encoding="utf-8", newline="\n")
        done = subprocess.run(
            [
                bin_dir / "psql",
                *("--no-psqlrc", "--quiet", "--set=VERBOSITY=terse", "--set=SHOW_CONTEXT=never"),
                *(f"--file={script}", f"--dbname={dsn}"),
            ],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    messages = done.stderr.decode(errors="replace")
    if done.returncode:
        last = (messages.strip().splitlines() or ["no message"])[-1]
        raise ShadowError(f"cannot fill the shadow: {last}")
    return failures(messages, dump)


def failures(messages: str, dump: Sequence[Entry]) -> list[Failure]:
    """psql's messages, each with the entry of the dump that it came from."""
    last_lines = list(accumulate(entry.text.count("\n") for entry in dump))
    found = []
    for line in messages.splitlines():
        error = _ERROR.match(line)
        if error:
            index = bisect_right(last_lines, int(error["line"]) - 1)
            found.append(Failure(dump[min(index, len(dump) - 1)], error["message"]))
    return found


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**inherited, "LC_ALL": "C"}
