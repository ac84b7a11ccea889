"""The part of a log that one reader reads: cut at entries, begun where the asked time begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dbaudit.traffic.files import LogFile
from dbaudit.traffic.open_log import BLOCK_BYTES, blocks, opened
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timestamps import Clock

_PROBE_BYTES = 256 * 2**10
#: Narrower than this, looking for a time costs more than reading.
_NARROW_BYTES = 4 * 2**20
#: Entries of several processes are not quite in order of time.
_DISORDER_SECONDS = 60.0

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [A-Za-z]+| ?[+-]\d\d(?:\d\d)?)?")
#: A time stands so near to the begin of an entry.
_HEAD_CHARACTERS = 120


def part_bytes(
    log: LogFile, begin: re.Pattern[str] | None, since: float | None, tally: InputTally
) -> Iterator[bytes]:
    """The bytes of the entries that begin in the log's part, from about `since` on.

    `begin` matches the newline before an entry and what it begins with, in bytes taken for latin-1;
    without it the log is not cut: the part that begins the log is all of it, another is nothing.
    """
    with opened(log.path) as file:
        if begin is None:
            yield from blocks(file, tally) if log.start == 0 else ()
            return
        size = Path(log.path).stat().st_size
        start = _entry_from(file, log.start, begin) if log.start else 0
        end = None if log.end is None else _entry_from(file, log.end, begin)
        if since is not None:
            start = _since(file, (start, size if end is None else end), begin, since)
        file.seek(start)
        yield from blocks(file, tally) if end is None else _until(file, start, end)


def _until(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    left = end - start
    while left > 0 and (block := file.read(min(BLOCK_BYTES, left))):
        left -= len(block)
        yield block


def _entry_from(file: BinaryIO, offset: int, begin: re.Pattern[str]) -> int:
    """Where the first entry begins that begins at this offset or behind it; else the end."""
    at = max(offset - 1, 0)
    text = ""
    while True:
        file.seek(at + len(text))
        more = file.read(_PROBE_BYTES)
        text += more.decode("latin-1")
        match = begin.search(text)
        if match is not None and (match.end() < len(text) or not more):
            return at + match.start() + 1
        if not more:
            return at + len(text)
        # What begins an entry is shorter than a probe: of what was searched, that much is kept.
        drop = max(0, len(text) - _PROBE_BYTES)
        at, text = at + drop, text[drop:]


def _since(file: BinaryIO, bounds: tuple[int, int], begin: re.Pattern[str], since: float) -> int:
    """Where to begin so that nothing since that time is missed: halved again and again."""
    low, high = bounds
    while high - low > _NARROW_BYTES:
        middle = _entry_from(file, (low + high) // 2, begin)
        if middle >= high:
            break
        at = _time_at(file, middle)
        if at is None:
            break
        if at < since - _DISORDER_SECONDS:
            low = middle
        else:
            high = middle
    return low


def _time_at(file: BinaryIO, offset: int) -> float | None:
    file.seek(offset)
    match = _TIME.search(file.read(_HEAD_CHARACTERS).decode("latin-1"))
    try:
        return None if match is None else Clock(InputTally(""))(match[0])
    except ValueError:
        return None
