"""Where logs are read from: files, folders, compressed files, standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dbaudit.errors import LogError
from dbaudit.traffic.open_log import STDIN, is_compressed, sample

#: Parts of a file smaller than this are not worth a process of their own.
MIN_PART_BYTES = 32 * 2**20
#: How many times its size a compressed log is, about.
_COMPRESSED_FACTOR = 10

_LOG_NAME = re.compile(r"\.(?:log|csv|jsonl?)(?:$|[.\-])|^postgres", re.IGNORECASE)
_FORM = re.compile(r"\.(csv|json|log)(?=$|\.)")
_NO_LOG = frozenset({"current_logfiles", "postgresql.conf", "postgresql.auto.conf"})
#: The same entries in several forms: csvlog is the fastest of those that tell everything.
_PREFERRED = ("csv", "json", "log")
_STAMP = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log, or the part of it whose entries begin from byte `start` on and before `end`.

    `folder` is the folder that was asked for, when the file was found in one.
    """

    path: str
    start: int = 0
    end: int | None = None
    folder: str | None = None

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return self.path == STDIN


def find_logs(inputs: Iterable[str]) -> tuple[LogFile, ...]:
    """The logs that were asked for, in order of time: files, the logs in folders, "-" for stdin.

    Of a folder's files with the same entries in several forms (log_destination = 'stderr,csvlog')
    one is taken. Raises LogError for what is not there, not readable, or a folder without logs.
    """
    found: list[LogFile] = []
    for name in inputs:
        if name == STDIN:
            found.append(LogFile(STDIN))
        elif Path(name).is_dir():
            found.extend(logs_in(name))
        else:
            found.append(_file(name))
    return tuple(sorted(dict.fromkeys(found), key=_begin))


def logs_in(folder: str) -> list[LogFile]:
    """The logs in a folder, not sorted. Raises LogError when there are none."""
    names = log_names(folder)
    if not names:
        raise LogError(f"{folder}: no logs in it (*.log, *.csv, *.json, also .gz and .zst)")
    return [LogFile(str(Path(folder, name)), folder=folder) for name in names]


def log_names(folder: str) -> list[str]:
    """The names of the logs in a folder; one of those that hold the same in several forms.

    Raises LogError when the folder cannot be read.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError as error:
        raise LogError(f"{folder}: {error.strerror}; the folder of logs cannot be read") from None
    logs = [name for name in names if _LOG_NAME.search(name) and name not in _NO_LOG]
    return _without_twins(logs)


def _without_twins(names: Sequence[str]) -> list[str]:
    twins: dict[str, dict[str, str]] = {}
    for name in names:
        forms = _FORM.findall(name)
        twins.setdefault(_FORM.sub("", name), {})[forms[-1] if forms else name] = name
    return [
        next((found[form] for form in _PREFERRED if form in found), next(iter(found.values())))
        for found in twins.values()
    ]


def _file(name: str) -> LogFile:
    path = Path(name)
    if not path.exists():
        raise LogError(f"{name}: no such file; give a log, a folder of logs, or - for stdin")
    if not os.access(path, os.R_OK):
        raise LogError(f"{name}: permission denied; logs are readable by the server's user")
    return LogFile(name)


def _begin(log: LogFile) -> tuple[bool, bytes, str]:
    """Standard input last, the others by their first time; one without any comes first."""
    if log.is_stdin or not Path(log.path).is_file():
        return (True, b"", log.path)
    stamp = _STAMP.search(sample(log.path))
    return (False, stamp[0].replace(b"T", b" ") if stamp else b"", log.path)


def divide(logs: Sequence[LogFile], shares: int) -> tuple[tuple[LogFile, ...], ...]:
    """At most so many shares of about the same size, each in order of time, for one reader each.

    A large file that is not compressed is cut. Shares follow one another in time, so a session is
    torn only where one share ends and the next begins; a statement whose duration comes in an entry
    of its own behind the cut has none. Entries are never torn.
    """
    parts = [part for log in logs for part in _parts(log, shares)]
    total = sum(map(_weight, parts))
    divided: list[list[LogFile]] = [[] for _ in range(max(1, shares))]
    reached = 0
    for part in parts:
        weight = _weight(part)
        middle = reached + weight / 2
        divided[min(int(middle * shares / max(total, 1)), shares - 1)].append(part)
        reached += weight
    return tuple(tuple(share) for share in divided if share)


def _parts(log: LogFile, shares: int) -> list[LogFile]:
    size = _size(log)
    if not can_be_cut(log) or size < 2 * MIN_PART_BYTES or shares < 2:
        return [log]
    count = min(4 * shares, size // MIN_PART_BYTES)
    bounds = [size * number // count for number in range(count)]
    # The last part goes on to whatever the end is by then: the log may grow.
    ends: list[int | None] = [*bounds[1:], None]
    return [replace(log, start=start, end=end) for start, end in zip(bounds, ends, strict=True)]


def can_be_cut(log: LogFile) -> bool:
    """Whether it can be read from the middle: no pipe, and not compressed."""
    if log.is_stdin or not Path(log.path).is_file():
        return False
    return not is_packed(log.path) and not is_compressed(log.path)


def is_packed(name: str) -> bool:
    """Whether a file's name says that it is compressed."""
    return name.endswith((".gz", ".zst"))


def _size(log: LogFile) -> int:
    return 0 if log.is_stdin else Path(log.path).stat().st_size


def _weight(log: LogFile) -> int:
    size = _size(log) if log.end is None else log.end
    return (size - log.start) * (1 if can_be_cut(log) else _COMPRESSED_FACTOR)
