"""A log that is still being written: read on as it grows, and when it is rotated."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dbaudit.errors import LogError
from dbaudit.traffic.files import LogFile, is_packed, log_names
from dbaudit.traffic.open_log import BLOCK_BYTES, blocks, opened
from dbaudit.traffic.tally import InputTally

ROTATED = "rotated: read on in the file that followed"
TRUNCATED = "truncated: read on from its begin"


def followed(log: LogFile, poll_seconds: float, tally: InputTally) -> Iterator[bytes]:
    """The bytes of a log and all that are added to it; empty when none came since the last poll.

    So a message whose lines are still being written is not taken for whole. Another file under its
    name (another inode), or in a folder a new log, is read when the old one is at its end; a file
    that is shorter than what was read is read anew. Raises LogError.
    """
    if log.is_stdin:
        with opened(log.path) as stdin:
            yield from blocks(stdin, tally)
        return
    path, seen = log.path, _names(log)
    while True:
        try:
            file = open(path, "rb")  # noqa: SIM115, PTH123
        except FileNotFoundError:
            yield b""
            time.sleep(poll_seconds)
            continue
        except OSError as error:
            raise LogError(f"{path}: {error.strerror}; the log cannot be read") from None
        with file:
            yield from _until_rotated(file, path, log, seen, poll_seconds, tally)
        new = _new(log, seen)
        path = new[0] if new else path
        seen.update(new[:1])
        tally.note(ROTATED)


def _names(log: LogFile) -> set[str]:
    folder = log.folder
    return set() if folder is None else {str(Path(folder, name)) for name in log_names(folder)}


def _new(log: LogFile, seen: set[str]) -> list[str]:
    """Logs that the server began since, in order; `a.log.1` is what was in a.log before."""
    return sorted(
        name
        for name in _names(log) - seen
        if not name.startswith(tuple(seen)) and not is_packed(name)
    )


def _until_rotated(
    file: BinaryIO, path: str, log: LogFile, seen: set[str], poll_seconds: float, tally: InputTally
) -> Iterator[bytes]:
    is_idle = False
    while True:
        block = file.read(BLOCK_BYTES)
        if block:
            is_idle = False
            yield block
            continue
        if _is_rotated(file, path) or _new(log, seen):
            yield from iter(lambda: file.read(BLOCK_BYTES), b"")
            yield b""
            return
        if os.fstat(file.fileno()).st_size < file.tell():
            tally.note(TRUNCATED)
            file.seek(0)
            continue
        if is_idle:
            yield b""
        is_idle = True
        time.sleep(poll_seconds)


def _is_rotated(file: BinaryIO, path: str) -> bool:
    """Whether another file has the name by now; none is the moment between."""
    try:
        now = Path(path).stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(file.fileno())
    return (now.st_ino, now.st_dev) != (ours.st_ino, ours.st_dev)
