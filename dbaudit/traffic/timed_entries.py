"""Entries that tell a statement and its duration, many at once: most of a log is made of them.

One expression that knows how such an entry is written splits a block of the log at C speed, column
by column. What it does not match is read the general way, entry by entry, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import compress, count
from typing import Any, NamedTuple

from dbaudit.traffic.memo import Memo
from dbaudit.traffic.timestamps import Clock

#: What the message begins with, before the text. A kind or a prepared statement's name that looks
#: otherwise is left to the general way.
MESSAGE = (
    r"duration: (?P<ms>[0-9]++\.[0-9]++) ms  "
    r'(?P<kind>statement|(?:parse|bind|execute) [^ \n\t:"\\]*+): '
)


class Escapes(NamedTuple):
    """How a form of log escapes in a text: what each escape holds, and how such a text is read."""

    mark: str
    read: Callable[[str], str]


class Together(NamedTuple):
    """Fields that are written side by side: an expression with one group takes them all.

    What it takes is written again and again, so it is read once: `read` gives each field's text,
    None where it is empty. Raises ValueError where it is not written so.
    """

    fields: tuple[str, ...]
    read: Callable[[str], tuple[str | None, ...]]


class Timed:
    """Entries whose messages are `duration: … ms  kind: text`, in columns.

    `at` is as in Entry. `together` are columns of fields that were written together, by the group's
    name. A column that nobody asks for is not made.
    """

    __slots__ = ("_chosen", "_pieces", "_reader", "_together", "at")

    def __init__(
        self,
        reader: TimedEntries,
        pieces: Sequence[Any],
        at: Sequence[float],
        together: Mapping[str, Sequence[Sequence[Any]]],
        chosen: Sequence[bool] | None = None,
    ) -> None:
        self._reader = reader
        self._pieces = pieces
        self._together = together
        self._chosen = chosen
        self.at = at

    def __len__(self) -> int:
        return len(self.at)

    def only(self, chosen: Sequence[bool]) -> Timed:
        """Those of the entries for which True is given."""
        at = list(compress(self.at, chosen))
        together = {name: list(compress(read, chosen)) for name, read in self._together.items()}
        if self._chosen is not None:
            left = iter(chosen)
            chosen = [is_chosen and next(left) for is_chosen in self._chosen]
        return Timed(self._reader, self._pieces, at, together, chosen)

    def written(self, name: str) -> Sequence[Any]:
        """A field as it is written in each entry, None where it is not there."""
        place = self._reader.places.get(name)
        if place is not None:
            column, at = self._together[place[0]], place[1]
            return [fields[at] for fields in column]
        group = self._reader.groups.get(name)
        if group is None:
            return [None] * len(self)
        column = self._pieces[group :: self._reader.width]
        return column if self._chosen is None else list(compress(column, self._chosen))

    @property
    def session(self) -> Sequence[str]:
        """As in Entry; empty where the log does not tell it."""
        column = self.written("session")
        return [name or "" for name in column] if None in column else column

    def name(self, field: str) -> Sequence[str | None]:
        """The field user, database or application, as in Entry."""
        return self._reader.names.all(self.written(field))

    @property
    def transaction(self) -> Sequence[str | None]:
        """As in Entry."""
        return [vxid or None for vxid in self.written("transaction")]

    @property
    def query_id(self) -> Sequence[int | None]:
        """As in Entry."""
        return self._reader.numbers.all(self.written("query_id"))

    @property
    def kind(self) -> Sequence[str]:
        """As it is written: "statement" or "execute S_1/C_1"."""
        return self.written("kind")

    @property
    def ms(self) -> Sequence[str]:
        """The duration, as it is written."""
        return self.written("ms")

    @property
    def detail(self) -> Sequence[str | None]:
        """As in Entry."""
        return self._texts("detail")

    @property
    def text(self) -> Sequence[str]:
        """The statement."""
        return self._texts("text")

    def _texts(self, field: str) -> Sequence[Any]:
        mark, read = self._reader.escapes
        return [read(text) if text and mark in text else text for text in self.written(field)]


class TimedEntries:
    """Finds such entries in whole entries of a log.

    `expression` matches one, with groups by the names of the fields, or by those in `together`.
    `nobody` are written for names that are not there. With a first group `whole` around the
    expression an entry that something else follows is left to the general way, together with that:
    it may belong to the entry.
    """

    def __init__(
        self,
        expression: re.Pattern[str],
        clock: Clock,
        nobody: Collection[str | None],
        escapes: Escapes,
        together: Mapping[str, Together] | None = None,
    ) -> None:
        self._split = expression.split
        self._behind = 1 if "whole" in expression.groupindex else 0
        self._times = Memo(clock)
        self._nobody = nobody
        self.width = expression.groups + 1
        self.groups: Mapping[str, int] = expression.groupindex
        self._together = {name: Memo(each.read) for name, each in (together or {}).items()}
        self.places = {
            field: (name, at)
            for name, each in (together or {}).items()
            for at, field in enumerate(each.fields)
        }
        self.escapes = escapes
        self.names = Memo(self._name)
        self.numbers = Memo(_number)

    def parts(self, text: str) -> Iterator[str | Timed]:
        """The text in parts, in order: entries, and what is to be read the general way."""
        pieces = self._split(text)
        try:
            times = self._times.all(pieces[self.groups["stamp"] :: self.width])
            together = {
                name: memo.all(pieces[self.groups[name] :: self.width])
                for name, memo in self._together.items()
            }
        except ValueError:  # one of them is written otherwise
            yield text
            return
        between = pieces[:: self.width]
        begin = 0
        for at in compress(count(), [*between[:-1], True]):
            end = max(begin, at - self._behind)
            if end > begin:
                is_all = end - begin == len(times)
                some = pieces if is_all else pieces[begin * self.width : end * self.width]
                read = {name: column[begin:end] for name, column in together.items()}
                yield Timed(self, some, times[begin:end], read)
            rest = between[at] if end == at else pieces[end * self.width + 1] + between[at]
            if rest:
                yield rest
            begin = at

    def _name(self, written: str | None) -> str | None:
        if written is None or written in self._nobody:
            return None
        return self.escapes.read(written)


def _number(written: str | None) -> int | None:
    return (int(written) or None) if written else None
