"""log_line_prefix as an expression that reads it back.

https://www.postgresql.org/docs/18/runtime-config-logging.html#GUC-LOG-LINE-PREFIX and
log_status_format() in src/backend/utils/error/elog.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dbaudit.traffic.log_words import words

#: Its figures are looked at when it is read: each class more takes its time.
_STAMP = r"[0-9]{4}-[-0-9 :]{14}"
_ZONE = r"(?: [A-Za-z]{1,10}| ?[+-][0-9][0-9]?(?::?[0-9][0-9]){0,2})?"

#: What each escape can write. Names hold anything, so `_name` writes their expressions.
_FORMS = {
    "t": _STAMP + _ZONE,
    "m": _STAMP + r"\.[0-9]{3}" + _ZONE,
    "n": r"[0-9]{9,12}\.[0-9]{3}",
    "s": _STAMP + _ZONE,
    "p": r"[0-9]+",
    "P": r"[0-9]*",
    "l": r"[0-9]+",
    "c": r"[0-9a-f]+\.[0-9a-f]+",
    "v": r"(?:-?[0-9]+/[0-9]+)?",
    "x": r"[0-9]+",
    "Q": r"-?[0-9]{1,20}",
    "e": r"[0-9A-Z]{5}",
    "r": r"(?:\[local\]|[^\s(]{1,255}+\([0-9]+\)|[^\s(]{0,255}?)",
    "h": r"(?:\[local\]|\S{0,255}?)",
    "L": r"(?:\[local\]|\S{0,255}?)",
}
#: Names are at most 63 bytes, but a byte of an application's name may be written as \x41.
_NAME_CHARACTERS = 255
_NAMES = frozenset("audib")
_ESCAPES = frozenset(_FORMS) | _NAMES

#: The escapes that fill a field of an entry; a later group is better, and so is a later place.
_FIELDS = {
    "stamp": ("t", "mn"),
    "session": ("h", "r", "p", "c"),
    "user": ("u",),
    "database": ("d",),
    "application": ("a",),
    "transaction": ("v",),
    "query_id": ("Q",),
}

#: Behind the word; translators use other spaces, or none.
_COLON = r"\d?[ \xa0]?:(?:  |[ \xa0])?"

#: No language's words begin so: behind %q it saves trying them all where a name stands.
_NO_WORD = "(?![a-z])"

_ITEM = re.compile(r"%(?P<width>-?\d+)?(?P<escape>[A-Za-z%])|(?P<literal>[^%]+|%)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LinePrefix:
    """A log_line_prefix, read.

    `expression` matches what it writes; its groups are numbered from 1 and have the names of the
    fields of an entry; `groups` are these numbers by name. `again` matches the same once more,
    behind a match of `expression`.
    """

    text: str
    expression: str
    groups: dict[str, int]
    again: str

    @property
    def has_time(self) -> bool:
        """Whether it tells when an entry was written."""
        return "stamp" in self.groups

    def header(self, heads: Iterable[str] | None = None) -> str:
        """The expression of an entry's beginning: the prefix, then a word in its last group.

        The words are all that the server has, or those that are given, which is much faster made.
        """
        return self.expression + any_head(all_heads() if heads is None else heads)

    def begin(self, encoding: str) -> str:
        """The expression of what only the first line of an entry begins with.

        It is for text that was decoded as latin-1 whatever it is, for the sake of its offsets.
        """
        severities = [
            word.encode(encoding, "replace").decode("latin-1") for word in words().severities
        ]
        return rf"{self.expression}(?:{_any(severities)})\d?:"


def all_heads() -> list[str]:
    """The words that the prefix can be followed by, in every language: LOG, DETAIL and so on."""
    return [*words().severities, *words().labels]


def any_head(heads: Iterable[str]) -> str:
    """The expression of one of these words, in a group, and of what stands behind it."""
    return rf"({_NO_WORD}(?:{_any(heads)})){_COLON}"


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words)) or "(?!)"


def line_prefix(text: str) -> LinePrefix:
    """Read a log_line_prefix as it stands in postgresql.conf."""
    items = list(_ITEM.finditer(text))
    chosen = _chosen([match["escape"] for match in items])
    groups: dict[str, int] = {}
    expression: list[str] = []
    again: list[str] = []
    open_groups = 0
    for number, item in enumerate(items):
        following = items[number + 1]["literal"] if number + 1 < len(items) else None
        if item["escape"] == "q":
            expression.append("(?:")
            again.append("(?:")
            open_groups += 1
        elif number in chosen:
            groups[chosen[number]] = len(groups) + 1
            expression.append(_item(item, following, f"(?P<{chosen[number]}>{{}})"))
            again.append(_item(item, following, f"(?P={chosen[number]})"))
        else:
            expression.append(_item(item, following, "(?:{})"))
            again.append(expression[-1])
    # Without what %q leaves out is tried first: a message that looks like it must not be taken.
    end = ")??" * open_groups
    return LinePrefix(text, "".join(expression) + end, groups, "".join(again) + end)


def _chosen(escapes: list[str | None]) -> dict[int, str]:
    """Which item of the prefix fills which field."""
    chosen: dict[int, str] = {}
    for field, groups in _FIELDS.items():
        places = [
            (rank, place)
            for rank, group in enumerate(groups)
            for place, escape in enumerate(escapes)
            if escape is not None and escape in group
        ]
        if places:
            chosen[max(places)[1]] = field
    return chosen


def _item(item: re.Match[str], following: str | None, group: str) -> str:
    if item["literal"] is not None:
        return re.escape(item["literal"])
    escape = item["escape"]
    if escape == "%":
        return "%"
    if escape not in _ESCAPES:
        return ""  # "format error - ignore it", elog.c
    width = int(item["width"] or 0)
    written = _FORMS.get(escape) or _name(following if not width else None)
    field = group.format(written)
    return field + " *" if width < 0 else " *" + field if width > 0 else field


def _name(following: str | None) -> str:
    """A name: first without the character behind it, which is fast, else with it."""
    anything = rf"[^\n]{{0,{_NAME_CHARACTERS}}}?"
    if following is None:
        return anything
    return rf"[^{re.escape(following[0])}\n]{{0,{_NAME_CHARACTERS}}}+|{anything}"
