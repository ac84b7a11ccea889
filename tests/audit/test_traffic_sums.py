"""Logs read by several processes give the same sums as read by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.audit.traffic import traffic_of_logs
from dbaudit.audit.traffic_sums import Sums, sums_of_logs
from dbaudit.errors import LogError
from dbaudit.traffic.files import find_logs
from dbaudit.traffic.reading import ReadOptions


def _line(hour: int, number: int, statement: str) -> str:
    at = f"2026-01-31 {hour:02}:00:00.{number:03} UTC"
    return f"{at} [{hour}00] app@shop LOG:  duration: 0.500 ms  statement: {statement}\n"


def _write(folder: Path, hour: int) -> None:
    lines = [_line(hour, 0, f"SELECT id FROM author WHERE country = 'c{hour}'")]
    lines += [_line(hour, n, f"SELECT title FROM book WHERE author_id = {n}") for n in range(1, 9)]
    if hour == 1:  # a loop begins …
        at = "2026-01-31 01:59:59"
        lines += [_nightly(at, 979, "SELECT id FROM job")]
        lines += [
            _nightly(at, n, f"SELECT a FROM step WHERE job_id = {n}") for n in range(980, 1000)
        ]
    if hour == 2:  # … and goes on in the next log
        at = "2026-01-31 02:00:00"
        lines[:0] = [_nightly(at, n, f"SELECT a FROM step WHERE job_id = {n}") for n in range(30)]
    (folder / f"server-{hour:02}.log").write_text("".join(lines), "utf-8")


def _nightly(at: str, number: int, statement: str) -> str:
    duration = f"duration: 0.500 ms  statement: {statement}"
    return f"{at}.{number:03} UTC [77] app@shop LOG:  {duration}\n"


def _told(sums: Sums) -> object:
    traffic = traffic_of_logs(sums)
    statements = [(s.shape.text, s.calls, s.total_ms, s.p95_ms) for s in sums.totals.by_time()]
    patterns = [(p.kind, p.executions, p.occurrences, p.largest) for p in traffic.patterns]
    inputs = [(t.source, t.lines, t.statements) for t in traffic.inputs]
    return statements, patterns, inputs, traffic.seconds


def test_two_processes_find_what_one_does(tmp_path: Path) -> None:
    for hour in range(4):
        _write(tmp_path, hour)
    logs = find_logs([str(tmp_path)])
    alone = sums_of_logs(logs, ReadOptions(), 1)
    together = sums_of_logs(logs, ReadOptions(), 2)
    assert _told(together) == _told(alone)
    assert alone.totals.calls == 36 + 51
    assert [(p.occurrences, p.executions) for p in traffic_of_logs(together).patterns] == [
        (1, 50),
        (4, 32),
    ]


def test_a_loop_of_which_another_process_reads_the_most_is_one(tmp_path: Path) -> None:
    lines = [_nightly("2026-01-31 02:00:00", 0, "SELECT id FROM job")]
    for n in range(1, 9_000):
        at = f"2026-01-31 02:00:{n // 1000:02}"
        lines.append(_nightly(at, n % 1000, f"SELECT a FROM step WHERE job_id = {n}"))
    (tmp_path / "server-1.log").write_text("".join(lines[:700]), "utf-8")
    (tmp_path / "server-2.log").write_text("".join(lines[700:]), "utf-8")
    logs = find_logs([str(tmp_path)])
    together = sums_of_logs(logs, ReadOptions(), 2)
    assert _told(together) == _told(sums_of_logs(logs, ReadOptions(), 1))
    [found] = traffic_of_logs(together).patterns
    assert (found.occurrences, found.executions, found.largest) == (1, 8_999, 8_999)
    assert found.parent is not None


def test_times_in_whole_seconds_are_told(tmp_path: Path) -> None:
    for end in (".001", ""):
        path = tmp_path / "server.log"
        path.write_text(_line(1, 1, "SELECT id FROM author").replace(".001", end), "utf-8")
        remarks = traffic_of_logs(sums_of_logs(find_logs([str(path)]), ReadOptions())).remarks
        assert any("whole seconds" in remark for remark in remarks) == (not end)


def test_an_error_in_another_process_is_told(tmp_path: Path) -> None:
    for hour in range(2):
        _write(tmp_path, hour)
    (tmp_path / "other.log").write_text("2030-01-01 00:00:00 no log of a server\n" * 20, "utf-8")
    logs = find_logs([str(path) for path in sorted(tmp_path.iterdir())])
    with pytest.raises(LogError, match=r"other\.log: no log of PostgreSQL"):
        sums_of_logs(logs, ReadOptions(), 2)


def test_what_dbaudit_sent_itself_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    lines = []
    for number in range(60):
        application = "dbaudit" if number < 40 else "shop"
        statement = (
            "INSERT INTO ledger VALUES (%d)" if number < 40 else "SELECT a FROM t WHERE b = %d"
        )
        at = f"2026-01-31 01:00:00.{number:03} UTC"
        duration = f"duration: 0.500 ms  statement: {statement % number}"
        lines.append(f"{at} [77] app@shop/{application} LOG:  {duration}\n")
    marked = "/* dbaudit */ SELECT count(*) FROM t"
    lines.append(_line(1, 999, marked).replace("app@shop", "app@shop/psql"))
    path.write_text("".join(lines), "utf-8")
    options = ReadOptions(prefix="%m [%p] %u@%d/%a ")
    traffic = traffic_of_logs(sums_of_logs(find_logs([str(path)]), options))
    assert [each.calls for each in traffic.totals.by_time()] == [20]
    assert [pattern.executions for pattern in traffic.patterns] == [20]
    assert "41 executions are dbaudit's own and left out" in traffic.remarks
