"""What `workload` was asked to read: each SOURCE told apart by its form or its content."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dbaudit.errors import UsageError
from dbaudit.units import parse_seconds

#: What names a database rather than a file.
_DSN = re.compile(
    r"\A(?:[a-z][a-z0-9+]*://|embedded:|(?:host|hostaddr|service|dbname|port|user)\s*=)", re.I
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Logs and traces (files, folders, `-`), snapshots, or a database."""

    logs: tuple[str, ...] = ()
    snapshots: tuple[Path, ...] = ()
    dsn: str | None = None


def sources_of(given: Sequence[str], logs: Sequence[str], dsn: str | None) -> Sources:
    """Tell the sources apart; `logs` are those of --log, `dsn` that of --dsn.

    Raises UsageError for sources that do not go together.
    """
    names = [name for name in given if _DSN.match(name)]
    if len(names) + (dsn is not None) > 1:
        raise UsageError("the database is named twice; give either the argument or --dsn")
    files = [name for name in given if not _DSN.match(name)]
    snapshots = tuple(Path(name) for name in files if _is_snapshot(name))
    read = (*logs, *(name for name in files if Path(name) not in snapshots))
    if snapshots and read:
        raise UsageError(
            f"{snapshots[0]} is a snapshot and {read[0]} a log or trace: read one kind at a time"
        )
    return Sources(read, snapshots, names[0] if names else dsn)


def _is_snapshot(name: str) -> bool:
    path = Path(name)
    return name != "-" and path.is_file() and zipfile.is_zipfile(path)


def moment(text: str | None, option: str, now: float) -> float | None:
    """A time as seconds since the epoch: ISO 8601 (this machine's zone where none is given), or
    how long ago, such as 2h. Raises UsageError.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass
    try:
        return now - parse_seconds(text)
    except UsageError:
        raise UsageError(
            f"{option} {text!r}: expected a time such as 2026-01-31T08:00 or 2026-01-31 08:00+01, "
            "or how long ago, such as 2h"
        ) from None
