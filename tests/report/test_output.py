import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dbaudit.errors import ReportError, UsageError
from dbaudit.report.output import (
    Destination,
    Format,
    check_destinations,
    deliver,
    parse_destinations,
    write_file,
)

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a full disk: what is written past this size fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("formats", "output", "expected"),
    [
        ([], None, [("terminal", None)]),
        (["json"], None, [("json", None)]),
        (["json=-"], None, [("json", None)]),
        (["json=a=b.json"], None, [("json", "a=b.json")]),
        (["json=out.json", "terminal"], None, [("json", "out.json"), ("terminal", None)]),
        (["markdown"], "out.txt", [("markdown", "out.txt")]),
        (["json=a", "junit"], "b", [("json", "a"), ("junit", "b")]),
        ([], "out.json", [("json", "out.json")]),
        ([], "out.MD", [("markdown", "out.MD")]),
        ([], "out.xml", [("junit", "out.xml")]),
        ([], "out.txt", [("terminal", "out.txt")]),
        (["json"], "-", [("json", None)]),
    ],
)
def test_what_is_asked_for(
    formats: list[str], output: str | None, expected: list[tuple[str, str | None]]
) -> None:
    found = parse_destinations(formats, Path(output) if output else None)
    assert [(d.format, d.path and str(d.path)) for d in found] == expected


@pytest.mark.parametrize(
    ("formats", "output", "message"),
    [
        (["yaml"], None, "unknown; known are terminal, json, markdown, junit"),
        (["sarif"], None, "not in this version of dbaudit; known are terminal, json"),
        (["html=x.html"], None, "not in this version"),
        (["JSON"], None, "unknown"),
        ([""], None, "unknown"),
        (["json="], None, "names no file"),
        (["json", "terminal"], None, "cannot both go to stdout"),
        (["json=a", "junit=./a"], None, "cannot both go to the file a"),
        (["json", "junit"], "a", "2 formats have no file"),
        (["json=a"], "b", "0 formats have no file"),
    ],
)
def test_what_does_not_fit_together(formats: list[str], output: str | None, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_destinations(formats, Path(output) if output else None)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_command_may_offer_fewer_formats() -> None:
    offered = (Format.TERMINAL, Format.JSON)
    with pytest.raises(UsageError, match=r"known are terminal, json$"):
        parse_destinations(["junit"], offered=offered)
    assert parse_destinations([], Path("a.xml"), offered)[0].format is Format.TERMINAL


def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    def check(path: Path) -> None:
        check_destinations([Destination(Format.JSON, path)])

    check(tmp_path / "new.json")
    check(Path("/dev/null"))
    check_destinations([Destination(Format.JSON)])
    with pytest.raises(ReportError, match="is a folder"):
        check(tmp_path)
    with pytest.raises(ReportError, match=r"the folder .*none does not exist"):
        check(tmp_path / "none" / "a.json")
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="does not exist"):
        check(tmp_path / "file" / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root may write everywhere: what the system answers to others is stood in for
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ReportError, match="is not writable"):
        check_destinations([Destination(Format.JSON, tmp_path / "a.json")])


def test_a_file_is_written_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write_file(path, "日本語 \ud800\n")
    assert path.read_bytes() == "日本語 \\ud800\n".encode()


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_file(old, "x")
        write_file(new, "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write_file(path, "old")
    with largest_file(1000), pytest.raises(ReportError) as raised:
        write_file(path, "x" * 100_000)
    assert str(raised.value).startswith(f"{path}: cannot be written: ")
    assert str(raised.value).endswith("; the old file was left as it was")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@needs_dev_full
def test_a_full_device_is_one_line() -> None:
    with pytest.raises(ReportError, match=r"^/dev/full: cannot be written: No space left"):
        write_file(Path("/dev/full"), "x")
    assert Path("/dev/full").is_char_device()


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        write_file(pipe, "through")
        assert reader.stdout and reader.stdout.read() == b"through"


def test_stdout_gets_the_text(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    deliver(Destination(Format.JSON), "日本語\n")
    assert capfdbinary.readouterr().out == "日本語\n".encode()


WRITE = """
import sys
from dbaudit.errors import ReportError
from dbaudit.report.output import Destination, Format, deliver
try:
    deliver(Destination(Format(sys.argv[1])), "é" * int(sys.argv[2]))
except ReportError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""


def write_in_a_process(
    stdout: int, format: str = "json", size: int = 10, encoding: str = "utf-8"
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", WRITE, format, str(size)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )


@needs_dev_full
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_full_stdout_is_one_line(size: int) -> None:
    with Path("/dev/full").open("wb") as full:
        done = write_in_a_process(full.fileno(), size=size)
    assert done.returncode == 2
    assert done.stderr == b"stdout: cannot be written: No space left on device\n"


def test_a_reader_that_has_gone_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = write_in_a_process(writer, size=1_000_000)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("format", "expected"), [("terminal", b"\\xe9" * 10), ("json", "é".encode() * 10)]
)
def test_machine_formats_are_utf_8_whatever_the_locale(format: str, expected: bytes) -> None:
    done = write_in_a_process(subprocess.PIPE, format, encoding="ascii")
    assert (done.returncode, done.stdout) == (0, expected)


def test_the_command_line_parses_its_options_without_heavy_imports() -> None:
    code = """
import sys, dbaudit.report.output, dbaudit.report.baseline
print(sorted({'pandas', 'rich', 'numpy', 'duckdb'} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
