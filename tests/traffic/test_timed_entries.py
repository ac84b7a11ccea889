"""What is read many entries at once is what is read entry by entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic.csv_log import csv_entries
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.json_log import json_entries
from dbaudit.traffic.log_entries import LoggedStatements
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_line_prefix import line_prefix
from dbaudit.traffic.log_words import words
from dbaudit.traffic.stderr_log import stderr_entries
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import Timed, TimedEntries
from tests.traffic.log_text import entries_of, rows_of
from tests.traffic.test_csv_log import record

PREFIXES = {
    "%m [%p] %q%u@%d ": "2026-11-21 15:57:39.{ms} UTC [{pid}] {user}@shop ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a ": (
        "2026-11-21 15:57:39 CET [{pid}]: [1-1] user={user},db=shop,app={app} "
    ),
    "%n %c %v %Q ": "1795276659.{ms} 6b01bf73.{pid} 3/{ms} {ms} ",
    "%m-%a-": "2026-13-21 15:57:39.{ms} UTC-{app}-",
}
_TEXTS = (
    *("select 1", "", 'select "a: b"', "select\n\t1,\n\t\t2", "ü: LOG:  duration: 1.000 ms"),
    *("statement: select 1", "x\n\tDETAIL:  y", "\t"),
)
_PLAN = 'duration: 1.000 ms  plan:\n\t{"Query Text": "select 1", "Plan": {}}'
_KINDS = (
    *("statement", "execute <unnamed>", "execute S_1/C_1", "execute fetch from S_1", "plan"),
    *("parse S_1", "bind S_1", "execute my name", "execute "),
)
_MESSAGES = st.one_of(
    st.builds(
        "duration: {} ms  {}: {}".format,
        st.sampled_from(["0.001", "17.5", "1e3", "2"]),
        st.sampled_from(_KINDS),
        st.sampled_from(_TEXTS),
    ),
    st.sampled_from([*_TEXTS, _PLAN, "duration: 1.000 ms", "Dauer: 1,000 ms  Anweisung: select 1"]),
)
_LABELS = ("LOG", "LOG", "LOG", "LOG", "DETAIL", "DETAIL", "ERROR", "CONTEXT", "ANWEISUNG")


@st.composite
def stderr_logs(draw: st.DrawFn, head: str) -> str:
    lines = []
    session = st.sampled_from([("7", "ann", "web"), ("8", "LOG: x", "puma: 1"), ("9", "", "")])
    for _ in range(draw(st.integers(0, 8))):
        pid, user, app = draw(session)
        told = head.format(ms=draw(st.sampled_from(["100", "200"])), pid=pid, user=user, app=app)
        lines.append(f"{told}{draw(st.sampled_from(_LABELS))}:  {draw(_MESSAGES)}\n")
        if draw(st.booleans()):
            detail = draw(st.sampled_from(["Parameters: $1 = 'a\n\tb'", "parameters: $1 = NULL"]))
            lines.append(f"{told}DETAIL:  {detail}\n")
        if not draw(st.integers(0, 4)):
            lines.append(draw(st.sampled_from(["other program\n", "\tmore\n", "\n", told + "\n"])))
    return "".join(lines)


@contextmanager
def one_by_one() -> Iterator[None]:
    """Only the general way."""

    def parts(self: TimedEntries, text: str) -> Iterator[str]:
        yield text

    with patch.object(TimedEntries, "parts", parts):
        yield


def blocks(text: str, size: int) -> Iterator[str]:
    """Blocks of so many lines."""
    lines = text.splitlines(keepends=True)
    return ("".join(lines[at : at + size]) for at in range(0, len(lines), size))


@pytest.mark.parametrize("prefix", PREFIXES)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), size=st.integers(1, 9))
def test_logs_in_stderr_form(prefix: str, data: st.DataObject, size: int) -> None:
    text = data.draw(stderr_logs(PREFIXES[prefix]))

    def read() -> tuple[list[Entry | None], InputTally]:
        tally = InputTally("log")
        return entries_of(stderr_entries(blocks(text, size), line_prefix(prefix), tally)), tally

    def executions() -> tuple[list[Execution], InputTally]:
        tally = InputTally("log")
        statements = LoggedStatements(tally)
        entries = stderr_entries(blocks(text, size), line_prefix(prefix), tally)
        return [*chain(*statements.executions(entries)), *statements.rest()], tally

    together = read(), executions()
    with one_by_one():
        assert together == (read(), executions())


_APPLICATIONS = ['"app"'] * 4 + ["", '""', '"my ""app"""', '"a, b"', "bare"]
_NAMES = ['"a","b"'] * 4 + [",", '"a",', '"a, ""b""","b"', '"[unknown]","b"']


