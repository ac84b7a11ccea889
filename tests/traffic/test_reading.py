"""Files, folders, compressed files, parts and times: what is asked for is what is read."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import zstandard

from dbaudit.errors import LogError, UsageError
from dbaudit.traffic import files as files_module
from dbaudit.traffic import log_part
from dbaudit.traffic.files import LogFile, divide, find_logs
from dbaudit.traffic.open_log import DAMAGED
from dbaudit.traffic.reading import EMPTY, ReadOptions, read_logs
from dbaudit.traffic.tally import InputTally
from tests.traffic.log_text import BEGIN, PREFIX, line, log


def numbers(
    logs: Sequence[LogFile], options: ReadOptions | None = None
) -> tuple[list[int], list[InputTally]]:
    tallies: list[InputTally] = []
    found = read_logs(logs, options or ReadOptions(), tallies)
    return [int(each.text.split()[1]) for each in found], tallies


def write(path: Path, text: str | bytes) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def test_a_folder_is_read_in_order_of_time_however_it_is_packed(tmp_path: Path) -> None:
    write(tmp_path / "postgresql.log", log(range(30, 40)))
    write(tmp_path / "postgresql.log.1", log(range(20, 30)))
    write(tmp_path / "postgresql.log.2.gz", gzip.compress(log(range(10, 20)).encode()))
    packed = zstandard.ZstdCompressor().compress(log(range(0, 10)).encode())
    write(tmp_path / "postgresql.log.3.zst", packed)
    write(tmp_path / "notes.txt", "nothing of this")
    write(tmp_path / "pgbouncer.log", "2026-11-21 15:57:39.000 UTC [1] LOG stats: 0 xacts/s\n")
    write(tmp_path / "empty.log", "")
    found, tallies = numbers(find_logs([str(tmp_path)]))
    assert found == list(range(40))
    by_name = {Path(tally.source).name: tally for tally in tallies}
    assert set(by_name["empty.log"].notes) == {EMPTY}
    assert next(iter(by_name["pgbouncer.log"].notes)).startswith("not read: ")
    assert sum(tally.statements for tally in tallies) == 40


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["a.log", "a.csv", "a.json", "b.log"], ["a.csv", "b.log"]),
        (["postgresql.log.2026-11-21-15", "postgresql.log.2026-11-21-15.csv"], ["…csv"]),
        (["a.log.gz", "a.json.gz", "a.log"], ["a.json.gz", "a.log"]),
        (["postgresql-15-main.log", "postgresql-15-main.log.1"], ["….log", "….log.1"]),
        (["a.log", "current_logfiles", "a.txt", "a.pid"], ["a.log"]),
    ],
)
def test_the_logs_of_a_folder(tmp_path: Path, names: list[str], read: list[str]) -> None:
    for name in names:
        write(tmp_path / name, "")
    found = sorted(Path(log.path).name for log in find_logs([str(tmp_path)]))
    assert len(found) == len(read)
    assert all(name.endswith(end.strip("…")) for name, end in zip(found, read, strict=True))


def test_a_session_goes_on_in_the_next_file(tmp_path: Path) -> None:
    head = "2026-11-21 15:57:39.000 UTC [1] u@d LOG:  "
    first = write(tmp_path / "a.log", f"{head}statement: select 1\n")
    second = write(tmp_path / "b.log", f"{head.replace(':39', ':40')}duration: 5.000 ms\n")
    tallies: list[InputTally] = []
    found = list(read_logs(find_logs([second, first]), ReadOptions(), tallies))
    assert [(each.text, each.duration_ms) for each in found] == [("select 1", 5.0)]


def zst(data: bytes) -> bytes:
    """In two frames, as `cat a.zst b.zst` makes them."""
    half = len(data) // 2
    return b"".join(zstandard.ZstdCompressor().compress(d) for d in (data[:half], data[half:]))


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zst])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, compress: type[bytes]) -> None:
    data = io.BufferedReader(io.BytesIO(compress(log(range(10)).encode())))
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": data}))
    found, tallies = numbers(find_logs(["-"]))
    assert found == list(range(10))
    assert tallies[0].source == "standard input"


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"no\.log: no such file"):
        find_logs([str(tmp_path / "no.log")])
    with pytest.raises(LogError, match="no logs in it"):
        find_logs([str(tmp_path)])
    page = write(tmp_path / "access.log", "GET /\n")
    with pytest.raises(LogError, match=r"access\.log: no log of PostgreSQL"):
        numbers([LogFile(page)])
    with pytest.raises(LogError, match=r"'%t %u '; --log-line-prefix '%m \[%p\] %q%u@%d ' would"):
        numbers([LogFile(write(tmp_path / "pg.log", line(1)))], ReadOptions(prefix="%t %u "))
    with pytest.raises(UsageError, match="encoding 'utf-9' is not known"):
        numbers([LogFile(str(tmp_path / "pg.log"))], ReadOptions(encoding="utf-9"))
    with pytest.raises(LogError, match=r"gone\.log: No such file"):
        numbers([LogFile(str(tmp_path / "gone.log"))])


@pytest.mark.parametrize("compress", [gzip.compress, zst])
def test_damaged_data_are_read_as_far_as_they_go(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    whole = compress(log(range(50_000)).encode())
    early, late = whole[: 2 * len(whole) // 3], bytearray(whole)
    late[-len(whole) // 3] ^= 255
    for damaged in (early, bytes(late)):
        found, tallies = numbers([LogFile(write(tmp_path / "a.log.x", damaged))])
        assert 1000 < len(found) < 50_000
        assert found == list(range(len(found)))
        assert any(note.startswith(DAMAGED) for note in tallies[0].notes)
    found, tallies = numbers([LogFile(write(tmp_path / "a.log.x", whole))])
    assert found == list(range(50_000))
    assert not tallies[0].notes


def test_other_encodings(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", line(1, " -- é").encode("latin-1"))
    tallies: list[InputTally] = []
    found = list(read_logs([LogFile(path)], ReadOptions(encoding="LATIN1"), tallies))
    assert found[0].text == "select 1 -- é"
    assert not tallies[0].notes


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and probes of a few hundred bytes, for logs that are quick to write."""
    monkeypatch.setattr(files_module, "MIN_PART_BYTES", 300)
    monkeypatch.setattr(log_part, "_PROBE_BYTES", 250)
    monkeypatch.setattr(log_part, "_NARROW_BYTES", 500)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("shares", [1, 2, 3, 7])
