"""Lines reach the file whole, or are counted; the application never notices."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dbaudit.trace import writer
from dbaudit.trace.writer import FileWriter


def _numbers(path: Path) -> list[int]:
    return [json.loads(line)["n"] for line in path.read_text("utf-8").splitlines()]


def _line(number: int) -> bytes:
    return json.dumps({"n": number, "text": "x" * 50}).encode() + b"\n"


def test_lines_of_many_threads_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    made = FileWriter(str(path))

    def put(first: int) -> None:
        for number in range(first, first + 500):
            made.put(_line(number))

    threads = [threading.Thread(target=put, args=(500 * each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.close()
    assert sorted(_numbers(path)) == list(range(2000))
    assert made.lost == 0


def test_lines_are_written_without_being_asked(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    made = FileWriter(str(path))
    made.put(_line(1))
    thread = made._thread
    assert thread is not None
    made._wake.set()
    while not path.exists() or not path.read_bytes():
        thread.join(0.01)
    assert _numbers(path) == [1]
    made.close()
    thread.join()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    made = FileWriter(str(path))
    made.put(_line(1))
    made.close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_rotated_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    made = FileWriter(str(path))
    made.put(_line(1))
    made.flush()
    path.rename(tmp_path / "t.jsonl.1")
    made.put(_line(2))
    made.close()
    assert _numbers(path) == [2]


def test_a_full_disk_is_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    made = FileWriter("/dev/full")
    with caplog.at_level(logging.WARNING, "dbaudit.trace"):
        for number in range(3):
            made.put(_line(number))
            made.flush()
    made.close()
    assert made.lost == 3
    assert [record.getMessage() for record in caplog.records] == [
        "/dev/full: statements are not written to the trace: No space left on device"
    ]


def test_what_was_lost_is_said_when_there_is_room_again(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    made = FileWriter(str(folder / "t.jsonl"))
    made.put(_line(1))
    made.flush()
    folder.mkdir()
    made.put(_line(2))
    made.close()
    lost, line = (folder / "t.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lost) == {"v": 1, "lost": 1, "reason": "No such file or directory"}
    assert json.loads(line)["n"] == 2


def test_a_torn_line_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    script = f"""
import resource
from dbaudit.trace.writer import FileWriter
made = FileWriter({str(path)!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for number in range(3):
    made.put({_line(0)!r})
made.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
made.put({_line(7)!r})
made.close()
print(made.lost)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == "2\n", done.stderr
    first, torn, lost, last = path.read_text("utf-8").splitlines()
    assert json.loads(first)["n"] == 0
    assert torn == _line(0).decode()[: len(torn)]
    assert json.loads(lost)["lost"] == 2
    assert json.loads(last)["n"] == 7


def test_memory_and_the_file_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING_BYTES", 3 * len(_line(1)))
    monkeypatch.setattr(FileWriter, "_start", lambda _: None)
    path = tmp_path / "t.jsonl"
    made = FileWriter(str(path), max_bytes=5 * len(_line(1)))
    for number in range(5):
        made.put(_line(number))
    assert made.lost == 2
    made.flush()
    for number in range(5):
        made.put(_line(number))
    made.close()
    said, *lines = path.read_text("utf-8").splitlines()
    assert json.loads(said)["lost"] == 2
    assert [json.loads(line)["n"] for line in lines] == [0, 1, 2]
    assert made.lost == 2 + 2 + 3


def test_a_child_of_fork_writes_its_own_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    script = f"""
import os
from dbaudit.trace.writer import FileWriter
made = FileWriter({str(path)!r})
made.put({_line(1)!r})
child = os.fork()
made.put({_line(3)!r} if child else {_line(2)!r})
if child:
    os.waitpid(child, 0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert sorted(_numbers(path)) == [1, 2, 3]


def test_a_process_of_multiprocessing_writes_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    script = f"""
from dbaudit.trace.writer import FileWriter
made = FileWriter({str(path)!r})
def work():
    made.put({_line(5)!r})
import multiprocessing
process = multiprocessing.get_context("fork").Process(target=work)
process.start()
process.join()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert _numbers(path) == [5]


def test_what_waits_is_written_at_exit(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    script = f"""
from dbaudit.trace.writer import FileWriter
FileWriter({str(path)!r}).put({_line(9)!r})
"""
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ})
    assert _numbers(path) == [9]
