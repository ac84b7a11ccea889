"""A log in stderr form, written for the tests of reading files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.timed_entries import Timed

PREFIX = "%m [%p] %q%u@%d "
BEGIN = 1_795_276_659  # 2026-11-21 15:57:39 UTC


def line(number: int, text: str = "", begin: float = BEGIN) -> str:
    """The entry of a statement that ended so many milliseconds after the begin."""
    at = begin + number / 1000
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)) + f".{round(at * 1000) % 1000:03d}"
    head = f"{stamp} UTC [{number % 5 + 1}] u@d LOG:  "
    return f"{head}duration: 1.000 ms  statement: select {number}{text}\n"


def log(numbers: range, text: str = "", begin: float = BEGIN) -> str:
    """A line for each number."""
    return "".join(line(number, text, begin) for number in numbers)


def entries_of(read: Iterable[Entry | Timed | None]) -> list[Entry | None]:
    """One by one, as they would be if none had been read together with others."""
    found: list[Entry | None] = []
    for each in read:
        found += map(_entry, rows_of(each)) if isinstance(each, Timed) else [each]
    return found


def rows_of(timed: Timed) -> list[tuple[Any, ...]]:
    """The first seven fields of each entry, then the kind, the duration, the detail, the text."""
    names = map(timed.name, ("user", "database", "application"))
    told = (timed.transaction, timed.query_id, timed.kind, timed.ms, timed.detail, timed.text)
    return list(zip(timed.at, timed.session, *names, *told, strict=True))


def _entry(timed: tuple[Any, ...]) -> Entry:
    kind, ms, detail, text = timed[7:]
    return Entry(*timed[:7], "LOG", f"duration: {ms} ms  {kind}: {text}", detail)
