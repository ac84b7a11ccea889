"""A log that grows is followed, through rotation and truncation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile
from dbaudit.traffic.follow import ROTATED, TRUNCATED
from dbaudit.traffic.reading import ReadOptions, follow_log
from dbaudit.traffic.tally import InputTally
from tests.traffic.log_text import line, log


class Follower:
    """Reads until the log pauses; a pause takes no time here."""

    def __init__(self, log: LogFile) -> None:
        self.tallies: list[InputTally] = []
        self._found: Iterator[Execution | None] = follow_log(
            log, ReadOptions(poll_seconds=0.0), self.tallies
        )

    def news(self, pauses: int = 1) -> list[int]:
        found = []
        while pauses:
            each = next(self._found)
            if each is None:
                pauses -= 1
            else:
                found.append(int(each.text.split()[1]))
        return found


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_what_is_added_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(log(range(5)))
    follower = Follower(LogFile(str(path)))
    assert follower.news(2) == list(range(5))
    append(path, line(5) + line(6)[:60])
    assert follower.news() == [5]
    append(path, line(6)[60:])
    assert follower.news() == [6]


def test_a_message_that_is_still_being_written_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text(line(5).replace("\n", "\n\tfrom t\n"))
    rest = ["\twhere a = 1\n", line(6)]
    monkeypatch.setattr(time, "sleep", lambda _: rest and append(path, rest.pop(0)))
    found = follow_log(LogFile(str(path)), ReadOptions(), [])
    texts = [each.text for each in takewhile(lambda each: each is not None, found)]
    assert [text.split("\n")[1:] for text in texts] == [["from t", "where a = 1"], []]


def test_a_log_that_begins_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("")
    follower = Follower(LogFile(str(path)))
    assert follower.news(2) == []
    append(path, line(1))
    assert follower.news(2) == [1]


def test_rotation_by_another_file_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(line(1))
    follower = Follower(LogFile(str(path)))
    assert follower.news(2) == [1]
    append(path, line(2))
    path.rename(tmp_path / "a.log.1")
    assert follower.news(2) == [2]
    path.write_text(line(3))
    append(tmp_path / "a.log.1", line(4))
    assert follower.news(2) == [4, 3]
    assert follower.tallies[0].notes[ROTATED] == 1


def test_rotation_by_a_new_file_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(line(1))
    follower = Follower(LogFile(str(path), folder=str(tmp_path)))
    assert follower.news(2) == [1]
    (tmp_path / "b.log").write_text(line(2))
    assert follower.news(2) == [2]
    (tmp_path / "a.log.1").write_text(line(1))
    (tmp_path / "a.log.2.gz").write_bytes(b"packed")
    assert follower.news() == []
    append(tmp_path / "b.log", line(3))
    assert follower.news() == [3]


def test_truncation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(log(range(5)))
    follower = Follower(LogFile(str(path)))
    assert follower.news(2) == list(range(5))
    path.write_text(line(7))
    assert follower.news() == [7]
    assert follower.tallies[0].notes[TRUNCATED] == 1
