"""Lines of a log in stderr form are put together, and every one is accounted for."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_line_prefix import line_prefix
from dbaudit.traffic.stderr_log import FOREIGN, NO_TIME, ORPHAN, UNENDED, stderr_entries
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_blocks import NUL, text_blocks
from tests.traffic.log_text import entries_of

PREFIX = "%m [%p] %q%u@%d "
HEAD = "2026-11-21 15:57:39.298 UTC [7] a@b "
AT = 1795276659.298


def read(data: bytes | str, size: int = 64) -> tuple[list[Entry], InputTally]:
    raw = data.encode() if isinstance(data, str) else data
    tally = InputTally("log")
    blocks = text_blocks((raw[at : at + size] for at in range(0, len(raw), size)), "utf-8", tally)
    entries = entries_of(stderr_entries(blocks, line_prefix(PREFIX), tally))
    return [entry for entry in entries if entry is not None], tally


def test_an_entry_with_its_parts() -> None:
    entries, tally = read(
        f"{HEAD}ERROR:  division by zero\n{HEAD}DETAIL:  why\n{HEAD}HINT:  do not\n"
        f"{HEAD}CONTEXT:  f()\n\tline 2\n{HEAD}STATEMENT:  select\n\t\t1\n\t\n\t/ 0\n"
    )
    assert entries == [
        Entry(
            *(AT, "7", "a", "b", None, None, None, "ERROR", "division by zero"),
            *("why", "f()\nline 2", "select\n\t1\n\n/ 0"),
        )
    ]
    assert tally.lines == 9
    assert not tally.skipped


def test_foreign_lines_are_counted_and_not_taken_into_statements() -> None:
    entries, tally = read(
        f"before\n{HEAD}LOG:  duration: 1.0 ms  statement: select\n\t1\nsome other program\n"
        f"{HEAD}LOG:  next\n"
    )
    assert [entry.message for entry in entries] == [
        "duration: 1.0 ms  statement: select\n1",
        "next",
    ]
    assert tally.skipped == {FOREIGN: 2}


def test_an_entry_without_its_end_is_left_out() -> None:
    entries, tally = read(f"{HEAD}LOG:  whole\n{HEAD}LOG:  duration: 1.0 ms  statement: sel")
    assert [entry.message for entry in entries] == ["whole"]
    assert tally.skipped == {UNENDED: 1}


def test_parts_without_their_entry_are_counted() -> None:
    other = HEAD.replace("[7]", "[8]")
    entries, tally = read(f"{HEAD}DETAIL:  lost\n{HEAD}LOG:  a\n{other}STATEMENT:  x\n\ty\n")
    assert [entry.statement for entry in entries] == [None]
    assert tally.skipped == {ORPHAN: 3}


def test_a_time_that_is_none_is_counted() -> None:
    entries, tally = read(f"{HEAD.replace('-11-', '-13-')}LOG:  a\n{HEAD}LOG:  b\n")
    assert [entry.message for entry in entries] == ["b"]
    assert tally.skipped == {NO_TIME: 1}


def test_windows_ends_of_lines_and_nul_bytes() -> None:
    entries, tally = read(f"{HEAD}LOG:  a\r\n\tb\r\n\0\0{HEAD}LOG:  c\r\n", size=10_000)
    assert [entry.message for entry in entries] == ["a\nb", "c"]
    assert tally.notes == {NUL: 2}


def test_bytes_that_are_no_utf_8_are_replaced_and_counted() -> None:
    entries, tally = read(f"{HEAD}LOG:  caf".encode() + b"\xe9\n" + f"{HEAD}LOG:  ok\n".encode())
    assert [entry.message for entry in entries] == ["caf\N{REPLACEMENT CHARACTER}", "ok"]
    assert sum(tally.notes.values()) == 1


def test_a_pause_gives_what_is_there() -> None:
    tally = InputTally("log")

    def blocks() -> Iterator[bytes]:
        yield f"{HEAD}LOG:  a\n{HEAD}LOG:  b\n".encode()
        yield b""
        yield f"{HEAD}LOG:  c\n".encode()

    text = text_blocks(blocks(), "utf-8", tally)
    found = entries_of(stderr_entries(text, line_prefix(PREFIX), tally))
    assert [entry and entry.message for entry in found] == ["a", "b", None, "c"]


def test_a_statement_of_many_megabytes() -> None:
    text = "select '" + "x" * 79 + "\n\t"
    entries, tally = read(f"{HEAD}LOG:  {text * 60_000}\n{HEAD}LOG:  b\n", size=2**20)
    assert len(entries[0].message) == 60_000 * (len(text) - 1)
    assert entries[1].message == "b"
    assert not tally.skipped


_LINE = st.one_of(
    st.sampled_from(
        [
            f"{HEAD}LOG:  duration: 1.0 ms  statement: select 1".encode(),
            f"{HEAD}DETAIL:  Parameters: $1 = 'x'".encode(),
            f"{HEAD}ERROR:  e".encode(),
            f"{HEAD}STATEMENT:  s".encode(),
            b"\tcontinued",
            b"",
            b"\r",
        ]
    ),
    st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(_LINE, max_size=12), st.integers(1, 200), st.booleans())
def test_every_line_is_in_an_entry_or_counted(lines: list[bytes], size: int, has_end: bool) -> None:
    data = b"\n".join(lines) + (b"\n" if has_end else b"")
    entries, tally = read(data, size)
    data = data.replace(b"\0", b"")
    in_entries = sum(
        1 + text.count("\n")
        for entry in entries
        for text in (entry.message, entry.detail, entry.context, entry.statement)
        if text is not None
    )
    assert tally.lines == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    doubled = sum(line.startswith(HEAD.encode() + b"DETAIL") for line in lines)
    doubled += sum(line.startswith(HEAD.encode() + b"STATEMENT") for line in lines)
    assert in_entries + tally.skipped_lines <= tally.lines
    assert tally.lines - doubled - lines.count(b"\tcontinued") <= in_entries + tally.skipped_lines
