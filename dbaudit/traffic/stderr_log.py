"""Logs in stderr form: lines that begin with log_line_prefix, and lines that go on with a tab."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter

from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_line_prefix import LinePrefix, all_heads, any_head
from dbaudit.traffic.log_words import words
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import MESSAGE, Escapes, Timed, TimedEntries
from dbaudit.traffic.timestamps import Clock

FOREIGN = "not a line of this log: log_line_prefix does not fit, or another program wrote it"
UNENDED = "the last entry has no end: cut off, or still being written"
ORPHAN = "a DETAIL, CONTEXT or STATEMENT whose entry is not there"
NO_TIME = "its time cannot be read"

#: More text than this without the beginning of an entry is taken as it is: memory is bounded.
MAX_ENTRY_CHARACTERS = 96 * 2**20

#: A group that never takes part: the value of what the prefix does not tell.
_ABSENT = "()??"
_FOREIGN_LINE = re.compile(r"\n(?!\t)[^\n]*")
#: The lines of a text as elog.c writes them.
_FOLDED = r"[^\n]*+(?:\n\t[^\n]*+)*+"
_FIELDS = ("stamp", "session", "user", "database", "application", "transaction", "query_id")
_ESCAPES = Escapes("\n\t", lambda text: text.replace("\n\t", "\n"))
_PARTS = ("DETAIL", "CONTEXT", "STATEMENT")


def stderr_entries(
    blocks: Iterable[str], prefix: LinePrefix, tally: InputTally
) -> Iterator[Entry | Timed | None]:
    """The entries of a log, read block by block; each block ends with a line.

    An empty block says that nothing more is there for now: what was read is yielded, then None.
    """
    header = re.compile(f"\n{prefix.header()}{_ABSENT}")
    rows = _Rows(prefix, header, tally)
    cut = _Cut(header, tally)
    for block in blocks:
        yield from rows.entries(cut.whole_entries(block))
        if not block:
            yield from rows.rest()
            yield None
    last = cut.rest()
    if last.endswith("\n"):
        yield from rows.entries(last[:-1])
        yield from rows.rest()
    elif last:
        tally.skip(UNENDED, last.count("\n"))
        yield from rows.rest()


def _timed(prefix: LinePrefix) -> re.Pattern[str]:
    """The expression of an entry that tells a statement and its duration, led by its newline.

    The header is atomic: it is read as it is for any entry, or not at all. Its usual word stands
    before the others, which take longer.
    """
    header = rf"\n{prefix.expression}(?:LOG:  |{any_head(all_heads())})"
    return re.compile(
        rf"(?P<whole>(?>{header})(?<=LOG:  ){MESSAGE}(?P<text>{_FOLDED})"
        rf"(?:\n{prefix.again}DETAIL:  (?P<detail>{_FOLDED}))?)"
    )


class _Cut:
    """Cuts blocks where an entry begins, so that none is torn."""

    def __init__(self, header: re.Pattern[str], tally: InputTally) -> None:
        self._header = header
        self._tally = tally
        self._carried: list[str] = []
        self._size = 0

    def whole_entries(self, block: str) -> str:
        """What is complete with this block, each line led by its newline; an empty block ends."""
        if not block:
            return self.rest()[:-1]
        at = self._last_entry(block)
        if at is None:
            block = self._without_foreign(block)
        if at is None and self._size + len(block) < MAX_ENTRY_CHARACTERS:
            self._carry(block)
            return ""
        at = 0 if at is None else at
        whole = "".join(("\n", *self._carried, block[:at]))[:-1]
        self._carried, self._size = [], 0
        self._carry(block[at:])
        return whole

    def rest(self) -> str:
        """What was carried along, led by a newline; empty when there is nothing."""
        rest = "".join(("\n", *self._carried)) if self._carried else ""
        self._carried, self._size = [], 0
        return rest

    def _without_foreign(self, block: str) -> str:
        """A block without what is no part of any entry, so that it does not pile up."""
        kept, foreign = _FOREIGN_LINE.subn("", "\n" + block.removesuffix("\n"))
        self._tally.skip(FOREIGN, foreign)
        return kept[1:] + "\n" if kept and block.endswith("\n") else kept[1:]

    def _carry(self, text: str) -> None:
        self._carried.append(text)
        self._size += len(text)

    def _last_entry(self, block: str) -> int | None:
        """Where the last entry of a block begins."""
        end = len(block) - 1
        while (newline := block.rfind("\n", 0, end)) >= 0:
            if self._header.match(block, newline):
                return newline + 1
            end = newline
        return 0 if self._header.match("\n" + block[: end + 1]) else None


class _Rows:
    """Puts the lines of one entry together: LOG, then DETAIL, CONTEXT and STATEMENT."""

    def __init__(self, prefix: LinePrefix, header: re.Pattern[str], tally: InputTally) -> None:
        absent = header.groups - 1
        columns = [prefix.groups.get(name, absent + 1) - 1 for name in _FIELDS]
        self._split = header.split
        self._word = header.groups - 2
        self._session = columns[1]
        self._pick = itemgetter(*columns)
        self._width = header.groups + 1
        #: What %u, %d and %a write where there is none.
        self._nobody = words().unknown | {"", None}
        self._tally = tally
        self._clock = Clock(tally)
        self._timed = TimedEntries(_timed(prefix), self._clock, self._nobody, _ESCAPES)
        self._row: tuple[str, ...] | None = None
        self._severity = self._message = ""
        self._parts: dict[str, str] | None = None

    def entries(self, text: str) -> Iterator[Entry | Timed]:
        """The entries of a text whose lines are led by their newline; the last is kept back."""
        for part in self._timed.parts(text):
            if isinstance(part, str):
                yield from self.any_entries(part)
            else:
                yield from self.rest()
                yield part

    def any_entries(self, text: str) -> Iterator[Entry]:
        """The same, whatever the entries tell."""
        pieces = self._split(text)
        self._skip_foreign(pieces[0])
        severity_of, word_column, finished = words().severities.get, self._word, self._finished
        row, severity, message, parts = self._row, self._severity, self._message, self._parts
        for fields in zip(*[islice(pieces, 1, None)] * self._width, strict=False):
            text = fields[-1]
            if "\n" in text:
                text = self._unfolded(text)
            word = severity_of(fields[word_column])
            if word is None:
                parts = self._with_part(row, parts, fields, text)
                continue
            if row is not None:
                entry = finished(row, severity, message, parts)
                if entry is not None:
                    yield entry
            row, severity, message, parts = fields, word, text, None
        self._row, self._severity, self._message, self._parts = row, severity, message, parts

    def rest(self) -> Iterator[Entry]:
        """The entry that was kept back, as nothing more will come for it."""
        if self._row is not None:
            entry = self._finished(self._row, self._severity, self._message, self._parts)
            if entry is not None:
                yield entry
        self._row = None

    def _finished(
        self, row: tuple[str, ...], severity: str, message: str, parts: dict[str, str] | None
    ) -> Entry | None:
        nobody = self._nobody
        stamp, session, user, database, application, transaction, query_id = self._pick(row)
        try:
            at = self._clock(stamp)
        except ValueError:
            self._tally.skip(NO_TIME, message.count("\n") + 1)
            return None
        if parts is None:
            detail = context = statement = None
        else:
            detail, context, statement = map(parts.get, _PARTS)
        # Every field in its place: this is a third faster than a call of Entry.
        return tuple.__new__(
            Entry,
            (
                at,
                session or "",
                None if user in nobody else user,
                None if database in nobody else database,
                None if application in nobody else application,
                transaction or None,
                (int(query_id) or None) if query_id else None,
                severity,
                message,
                detail,
                context,
                statement,
            ),
        )

    def _with_part(
        self,
        row: tuple[str, ...] | None,
        parts: dict[str, str] | None,
        fields: tuple[str, ...],
        text: str,
    ) -> dict[str, str] | None:
        """The parts of the entry of a row with one more, when it is of that entry."""
        if row is None or row[self._session] != fields[self._session]:
            self._tally.skip(ORPHAN, text.count("\n") + 1)
            return parts
        label = words().labels[fields[self._word]]
        if parts is None:
            return {label: text}
        parts.setdefault(label, text)
        return parts

    def _unfolded(self, text: str) -> str:
        """The lines of one message as they were before elog.c put a tab before each."""
        if text.count("\n") != text.count("\n\t"):
            foreign = len(_FOREIGN_LINE.findall(text))
            self._tally.skip(FOREIGN, foreign)
            text = _FOREIGN_LINE.sub("", text)
        return text.replace("\n\t", "\n")

    def _skip_foreign(self, head: str) -> None:
        self._tally.skip(FOREIGN, head.count("\n"))
