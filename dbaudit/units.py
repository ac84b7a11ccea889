"""Sizes and durations as people write them, in PostgreSQL's units."""

from __future__ import annotations

import re

from dbaudit.errors import UsageError

# As in postgresql.conf: multiples of 1024, and these names for times (guc.c).
_BYTES = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}

_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*\Z")


def parse_bytes(text: str) -> int:
    """Bytes from "1GB", "500 MB", "8kB" or a plain number. Raises UsageError."""
    match = _QUANTITY.match(text)
    unit = match[2].upper().replace("IB", "B") if match else None
    if match is None or unit not in _BYTES:
        raise UsageError(f"{text!r} is not a size; expected such as 500MB or 1GB")
    return int(float(match[1]) * _BYTES[unit])


def parse_seconds(text: str) -> float:
    """Seconds from "30s", "500ms", "5min" or a plain number. Raises UsageError."""
    match = _QUANTITY.match(text)
    if match is None or match[2] not in _SECONDS:
        raise UsageError(f"{text!r} is not a duration; expected such as 30s, 500ms or 5min")
    return float(match[1]) * _SECONDS[match[2]]


def size_text(size_bytes: int) -> str:
    """A size as pg_size_pretty() words it (src/backend/utils/adt/dbsize.c): 1 kB is 1,024 bytes."""
    if abs(size_bytes) < 10 * 1024:
        return f"{size_bytes} bytes"
    amount = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1024
        if abs(amount) < 10 * 1024 or unit == "TB":
            break
    return f"{amount:.0f} {unit}"
