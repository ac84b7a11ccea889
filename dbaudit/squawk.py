"""Run squawk, the linter of PostgreSQL migrations, on a script (https://squawkhq.com).

It is a program of its own (`pip install dbaudit[migrations]`), not a library.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbaudit.errors import DbauditError

HOW_TO_INSTALL = "squawk is not installed; install it with: pip install 'dbaudit[migrations]'"

#: A script takes milliseconds; one that takes longer than this is no migration.
_MAX_SECONDS = 30.0


class SquawkError(DbauditError):
    """Squawk could not be run, or did not answer as expected."""


@dataclass(frozen=True, slots=True)
class SquawkWarning:
    """What squawk says of a line, counted from 0; `code` is its rule's name."""

    code: str
    line: int
    message: str
    help: str


def find_squawk() -> Path | None:
    """The program beside this Python, else on the path; None where it is not installed."""
    beside = shutil.which("squawk", path=sysconfig.get_path("scripts"))
    found = beside or shutil.which("squawk")
    return Path(found) if found else None


def run_squawk(program: Path, script: str, name: str, server_version: str) -> list[SquawkWarning]:
    """What squawk says of a script; a `.squawk.toml` above the current folder counts.

    `server_version` is such as "18.6". Raises SquawkError.
    """
    command = [
        str(program),
        "--reporter=json",
        f"--stdin-filepath={name}",
        f"--pg-version={server_version.split('.', maxsplit=1)[0]}.0",
    ]
    try:
        done = subprocess.run(
            command,
            input=script.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=_MAX_SECONDS,
            check=False,
        )
        found = json.loads(done.stdout)
        return [_warning(entry) for entry in found]
    except subprocess.TimeoutExpired:
        raise SquawkError(f"squawk did not answer within {_MAX_SECONDS:.0f} s") from None
    except OSError as error:
        raise SquawkError(f"{program}: cannot be run: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0] if said else f"exit status {done.returncode}"
        raise SquawkError(f"squawk did not answer as expected: {reason}") from None


def _warning(entry: Mapping[str, Any]) -> SquawkWarning:
    return SquawkWarning(
        str(entry["rule_name"]), int(entry["line"]), str(entry["message"]), entry["help"] or ""
    )
