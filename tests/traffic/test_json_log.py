"""Objects of jsonlog are read, and what is none is counted."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic.json_log import NO_OBJECT, json_entries
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_blocks import text_blocks

RECORD = {
    "timestamp": "2026-11-21 15:57:39.298 UTC",
    "pid": 7,
    "error_severity": "LOG",
    "message": "hello",
}


def read(data: bytes, size: int = 100) -> tuple[list[Entry], InputTally]:
    tally = InputTally("log")
    blocks = text_blocks((data[at : at + size] for at in range(0, len(data), size)), "utf-8", tally)
    return [entry for entry in json_entries(blocks, tally) if entry is not None], tally


def test_what_is_left_out_is_none() -> None:
    entries, tally = read(json.dumps(RECORD).encode())
    empty = (None, None, None, None, None)
    assert entries == [Entry(1795276659.298, "7", *empty, "LOG", "hello", None, None, None)]
    assert tally.lines == 1


def test_other_lines_are_counted() -> None:
    lines = ["{", "[]", "null", '{"a": 1}', json.dumps({**RECORD, "timestamp": "now"})]
    lines += [json.dumps({**RECORD, "detail": 5}), json.dumps({**RECORD, "query_id": "x"})]
    lines += ["[" * 100_000, json.dumps(RECORD), json.dumps(RECORD)[:-9]]
    entries, tally = read("\n".join(lines).encode())
    assert len(entries) == 1
    assert tally.skipped == {NO_OBJECT: len(lines) - 1}


def test_what_cloudnativepg_wraps() -> None:
    inner = {
        "log_time": "2026-11-21 15:57:39.298 UTC",
        "user_name": "u",
        "database_name": "d",
        "process_id": "7",
        "session_id": "6b01bf73.7",
        "virtual_transaction_id": "3/4",
        "error_severity": "ERROR",
        "message": "division by zero",
        "query": "select 1/0",
        "application_name": "app",
        "query_id": "-99",
    }
    line = {"level": "info", "logger": "postgres", "msg": "record", "record": inner}
    other = {"level": "info", "logger": "instance-manager", "msg": "hello"}
    broken = {**line, "record": {**inner, "query_id": "x"}}
    entries, tally = read("\n".join(map(json.dumps, (line, other, broken))).encode())
    assert entries == [
        Entry(
            *(1795276659.298, "6b01bf73.7", "u", "d", "app", "3/4", -99, "ERROR"),
            *("division by zero", None, None, "select 1/0"),
        )
    ]
    assert tally.skipped == {NO_OBJECT: 2}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
_LINE = st.one_of(
    st.dictionaries(st.sampled_from([*RECORD, "detail", "query_id", "vxid", "record"]), _JSON).map(
        lambda change: json.dumps({**RECORD, **change}).encode()
    ),
    st.binary(min_size=1, max_size=20).map(lambda line: b"x" + line.replace(b"\n", b" ")),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(_LINE, max_size=10), st.integers(1, 400))
def test_every_line_is_an_entry_or_counted(lines: list[bytes], size: int) -> None:
    entries, tally = read(b"\n".join(lines), size)
    assert len(entries) + tally.skipped_lines == tally.lines == len(lines)
