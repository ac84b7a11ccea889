"""Records of csvlog are read whole, and what is none is counted."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic.csv_log import NO_RECORD, csv_entries
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_blocks import text_blocks
from tests.traffic.log_text import entries_of


def record(message: str, columns: int = 26, statement: str = "") -> str:
    """As write_csvlog() of csvlog.c writes it."""
    stamp = "2026-11-21 15:57:39.298 UTC"
    quoted = [f'"{value.replace(chr(34), chr(34) * 2)}"' if value else "" for value in (message,)]
    text = statement.replace('"', '""')
    values = [stamp, '"a"', '"b"', "7", '"[local]"', "6b01bf73.7", "1", '"SELECT"', stamp, "3/4"]
    values += ["0", "LOG", "00000", *quoted, "", "", "", "", "", f'"{text}"' if text else "", ""]
    values += ["", '"app"', '"client backend"', "", "99"]
    return ",".join(values[:columns])


def read(data: bytes | str, size: int = 100) -> tuple[list[Entry], InputTally]:
    raw = data.encode() if isinstance(data, str) else data
    tally = InputTally("log")
    blocks = text_blocks((raw[at : at + size] for at in range(0, len(raw), size)), "utf-8", tally)
    return [entry for entry in entries_of(csv_entries(blocks, tally)) if entry is not None], tally


@pytest.mark.parametrize("columns", [23, 24, 26])
def test_every_version_s_columns(columns: int) -> None:
    entries, tally = read(record('say "x",\ny', columns) + "\n")
    assert not tally.skipped
    assert entries == [
        Entry(
            *(1795276659.298, "6b01bf73.7", "a", "b", "app", "3/4", 99 if columns == 26 else None),
            *("LOG", 'say "x",\ny', None, None, None),
        )
    ]


def test_foreign_lines_and_a_cut_record_are_counted() -> None:
    cut = record("c")[:60]
    entries, tally = read(f'"odd\n{record("a")}\nother, "line\n{record("b")}\n{cut}')
    assert [entry.message for entry in entries] == ["a", "b"]
    assert tally.skipped == {NO_RECORD: 3}


def test_a_query_id_that_is_no_number() -> None:
    entries, tally = read(record("a") + "x\n" + record("b") + "\n")
    assert [entry.message for entry in entries] == ["b"]
    assert tally.skipped == {NO_RECORD: 1}


def test_a_statement_that_holds_a_log() -> None:
    text = f"insert into logs values ('{record('inner')}\n{record('inner')}\n')"
    entries, tally = read(record(text) + "\n" + record("next") + "\n")
    assert [entry.message for entry in entries] == [text, "next"]
    assert not tally.skipped


def test_a_statement_of_many_megabytes() -> None:
    text = "select '" + ("x" * 79 + "\n") * 60_000
    entries, tally = read(f"{record(text)}\n{record('b')}\n", size=2**20)
    assert [len(entry.message) for entry in entries] == [len(text), 1]
    assert not tally.skipped


_LINE = st.one_of(
    st.sampled_from(["a", 'two\nlines "q"', "tail\n"]).map(lambda text: record(text).encode()),
    st.sampled_from(
        [b'"', b"", b',,"', b"2026-11-21 15:57:39.298 UTC,,", record("x")[:90].encode()]
    ),
    st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ").replace(b"\r", b" ")),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(_LINE, max_size=10), st.integers(1, 400))
def test_every_line_is_in_an_entry_or_counted(lines: list[bytes], size: int) -> None:
    data = b"\n".join(lines) + b"\n"
    entries, tally = read(data, size)
    in_entries = sum(1 + entry.message.count("\n") for entry in entries)
    blank = sum(not line.strip(b"\0") for line in data.split(b"\n")[:-1])
    assert tally.lines == data.count(b"\n")
    assert in_entries + tally.skipped_lines <= tally.lines
    assert in_entries + tally.skipped_lines >= tally.lines - blank


def test_the_record_of_these_tests_is_csv() -> None:
    assert len(next(csv.reader(io.StringIO(record("a"))))) == 26
