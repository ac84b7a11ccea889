"""Entries that tell a statement and its duration, many at once: most of a log is made of them.

One expression that knows how such an entry is written splits a block of the log at C speed, column
by column. What it does not match is read the general way, entry by entry, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import compress, count
from typing import Any, NamedTuple, TypeVar

from dbaudit.traffic.timestamps import Clock


class Timed(NamedTuple):
    """Entries whose messages are `duration: … ms  kind: text`, in columns.

    The first seven are an Entry's fields. `kind` is as written, "statement" or "execute S_1/C_1",
    and so is the duration.
    """

    at: Sequence[float]
    session: Sequence[str]
    user: Sequence[str | None]
    database: Sequence[str | None]
    application: Sequence[str | None]
    transaction: Sequence[str | None]
    query_id: Sequence[int | None]
    kind: Sequence[str]
    ms: Sequence[str]
    detail: Sequence[str | None]
    text: Sequence[str]

    def only(self, chosen: Sequence[bool]) -> Timed:
        """Those of the entries for which True is given."""
        return Timed._make(list(compress(column, chosen)) for column in self)


#: What the message begins with, before the text. A kind or a prepared statement's name that looks
#: otherwise is left to the general way.
MESSAGE = (
    r"duration: (?P<ms>\d+\.\d+) ms  "
    r'(?P<kind>statement|(?:parse|bind|execute) [^\s:"]*): '
)

T = TypeVar("T")


class TimedEntries:
    """Finds such entries in whole entries of a log.

    `expression` matches one, with groups by the names of the fields. `nobody` are written for names
    that are not there. `escaped` is what is written in a text, and what it stands for. With a first
    group `whole` around the expression an entry that something else follows is left to the general
    way, together with that: it may belong to the entry.
    """

    def __init__(
        self,
        expression: str,
        clock: Clock,
        nobody: Collection[str | None],
        escaped: tuple[str, str],
    ) -> None:
        pattern = re.compile(expression)
        self._split = pattern.split
        self._width = pattern.groups + 1
        self._groups = pattern.groupindex
        self._clock = clock
        self._nobody = nobody
        self._escaped = escaped
        self._behind = 1 if "whole" in pattern.groupindex else 0

    def parts(self, text: str) -> Iterator[str | Timed]:
        """The text in parts, in order: entries, and what is to be read the general way."""
        pieces = self._split(text)
        try:
            times = {
                stamp: self._clock(stamp) for stamp in dict.fromkeys(self._of(pieces, "stamp"))
            }
        except ValueError:  # one of them is no time
            yield text
            return
        between = pieces[:: self._width]
        begin = 0
        for at in compress(count(), [*between[:-1], True]):
            end = max(begin, at - self._behind)
            if end > begin:
                some = pieces[begin * self._width : end * self._width]
                yield self._entries(some, times, self._escaped[0] in text)
            rest = between[at] if end == at else pieces[end * self._width + 1] + between[at]
            if rest:
                yield rest
            begin = at

    def _of(self, pieces: Sequence[Any], name: str) -> Sequence[Any]:
        return pieces[self._groups[name] :: self._width]

    def _entries(self, pieces: Sequence[Any], times: dict[str, float], is_escaped: bool) -> Timed:
        """The entries of whole matches."""

        def read(name: str, reader: Callable[[str | None], T]) -> Sequence[T]:
            """The same value is read once."""
            if name not in self._groups:
                return [reader(None)] * (len(pieces) // self._width)
            found = self._of(pieces, name)
            return list(map({value: reader(value) for value in set(found)}.__getitem__, found))

        def text(name: str) -> Sequence[Any]:
            found = self._of(pieces, name)
            return list(map(self._unescaped, found)) if is_escaped else found

        return Timed(
            at=list(map(times.__getitem__, self._of(pieces, "stamp"))),
            session=read("session", _text),
            user=read("user", self._name),
            database=read("database", self._name),
            application=read("application", self._name),
            transaction=read("transaction", _or_none),
            query_id=read("query_id", _number),
            kind=self._of(pieces, "kind"),
            ms=self._of(pieces, "ms"),
            detail=text("detail"),
            text=text("text"),
        )

    def _name(self, written: str | None) -> str | None:
        return None if written in self._nobody else self._unescaped(written)

    def _unescaped(self, written: str | None) -> str | None:
        return None if written is None else written.replace(*self._escaped)


def _text(written: str | None) -> str:
    return written or ""


def _or_none(written: str | None) -> str | None:
    return written or None


def _number(written: str | None) -> int | None:
    return (int(written) or None) if written else None
