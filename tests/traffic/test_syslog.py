"""Logs that went through syslog, journald or a platform are read as the server wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile
from dbaudit.traffic.log_line_prefix import line_prefix
from dbaudit.traffic.reading import ReadOptions, read_logs
from dbaudit.traffic.syslog import NO_YEAR, unwrapped
from dbaudit.traffic.tally import InputTally
from tests.traffic.log_text import log

LONG = "select '" + "word " * 400 + "'"


def read(path: Path, text: str, prefix: str | None = None) -> tuple[list[Execution], InputTally]:
    path.write_text(text)
    tallies: list[InputTally] = []
    found = list(read_logs([LogFile(str(path))], ReadOptions(prefix=prefix), tallies))
    return found, tallies[0]


def syslog(pid: int, message: int, prefix: str, text: str, tab: str = "#011") -> list[str]:
    """As write_syslog() of elog.c cuts a message, and rsyslog writes its parts."""
    parts = []
    for number, line in enumerate((prefix + text).split("\n")):
        rest = tab + line if number and not line.startswith(prefix.strip() or "\0") else line
        while len(rest) > 900:
            end = rest.rindex(" ", 0, 900)
            parts.append(rest[:end])
            rest = rest[end:]
        parts.append(rest)
    head = f"Nov 21 15:57:39 db1 postgres[{pid}]: "
    return [f"{head}[{message}-{number}] {part}" for number, part in enumerate(parts, 1)]


@pytest.mark.parametrize("prefix", ["", "u@d ", "2026-11-21 15:57:39.298 UTC [7] u@d "])
def test_messages_are_put_together_again(tmp_path: Path, prefix: str) -> None:
    first = syslog(7, 1, prefix, f"LOG:  duration: 1.0 ms  statement: {LONG}\nfrom\tt")
    parameters = f"{prefix}DETAIL:  Parameters: $1 = 'x'"
    statement = "LOG:  duration: 2.0 ms  execute S_1: select\n\n$1"
    second = syslog(8, 1, prefix.replace("[7]", "[8]"), f"{statement}")
    second.append(f"Nov 21 15:57:39 db1 postgres[8]: [1-4] {parameters.replace('[7]', '[8]')}")
    mixed = [line for pair in zip(first, second, strict=False) for line in pair]
    mixed += first[len(second) :] + second[len(first) :]
    mixed.insert(3, "Nov 21 15:57:39 db1 sshd[99]: Accepted publickey for root")
    mixed.insert(5, "-- MARK --")
    found, tally = read(tmp_path / "syslog.log", "\n".join(mixed) + "\n")
    assert {(each.text, each.parameters) for each in found} == {
        (f"{LONG}\nfrom\tt", ()),
        ("select\n\n$1", ("x",)),
    }
    assert {each.session for each in found} == {"7", "8"}
    assert {each.user for each in found} == {"u" if "u@d" in prefix else None}
    assert tally.skipped_lines == 2
    assert tally.lines == len(mixed)
    assert NO_YEAR in tally.notes


def test_journald(tmp_path: Path) -> None:
    lines = [
        "2026-11-21T15:57:39.298000+01:00 db1 postgres[7]: LOG:  duration: 1.0 ms  statement: a",
        "2026-11-21T15:57:39.299000+01:00 db1 postgres[7]: \tb",
        "2026-11-21T15:57:39.300000+01:00 db1 postgres[7]: LOG:  duration: 1.0 ms  statement: c",
    ]
    found, tally = read(tmp_path / "journal.log", "\n".join(lines) + "\n")
    assert [(each.text, each.at) for each in found] == [
        ("a\nb", 1795273059.298),
        ("c", 1795273059.3),
    ]
    assert not tally.skipped


@pytest.mark.parametrize("data", ["-", '[origin ip="::1"][x@1 a="b"]'])
def test_rfc_5424(tmp_path: Path, data: str) -> None:
    head = f"<134>1 2026-11-21T15:57:39.298Z db1 postgres 7 - {data} \ufeff"
    lines = [
        f"{head}[1-1] u@d LOG:  duration: 1.0 ms  statement: a",
        f"{head}[1-2] #011b",
        f"{head.replace('postgres 7', 'sshd 9')}bye",
        f"{head}[2-1] u@d LOG:  duration: 1.0 ms  statement: c",
    ]
    found, _ = read(tmp_path / "messages", "\n".join(lines) + "\n")
    assert [(each.text, each.at, each.session, each.user) for each in found] == [
        ("a\nb", 1795276659.298, "7", "u"),
        ("c", 1795276659.298, "7", "u"),
    ]


def test_heroku(tmp_path: Path) -> None:
    line = (
        "2026-11-21T15:57:39+00:00 app[postgres.1234]: [DATABASE] [5-1]  sql_error_code = 00000 "
        "LOG:  duration: 1.5 ms  statement: select 1\n"
    )
    found, _ = read(tmp_path / "heroku.log", line)
    assert [(each.text, each.session) for each in found] == [("select 1", "1234")]


@pytest.mark.parametrize("before", ["db-1  | ", "2026-11-21T15:57:39.298123456Z stderr F "])
def test_what_containers_put_before_each_line(tmp_path: Path, before: str) -> None:
    lines = log(range(5), "\n\tfrom t").splitlines()
    found, tally = read(tmp_path / "container.log", "".join(f"{before}{line}\n" for line in lines))
    assert [each.text for each in found] == [f"select {number}\nfrom t" for number in range(5)]
    assert not tally.skipped


_LINE = st.one_of(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from(["LOG:  x", "#011y", "", "z"]))
    .map(lambda part: f"Nov 21 15:57:39 db1 postgres[{part[0]}]: [1-{part[1]}] {part[2]}"),
    st.text(max_size=10).map(lambda text: text.replace("\n", " ")),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(_LINE, min_size=1, max_size=6), max_size=5))
def test_any_lines(blocks: list[list[str]]) -> None:
    tally = InputTally("log")
    text = ["\n".join(lines) + "\n" for lines in blocks]
    out = "".join(unwrapped(text, line_prefix(""), tally))
    assert out.count("\n") + tally.skipped_lines <= sum(map(len, blocks))
