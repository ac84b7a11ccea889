"""Values as JSON can hold them, and JSON as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

# Python refuses to write integers of more than 4,300 digits; counters have twenty.
_MOST_DIGITS = 100

#: A document: what `json_text` writes.
Document = dict[str, Any]


def json_safe(value: Any) -> Any:
    """The value built of str, int, float, bool, None, list and dict only.

    NaN, infinities, NaT and pandas' NA become None (RFC 8259 has no word for them); a Decimal
    becomes an int where it is one, else a float; a datetime becomes ISO 8601 in UTC with Z (one
    without a zone is taken as UTC); an interval its seconds; bytes their hex digits, and anything
    else its `str`. Keys are strings, items of a set are sorted.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, Mapping):
        return {str(json_safe(key)): json_safe(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((json_safe(item) for item in value), key=repr)
    if isinstance(value, list | tuple | np.ndarray | pd.Series):
        return [json_safe(item) for item in value]
    return _scalar(value)


def utc_text(moment: datetime) -> str:
    """The moment as ISO 8601 in UTC, seconds and a Z: 2026-01-31T02:03:04Z."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    utc = aware.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds") + "Z"


def json_text(document: Mapping[str, Any]) -> str:
    """The document as indented JSON with a final newline; the keys keep their order."""
    return json.dumps(json_safe(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return json_safe(value.item())
    if isinstance(value, Enum):
        return json_safe(value.value)
    if isinstance(value, str | bool):
        return value
    return _number(value) if isinstance(value, int | float | Decimal) else _text(value)


def _number(value: int | float | Decimal) -> int | float | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        if value.adjusted() < _MOST_DIGITS and value == value.to_integral_value():
            return int(value)
    return float(value) if math.isfinite(float(value)) else None


def _text(value: Any) -> str | float:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)
