"""Logs in jsonlog form: one JSON object a line (PostgreSQL 15 and later).

https://www.postgresql.org/docs/18/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_words import words
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import MESSAGE, Escapes, Timed, TimedEntries
from dbaudit.traffic.timestamps import Clock

NO_OBJECT = "not an object of jsonlog"

#: What is read of a record; write_jsonlog() in src/backend/utils/error/jsonlog.c leaves out what is
#: empty.
_TEXTS = (
    *("timestamp", "error_severity", "message", "session_id"),
    *("user", "dbname", "application_name", "vxid"),
    *("detail", "context", "statement"),
)
_TYPES = frozenset({str, type(None)})
#: CloudNativePG wraps csvlog's columns into JSON, by other names; its figures are texts.
_WRAPPED = "record"
_WRAPPED_NAMES = {
    "timestamp": "log_time",
    "user": "user_name",
    "dbname": "database_name",
    "vxid": "virtual_transaction_id",
    "statement": "query",
    "pid": "process_id",
}

#: What stands between quotes: with its escapes, and without any.
_TEXT = r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
_PLAIN = r'[^"\\\x00-\x1f]++'
_NUMBER = "(?:0|[1-9][0-9]*+)"


def _member(name: str, value: str) -> str:
    return rf'(?:,"{name}":{value})?'


#: An object whose message tells a statement and its duration, in the order of write_jsonlog().
_TIMED = re.compile(
    rf'(?m:^)\{{"timestamp":"(?P<stamp>{_PLAIN})"'
    + _member("user", f'"(?P<user>{_PLAIN})"')
    + _member("dbname", f'"(?P<database>{_PLAIN})"')
    + _member("pid", _NUMBER)
    + _member("remote_host", f'"{_PLAIN}"')
    + _member("remote_port", f'(?:"{_PLAIN}"|{_NUMBER})')
    + rf',"session_id":"(?P<session>{_PLAIN})"'
    + _member("line_num", _NUMBER)
    + _member("ps", f'"{_PLAIN}"')
    + _member("session_start", f'"{_PLAIN}"')
    + _member("vxid", f'"(?P<transaction>{_PLAIN})"')
    + _member("txid", _NUMBER)
    + ',"error_severity":"LOG"'
    + _member("state_code", f'"{_PLAIN}"')
    + rf',"message":"{MESSAGE}(?P<text>{_TEXT})"'
    + _member("detail", f'"(?P<detail>{_TEXT})"')
    + _member("application_name", f'"(?P<application>{_PLAIN})"')
    + _member("backend_type", f'"{_PLAIN}"')
    + _member("leader_pid", _NUMBER)
    + _member("query_id", f"(?P<query_id>-?{_NUMBER})")
    + r"\}\n"
)


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"'))


def json_entries(blocks: Iterable[str], tally: InputTally) -> Iterator[Entry | Timed | None]:
    """The entries of a log, read block by block; each block ends with a line.

    An empty block says that nothing more is there for now: None is yielded for it.
    """
    clock = Clock(tally)
    timed = TimedEntries(_TIMED, clock, (None,), Escapes("\\", _unescaped))
    for block in blocks:
        if not block:
            yield None
        for part in timed.parts(block):
            if isinstance(part, str):
                yield from _any_entries(part, clock, tally)
            else:
                yield part


def _any_entries(text: str, clock: Clock, tally: InputTally) -> Iterator[Entry]:
    """The entries of whole lines, whatever they tell."""
    decode = json.JSONDecoder().raw_decode
    severities = words().severities
    for line in text.split("\n"):
        if not line:
            continue
        try:
            entry = _entry(decode(line)[0], clock, severities)
        except (ValueError, RecursionError):
            entry = None
        if entry is None:
            tally.skip(NO_OBJECT)
        else:
            yield entry


def _entry(record: Any, clock: Clock, severities: Mapping[str, str]) -> Entry | None:
    """The entry of a decoded line, None when it is no record of jsonlog. Raises ValueError."""
    if not isinstance(record, dict):
        return None
    if isinstance(record.get(_WRAPPED), dict):
        record = _unwrapped(record[_WRAPPED])
    get = record.get
    texts = tuple(map(get, _TEXTS))
    query_id = get("query_id")
    if not _TYPES.issuperset(map(type, texts)) or not isinstance(query_id, int | None):
        return None
    stamp, severity, message, session, *who, detail, context, statement = texts
    if stamp is None or severity is None:
        return None
    return tuple.__new__(
        Entry,
        (
            clock(stamp),
            str(get("pid", "")) if session is None else session,
            *who,
            query_id or None,
            severities.get(severity, severity),
            message or "",
            detail,
            context,
            statement,
        ),
    )


def _unwrapped(inner: dict[str, Any]) -> dict[str, Any]:
    """A record of CloudNativePG by jsonlog's names. Raises ValueError."""
    ours = {name: inner.get(theirs) or None for name, theirs in _WRAPPED_NAMES.items()}
    query_id = inner.get("query_id")
    number = int(query_id) if isinstance(query_id, str) and query_id else None
    return {**inner, **ours, "query_id": number}
