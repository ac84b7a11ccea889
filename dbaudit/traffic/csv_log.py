"""Logs in csvlog form: records of comma-separated values, which may span lines.

https://www.postgresql.org/docs/18/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from io import StringIO

from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_words import words
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import MESSAGE, Escapes, Timed, TimedEntries, Together
from dbaudit.traffic.timestamps import Clock

NO_RECORD = "not a record of csvlog"

#: How many columns a record has: until 12, of 13 (backend_type), since 14 (leader_pid, query_id).
COLUMNS = frozenset({23, 24, 26})

#: A record begins with its time and a user's name, which is quoted or missing.
RECORD_BEGIN = re.compile(r'\n(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\s]*,(?:,|"[^"]))')

#: What stands between quotes; those inside are doubled.
_TEXT = r'[^"]*+(?:""[^"]*+)*+'

#: A record whose message tells a statement and its duration, of any version. Names hold no quotes.
#: Alternatives with nothing are faster than what may be missing, [0-9] is faster than \d, and what
#: is not one character faster than what is none of two.
_TIMED = re.compile(
    r"(?m:^)(?P<stamp>[0-9]{4}-[-0-9 :.]{18} [^, \n]*+),"
    r'(?P<who>(?:"[^"]*+"|),(?:"[^"]*+"|),[0-9]++,(?:"[^"]*+"|),[^,]*+),[0-9]*+,'
    r'(?:"[^"]*+"|),[^,]*+,(?P<transaction>[^,]*+),[0-9]*+,'
    rf'LOG,[0-9]++,"{MESSAGE}(?P<text>{_TEXT})",(?:"(?P<detail>{_TEXT})"|),,,,,,,'
    r"(?P<how>[^\n]*+)\n"
)
_WHO = re.compile(r'(?:"([^"]*)")?,(?:"([^"]*)")?,\d+,(?:"[^"]*")?,(.*)', re.DOTALL)
#: The location, then application, backend_type (since 13), leader_pid and query_id (since 14).
_HOW = re.compile(
    rf'(?:"{_TEXT}")?,(?:"(?P<application>{_TEXT})")?'
    rf'(?:,(?:"{_TEXT}")?(?:,\d*,(?P<query_id>-?\d*))?)?'
)


def _fields(expression: re.Pattern[str]) -> Callable[[str], tuple[str | None, ...]]:
    def read(written: str) -> tuple[str | None, ...]:
        match = expression.fullmatch(written)
        if match is None:
            raise ValueError(NO_RECORD)
        return match.groups()

    return read


_TOGETHER = {
    "who": Together(("user", "database", "session"), _fields(_WHO)),
    "how": Together(("application", "query_id"), _fields(_HOW)),
}
_NOBODY = (None, "")
_ESCAPES = Escapes('""', lambda text: text.replace('""', '"'))

#: More text than this in one record is broken: memory is bounded.
MAX_RECORD_CHARACTERS = 128 * 2**20


def csv_entries(blocks: Iterable[str], tally: InputTally) -> Iterator[Entry | Timed | None]:
    """The entries of a log, read block by block; each block ends with a line.

    An empty block says that nothing more is there for now: what was read is yielded, then None.
    """
    csv.field_size_limit(sys.maxsize)  # a statement may be longer than csv's 128 kB
    records, cut = _Records(tally), _Cut()
    for block in blocks:
        if not block:
            yield None
            continue
        yield from records.entries(cut.whole_records(block))
    yield from records.entries(cut.rest())


class _Cut:
    """Cuts blocks where a record begins, so that none is torn."""

    def __init__(self) -> None:
        self._carried: list[str] = []
        self._size = 0
        self._is_quoted = False

    def whole_records(self, block: str) -> str:
        """What is complete with this block: all, or up to the last record that may go on."""
        self._size += len(block)
        self._is_quoted = not _ends_timed(block) and self._is_quoted ^ (block.count('"') % 2 == 1)
        end = len(block)
        if self._is_quoted and self._size <= MAX_RECORD_CHARACTERS:
            begins = [match.start() for match in RECORD_BEGIN.finditer("\n" + block)]
            if not begins:
                self._carried.append(block)
                return ""
            end = begins[-1]
        whole = "".join((*self._carried, block[:end]))
        self._carried, self._size = [block[end:]], len(block) - end
        self._is_quoted = self._carried[0].count('"') % 2 == 1
        return whole

    def rest(self) -> str:
        """What was carried along."""
        return "".join(self._carried)


def _ends_timed(block: str) -> bool:
    """Whether the last line is a whole record: what stands in quotes never looks like one.

    To see that takes much less time than to count the quotes.
    """
    match = _TIMED.match(block, block.rfind("\n", 0, len(block) - 1) + 1)
    return match is not None and match.end() == len(block)


class _Records:
    def __init__(self, tally: InputTally) -> None:
        self._tally = tally
        self._clock = Clock(tally)
        self._severities = words().severities
        self._timed = TimedEntries(_TIMED, self._clock, _NOBODY, _ESCAPES, _TOGETHER)

    def entries(self, text: str) -> Iterator[Entry | Timed]:
        """The entries of whole records."""
        for part in self._timed.parts(text):
            if isinstance(part, str):
                yield from self.any_entries(part)
            else:
                yield part

    def any_entries(self, text: str) -> Iterator[Entry]:
        """The entries of whole records, whatever they tell."""
        if not text:
            return
        rows = list(csv.reader(StringIO(text, newline="")))
        if not all(map(_is_record, rows)):
            rows = self._records_one_by_one(text)
        for row in rows:
            entry = self._entry(row)
            if entry is not None:
                yield entry

    def _records_one_by_one(self, text: str) -> list[list[str]]:
        """The records among other lines: a record is cut off where the next begins."""
        rows: list[list[str]] = []
        for piece in _whole_pieces(RECORD_BEGIN.split("\n" + text.removesuffix("\n"))):
            row = next(csv.reader(StringIO(piece, newline="")), None)
            consumed = 0 if row is None else _lines_of(row)
            if row is not None and _is_record(row):
                rows.append(row)
                self._tally.skip(NO_RECORD, max(0, _line_count(piece) - consumed))
            else:
                self._tally.skip(NO_RECORD, _line_count(piece))
        return rows

    def _entry(self, row: list[str]) -> Entry | None:
        query_text = row[25] if len(row) == 26 else ""
        try:
            at = self._clock(row[0])
            query_id = int(query_text) or None if query_text else None
        except ValueError:
            self._tally.skip(NO_RECORD, _lines_of(row))
            return None
        return tuple.__new__(
            Entry,
            (
                at,
                row[5],
                row[1] or None,
                row[2] or None,
                row[22] or None,
                row[9] or None,
                query_id,
                self._severities.get(row[11], row[11]),
                row[13],
                row[14] or None,
                row[18] or None,
                row[19] or None,
            ),
        )


def _is_record(row: list[str]) -> bool:
    return len(row) in COLUMNS and row[0][4:5] == "-" and row[3].isdigit()


def _whole_pieces(pieces: list[str]) -> Iterator[str]:
    """Pieces that begin like a record, joined again where one began inside of another's quotes."""
    yield pieces[0]  # what stands before the first record
    waiting: list[str] = []
    for piece in pieces[1:]:
        if not waiting:
            if piece.count('"') & 1:
                waiting = [piece]
            else:
                yield piece
        elif _first_is_record(joined := "\n".join((*waiting, piece))):
            yield joined
            waiting = []
        elif _first_is_record(piece):
            yield from (*waiting, piece)
            waiting = []
        else:
            waiting.append(piece)
    yield from waiting


def _first_is_record(text: str) -> bool:
    return not text.count('"') & 1 and _is_record(next(csv.reader(StringIO(text, newline="")), []))


def _line_count(text: str) -> int:
    return text.strip("\n").count("\n") + 1 if text.strip("\n") else 0


def _lines_of(row: list[str]) -> int:
    return sum(value.count("\n") for value in row) + 1
