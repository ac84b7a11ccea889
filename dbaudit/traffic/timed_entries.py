"""Entries that tell a statement and its duration, many at once: most of a log is made of them.

One expression that knows how such an entry is written splits a block of the log at C speed, column
by column. What it does not match is read the general way, entry by entry, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import compress, count, repeat
from typing import Any, TypeVar

from dbaudit.traffic.timestamps import Clock

#: An entry whose message is `duration: … ms  kind: text`. Its first seven fields are an Entry's;
#: then come the kind ("statement", "execute S_1"), the duration as written, the detail, which
#: stands where an Entry has it, and the text. A plain tuple, as there is one for each entry.
Timed = tuple[
    float, str, str | None, str | None, str | None, str | None, int | None,
    str, str, str | None, str,
]  # fmt: skip

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
    that are not there. `escaped` is what is written in a text, and what it stands for. So many
    entries `behind` which something else stands are left to the general way with it: 1 where lines
    may follow that belong to the entry.
    """

    def __init__(
        self,
        expression: str,
        clock: Clock,
        nobody: Collection[str | None],
        escaped: tuple[str, str],
        behind: int,
    ) -> None:
        pattern = re.compile(f"({expression})")
        self._split = pattern.split
        self._width = pattern.groups + 1
        self._groups = pattern.groupindex
        self._clock = clock
        self._nobody = nobody
        self._escaped = escaped
        self._behind = behind

    def parts(self, text: str) -> Iterator[str | list[Timed]]:
        """The text in parts, in order: entries, and what is to be read the general way."""
        pieces = self._split(text)
        between, whole = pieces[:: self._width], pieces[1 :: self._width]
        is_escaped = self._escaped[0] in text
        begin = 0
        for at in compress(count(), [*between[:-1], True]):
            end = max(begin, at - self._behind)
            if end > begin:
                columns = pieces[begin * self._width : end * self._width]
                try:
                    yield self._entries(columns, is_escaped)
                except ValueError:  # a time that is none
                    yield "".join(whole[begin:end])
            rest = "".join((*whole[end:at], between[at]))
            if rest:
                yield rest
            begin = at

    def _entries(self, pieces: Sequence[Any], is_escaped: bool) -> list[Timed]:
        """The entries of whole matches. Raises ValueError."""

        def column(name: str) -> Sequence[Any]:
            return pieces[self._groups[name] :: self._width]

        def read(name: str, reader: Callable[[str | None], T]) -> Iterable[T]:
            """The same value is read once."""
            if name not in self._groups:
                return repeat(reader(None))
            found = column(name)
            return map({value: reader(value) for value in set(found)}.__getitem__, found)

        def text(name: str) -> Iterable[Any]:
            return map(self._unescaped, column(name)) if is_escaped else column(name)

        return list(
            zip(
                map(self._times(column("stamp")).__getitem__, column("stamp")),
                read("session", _text),
                read("user", self._name),
                read("database", self._name),
                read("application", self._name),
                read("transaction", _or_none),
                read("query_id", _number),
                column("kind"),
                column("ms"),
                text("detail"),
                text("text"),
                strict=False,
            )
        )

    def _times(self, stamps: Iterable[str]) -> dict[str, float]:
        return {stamp: self._clock(stamp) for stamp in dict.fromkeys(stamps)}

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