@st.composite
def csv_logs(draw: st.DrawFn) -> str:
    lines = []
    for _ in range(draw(st.integers(0, 8))):
        message = draw(_MESSAGES)
        columns, detail = draw(st.sampled_from([23, 24, 26])), draw(st.booleans())
        whole = record(message, columns)
        other = ("other, line", "2026-11-21 15:57:39.298 UTC,,", whole[:32])
        if detail:
            whole = whole.replace('",,,', '","Parameters: $1 = \'""\n""\'",,', 1)
        whole = whole.replace('"app"', draw(st.sampled_from(_APPLICATIONS)))
        whole = whole.replace('"a","b"', draw(st.sampled_from(_NAMES)))
        if not draw(st.integers(0, 9)):
            whole = draw(
                st.sampled_from([whole + ",", whole + ",5,6", whole.replace("-21", "-99")])
            )
        lines.append(whole if draw(st.integers(0, 3)) else draw(st.sampled_from(other)))
    if lines and draw(st.booleans()):
        # Of two the second might end what the first began: then the general way finds less.
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(['a, "b', '"'])))
    return "".join(f"{line}\n" for line in lines)


@settings(max_examples=200, deadline=None)
@given(csv_logs(), st.integers(1, 9))
def test_csvlogs(text: str, size: int) -> None:
    def read() -> tuple[list[Entry | None], InputTally]:
        tally = InputTally("log")
        return entries_of(csv_entries(blocks(text, size), tally)), tally

    together = read()
    with one_by_one():
        assert together == read()


_MEMBERS = {
    "user": st.sampled_from(["ann", "a b", 'q"q', "", None]),
    "dbname": st.just("shop"),
    "pid": st.sampled_from([7, 0]),
    "remote_port": st.sampled_from([5432, "5432", -1]),
    "session_id": st.sampled_from(["6b0216a7.7d51", "", 5]),
    "vxid": st.sampled_from(["3/0", "3/7", ""]),
    "error_severity": st.sampled_from(["LOG", "LOG", "LOG", "ERROR", "FEHLER"]),
    "message": st.one_of(_MESSAGES, st.just("duration: 1.000 ms  bind a\\b: select")),
    "detail": st.sampled_from(["Parameters: $1 = 'a\n\"b\U0001f418'", "", "x"]),
    "hint": st.just("none"),
    "application_name": st.sampled_from(["web", "a\\b", ""]),
    "query_id": st.sampled_from([0, -5, 2**62, None, "7"]),
}
_OTHER_LINES = ("other program", "{}", "", "[", '{"timestamp": 5}')


@st.composite
def json_logs(draw: st.DrawFn) -> str:
    lines = []
    for _ in range(draw(st.integers(0, 8))):
        told = {name: draw(value) for name, value in _MEMBERS.items() if draw(st.integers(0, 3))}
        stamp = draw(st.sampled_from(["2026-11-21 15:57:39.298 UTC"] * 9 + ["yesterday"]))
        whole = json.dumps(
            {"timestamp": stamp, **told},
            ensure_ascii=draw(st.booleans()),
            separators=draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": ")])),
        )
        lines.append(whole + draw(st.sampled_from(["", "", "", " ", "x"])))
        if not draw(st.integers(0, 4)):
            lines.append(draw(st.sampled_from([*_OTHER_LINES, whole[:-5]])))
    return "".join(f"{line}\n" for line in lines)


@settings(max_examples=200, deadline=None)
@given(json_logs(), st.integers(1, 9))
def test_jsonlogs(text: str, size: int) -> None:
    def read() -> tuple[list[Entry | None], InputTally]:
        tally = InputTally("log")
        return entries_of(json_entries(blocks(text, size), tally)), tally

    together = read()
    with one_by_one():
        assert together == read()


def test_most_entries_are_read_together() -> None:
    head = "2026-11-21 15:57:39.298 UTC [7] ann@shop "
    entry = f"{head}LOG:  duration: 1.000 ms  execute S_1: select\n\t$1\n"
    text = f"{entry}{head}DETAIL:  Parameters: $1 = '5'\n" * 3 + f"{head}LOG:  shutting down\n"
    found = list(stderr_entries([text], line_prefix("%m [%p] %q%u@%d "), InputTally("log")))
    fields = ("7", "ann", "shop", None, None, None)
    detail = "Parameters: $1 = '5'"
    timed = (1795276659.298, *fields, "execute S_1", "1.000", detail, "select\n$1")
    assert isinstance(found[0], Timed)
    assert rows_of(found[0]) == [timed] * 2
    record_of_two = record('duration: 1.000 ms  statement: select "a"') + "\n"
    (entries,) = csv_entries([record_of_two * 2], InputTally("log"))
    assert isinstance(entries, Timed)
    assert entries.text == ['select "a"'] * 2
    told = {"user": "ann", "session_id": "7.1", "vxid": "3/0", "error_severity": "LOG"}
    message = 'duration: 1.000 ms  statement: select\n\t"a\\b"'
    line = {"timestamp": "2026-11-21 15:57:39.298 UTC", **told, "message": message, "query_id": 5}
    text = json.dumps(line, separators=(",", ":")) + "\n"
    (entries,) = json_entries([text * 2], InputTally("log"))
    assert isinstance(entries, Timed)
    assert entries.text == ['select\n\t"a\\b"'] * 2
    assert entries.query_id == [5, 5]


def test_no_word_of_the_server_begins_with_a_small_letter() -> None:
    """A header's expression begins with that: it is faster."""
    assert not [word for word in (*words().severities, *words().labels) if "a" <= word[0] <= "z"]