def test_shares_together_are_the_whole(tmp_path: Path, shares: int) -> None:
    text = "\n\tfrom t\n\twhere '2026-11-21 15:57:39.298 UTC [1] u@d LOG:  x'"
    write(tmp_path / "a.log", log(range(150), text))
    write(tmp_path / "b.log", log(range(150, 170)))
    write(tmp_path / "c.log.gz", gzip.compress(log(range(170, 200)).encode()))
    divided = divide(find_logs([str(tmp_path)]), shares)
    assert len(divided) <= shares
    assert shares == 1 or len(divided) > 1
    assert [each for share in divided for each in numbers(share)[0]] == list(range(200))
    assert sum(tally.skipped_lines for share in divided for tally in numbers(share)[1]) == 0


@pytest.mark.usefixtures("small_steps")
def test_since_and_until(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_part, "_DISORDER_SECONDS", 0.005)
    path = write(tmp_path / "a.log", log(range(1000)))
    options = ReadOptions(since=BEGIN + 0.7, until=BEGIN + 0.8)
    found, tallies = numbers([LogFile(path)], options)
    assert found == list(range(700, 801))
    assert tallies[0].lines < 400  # what lies before was not read
    packed = write(tmp_path / "a.log.gz", gzip.compress(log(range(1000)).encode()))
    assert numbers([LogFile(packed)], options)[0] == found


def test_reading_ends_behind_until(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", log(range(10)) + log(range(100_000, 120_000)))
    found, tallies = numbers([LogFile(path)], ReadOptions(until=BEGIN + 1.0, prefix=PREFIX))
    assert found == list(range(10))
    assert tallies[0].lines < 20_010
