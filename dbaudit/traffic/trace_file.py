"""Traces: what `dbaudit.trace` wrote in an application, one JSON object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dbaudit.traffic.eager_load import EagerLoad
from dbaudit.traffic.execution import Execution, Told
from dbaudit.traffic.tally import InputTally

NO_OBJECT = "not an object of a trace"
NEWER = "written by a newer dbaudit.trace"
LOST = "statements that the application could not write to its trace"
CUT_STATEMENT = "statements that were cut in the trace: they are known by their beginning"
CUT_VALUES = "statements whose values were cut in the trace"

#: The format that is understood; keys may be added to it.
VERSION = 1

#: What a line of a trace begins with.
TRACE_LINE = re.compile(r'^\{"v":\s?\d+,\s?"(?:time|lost)":', re.MULTILINE)

#: A keyed hash, or an array of them (see `dbaudit.trace.values.Hashed`).
_HASHED = re.compile(r"h:[0-9a-f]{12}|\{(?:NULL|h:[0-9a-f]{12})(?:,(?:NULL|h:[0-9a-f]{12}))*\}")

_TEXTS = ("database", "place", "by", "loads")
_COUNTS = ("rows", "calls")


def trace_executions(
    blocks: Iterable[str], tally: InputTally
) -> Iterator[Execution | EagerLoad | None]:
    """What a trace tells, read block by block; each block ends with a line.

    An empty block says that nothing more is there for now: None is yielded for it.
    """
    decode = json.JSONDecoder().raw_decode
    for block in blocks:
        if not block:
            yield None
        for line in block.split("\n"):
            if not line:
                continue
            try:
                record = decode(line)[0]
                told = told_by(record, tally)
            except (ValueError, TypeError, KeyError, RecursionError):
                tally.skip(NO_OBJECT)
                continue
            if told is not None:
                yield told


def told_by(record: Any, tally: InputTally) -> Execution | EagerLoad | None:
    """What a decoded line tells; None where it is no such thing, which is noted.

    Raises ValueError, TypeError or KeyError where it is no line of a trace.
    """
    if not isinstance(record, dict) or not isinstance(record["v"], int):
        raise TypeError(NO_OBJECT)
    if record["v"] > VERSION:
        tally.skip(NEWER)
        return None
    if "lost" in record:
        tally.note(LOST, int(record["lost"]))
        return None
    if "eager" in record:
        return EagerLoad.of_record(record)
    _check(record)
    if "length" in record:
        tally.note(CUT_STATEMENT)
    if "parameter_count" in record:
        tally.note(CUT_VALUES)
    return Execution(
        at=float(record["time"]),
        session=str(record["session"]),
        text=record["statement"],
        duration_ms=float(record["duration_ms"]),
        parameters=_parameters(record),
        database=record.get("database"),
        transaction=_transaction(record),
        told=Told(
            rows=record.get("rows"),
            request=_request(record),
            place=record.get("place"),
            failed="error" in record,
            library=record.get("by"),
            loads=record.get("loads"),
            batch=record.get("calls"),
        ),
    )


def _check(record: Mapping[str, Any]) -> None:
    """Raises TypeError where a value is not of the kind that its key has."""
    texts = (record["statement"], *(record[key] for key in _TEXTS if key in record))
    counts = (record[key] for key in _COUNTS if key in record)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(NO_OBJECT)
    if not all(isinstance(count, int) for count in counts):
        raise TypeError(NO_OBJECT)


def _parameters(record: Mapping[str, Any]) -> tuple[str | None, ...] | None:
    values = record.get("parameters")
    if values is None:
        return None
    return tuple(None if value is None else str(value) for value in values)


def _transaction(record: Mapping[str, Any]) -> str | None:
    """Numbers of transactions count from one in each session."""
    number = record.get("transaction")
    return None if number is None else f"{record['session']}.{number}"


def _request(record: Mapping[str, Any]) -> str | None:
    """The request's name and its number, as `GET /books#4211.7`; see `request_name`."""
    name = record.get("request")
    return None if name is None else f"{name}#{record.get('request_id', '')}"


def is_hashed(value: str | None) -> bool:
    """Whether a bound value is the hash of one: it tells values apart and is none itself."""
    return value is not None and _HASHED.fullmatch(value) is not None


def request_name(request: str) -> str:
    """What an execution's request is called, without the number that tells it apart."""
    return request.rpartition("#")[0] or request
