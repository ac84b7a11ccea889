"""A trace is read as the statements that were sent; what is no part of it is counted."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit import trace
from dbaudit.audit.traffic import traffic_of_logs
from dbaudit.audit.traffic_audit import snapshot_of_traffic, with_traffic
from dbaudit.audit.traffic_sums import sums_of_logs
from dbaudit.trace.values import Hashed
from dbaudit.traffic.execution import Execution, Told
from dbaudit.traffic.files import LogFile
from dbaudit.traffic.reading import ReadOptions, follow_log, read_logs
from dbaudit.traffic.repeated import read_examples, with_values
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.totals import Example
from dbaudit.traffic.trace_file import (
    CUT_STATEMENT,
    LOST,
    NEWER,
    NO_OBJECT,
    is_hashed,
    request_name,
    trace_executions,
)

LINE: dict[str, Any] = {
    "v": 1,
    "time": 1000.5,
    "duration_ms": 1.5,
    "by": "django",
    "place": "app/views.py:7",
    "loads": "lazy Book.author",
    "session": "12.1",
    "transaction": 3,
    "database": "shop",
    "request": "GET /a#b",
    "request_id": "12.9",
    "statement": "select %s",
    "parameters": ["h:1", None],
    "rows": 1,
}


def _read(*lines: str) -> tuple[list[Execution], InputTally]:
    tally = InputTally("a trace")
    read = trace_executions(["".join(line + "\n" for line in lines)], tally)
    return [execution for execution in read if isinstance(execution, Execution)], tally


def test_a_line_tells_an_execution() -> None:
    executions, tally = _read(json.dumps(LINE))
    assert executions == [
        Execution(
            at=1000.5,
            session="12.1",
            text="select %s",
            duration_ms=1.5,
            parameters=("h:1", None),
            database="shop",
            transaction="12.1.3",
            told=Told(
                rows=1,
                request="GET /a#b#12.9",
                place="app/views.py:7",
                library="django",
                loads="lazy Book.author",
            ),
        )
    ]
    assert request_name(executions[0].told.request or "") == "GET /a#b"
    assert not tally.skipped
    assert not tally.notes


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        '{"v":1',
        "[1]",
        "7",
        '{"time":1}',
        json.dumps({**LINE, "statement": 7}),
        json.dumps({**LINE, "time": None}),
        json.dumps({**LINE, "rows": "many"}),
        json.dumps({**LINE, "parameters": 5}),
        json.dumps({**LINE, "place": ["x"]}),
        "[" * 100_000,
    ],
)
def test_what_is_no_line_of_a_trace_is_counted(line: str) -> None:
    executions, tally = _read(line, json.dumps(LINE))
    assert len(executions) == 1
    assert tally.skipped == {NO_OBJECT: 1}


def test_what_was_lost_or_cut_or_is_newer_is_told() -> None:
    cut = {**LINE, "length": 100_000}
    newer = {**LINE, "v": 2}
    lost = {"v": 1, "lost": 12, "reason": "No space left on device"}
    more = {**LINE, "colour": "blue"}
    executions, tally = _read(*map(json.dumps, (cut, newer, lost, more)))
    assert len(executions) == 2
    assert tally.skipped == {NEWER: 1}
    assert tally.notes == {CUT_STATEMENT: 1, LOST: 12}


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
)


@given(st.dictionaries(st.sampled_from([*LINE, "calls", "lost", "length", "error"]), VALUES))
def test_no_line_is_swallowed(changes: dict[str, object]) -> None:
    executions, tally = _read(json.dumps({**LINE, **changes}))
    assert len(executions) + tally.skipped_lines == 1 or LOST in tally.notes or "lost" in changes


@given(st.text())
def test_text_of_any_kind_does_no_harm(text: str) -> None:
    _read(text, json.dumps(LINE))


def test_it_is_read_among_logs_and_by_time(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    lines = [json.dumps({**LINE, "time": float(at)}) for at in (1000, 2000, 3000)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    tallies: list[InputTally] = []
    read = list(read_logs([LogFile(str(path))], ReadOptions(since=1500, until=2500), tallies))
    assert [each.at for each in read] == [2000.0]
    assert (tallies[0].format, tallies[0].lines) == ("trace", 3)


def test_it_is_followed_while_an_application_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    path.write_text(json.dumps(LINE) + "\n", "utf-8")
    following = follow_log(LogFile(str(path)), ReadOptions(poll_seconds=0.01), [])
    assert next(each for each in following if each is not None).at == 1000.5
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**LINE, "time": 7.0}) + "\n")
    assert next(each for each in following if each is not None).at == 7.0


def test_what_a_tracer_writes_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    with trace.to(path) as tracer:
        threads = [threading.Thread(target=_send, args=(tracer, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    read = list(read_logs([LogFile(str(path))], ReadOptions(), []))
    assert len(read) == 4 * 50
    assert {each.text for each in read} == {"select '\ud800\x00\n😀'", "select 1"}


class _Connection:
    """A connection of a driver that nobody knows."""


def _send(tracer: trace.Tracer, number: int) -> None:
    connection = _Connection()
    for _ in range(50):
        started = tracer.begin(connection)
        text = "select 1" if number % 2 else "select '\ud800\x00\n😀'"
        tracer.end("psycopg", started, text, (number,))


EAGER = {
    **{"v": 1, "time": 1.0, "by": "sqlalchemy", "place": "app.py:7", "eager": "Book.author"},
    **{"option": "joinedload", "objects": 12, "used": False},
}


def test_eager_loads_are_summed_over_files_and_runs(tmp_path: Path) -> None:
    logs = []
    for number, more in enumerate(({}, {"objects": 5}, {"place": "b.py:1", "used": True})):
        path = tmp_path / f"{number}.jsonl"
        path.write_text(json.dumps({**EAGER, **more}) + "\n" + '{"v":1,"time":1.0,"eager":1}\n')
        logs.append(LogFile(str(path)))
    sums = sums_of_logs(logs, ReadOptions())
    assert [dict(tally.skipped) for tally in sums.tallies.values()] == [{NO_OBJECT: 1}] * 3
    traffic = traffic_of_logs(sums)
    frame = with_traffic(snapshot_of_traffic(traffic), traffic).frames["eager_loads"]
    read = frame[["place", "executions", "objects", "largest", "is_used"]].to_numpy().tolist()
    assert read == [["app.py:7", 2, 17, 12, False], ["b.py:1", 0, 12, 12, True]]


def test_eager_loads_are_bounded_by_time_and_what_is_read_is_not(tmp_path: Path) -> None:
    path = tmp_path / "app.jsonl"
    used = {**EAGER, "place": "used.py:1", "used": True}
    lines = [{**EAGER, "time": at, "objects": int(at)} for at in (1000, 2000, 3000)]
    path.write_text("".join(json.dumps(line) + "\n" for line in (used, *lines)), "utf-8")
    tallies: list[InputTally] = []
    assert not list(read_logs([LogFile(str(path))], ReadOptions(since=1500, until=2500), tallies))
    told = {load.place: (load.objects, load.is_used) for load in tallies[0].eager_loads.values()}
    assert told == {"app.py:7": (2000, False), "used.py:1": (12, True)}


HASHED = "h:0123456789ab"


def test_a_hash_is_told_from_a_value() -> None:
    assert is_hashed(Hashed().value("x"))
    assert is_hashed(Hashed().value([1, None]))
    assert not any(map(is_hashed, (None, "h:", "{}", "{1,2}", "h:0123456789ag", "NULL")))


def test_a_hash_never_stands_for_a_value() -> None:
    told = [
        Example(
            "select a from t where b = %s and c = %s", (), (HASHED[:-1] + end, "5"), 1.0, 0, None
        )
        for end in "bc"
    ]
    found = read_examples(told)
    assert found is not None
    assert found.known == {2}
    assert found.repeated.statement == "select a from t where b = $1 and c = $2"
    assert with_values(told[0]) == "select a from t where b = $1 and c = '5'"


def test_a_hash_in_the_text_is_a_parameter() -> None:
    text = f"select a from t where b = '{HASHED}' and c = 'x'"
    found = read_examples([Example(text, (), (), 1.0, 0, None)])
    assert found is not None
    assert found.known == frozenset()
    assert found.repeated.statement == "select a from t where b = $1 and c = 'x'"
