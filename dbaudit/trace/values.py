"""Statements and values as they are written: bounded, and without what must not be told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any

#: Characters of a statement, values of one statement, elements of an array, characters of a value.
MAX_STATEMENT = 65536
MAX_VALUES = 100
MAX_ELEMENTS = 50
MAX_CHARACTERS = 200
#: Characters or bytes of a value that are hashed.
MAX_HASHED = 65536

_REMEMBERED = 2048
_ARRAYS = (list, tuple, set, frozenset)

_NAMED = re.compile(r"%\((\w+)\)s")
#: Texts in quotes, in the ways that PostgreSQL has, also one that is cut; comments and quoted names
#: are passed over.
_QUOTED = re.compile(
    r"""
    /\*.*?\*/ | --[^\n]* | "(?:[^"]|"")*"
    | (?P<text> [eE]'(?:[^'\\]|''|\\.)*(?:'|\\?\Z) | '(?:[^']|'')*(?:'|\Z)
    | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) )
    """,
    re.VERBOSE | re.DOTALL,
)

_names: dict[str, tuple[str, ...]] = {}


class Plain:
    """Values as text, in PostgreSQL's own form where it is simple."""

    def value(self, value: object) -> str | None:
        """The text of one value, cut where it is long; it then ends in "..." ."""
        if value is None:
            return None
        if isinstance(value, _ARRAYS):
            return _array(map(self.value, islice(value, MAX_ELEMENTS)))
        told = _told(value)
        cut = told[: MAX_CHARACTERS + 1]
        text = cut if isinstance(cut, str) else "\\x" + cut.hex()
        return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "..."

    def statement(self, text: str) -> str:
        """The statement as it was sent."""
        return text


class Hashed:
    """Values as keyed hashes: equal values have equal hashes, and nobody can try values out.

    The key is made anew by each process (its children have the same) and kept in its memory only.
    """

    def __init__(self) -> None:
        self._keyed = blake2b(key=os.urandom(16), digest_size=6)

    def value(self, value: object) -> str | None:
        """The hash of one value, of an array those of its elements."""
        if value is None:
            return None
        if isinstance(value, _ARRAYS):
            return _array(map(self.value, islice(value, MAX_ELEMENTS)))
        return self._hash(_told(value))

    def _hash(self, told: str | bytes) -> str:
        keyed = self._keyed.copy()
        if len(told) > MAX_HASHED:
            # The application waits for this: what is long is told by its end and length too.
            keyed.update(str(len(told)).encode() + _encoded(told[-MAX_HASHED:]))
        keyed.update(_encoded(told[:MAX_HASHED]))
        return "h:" + keyed.hexdigest()

    def statement(self, text: str) -> str:
        """The statement with its texts in quotes hashed."""
        if "'" not in text and "$" not in text:
            return text
        return _QUOTED.sub(
            lambda found: f"'{self._hash(found[0])}'" if found["text"] else found[0], text
        )


def _encoded(told: str | bytes) -> bytes:
    return told.encode("utf-8", "surrogatepass") if isinstance(told, str) else told


def in_order(statement: str, parameters: Any) -> Sequence[object]:
    """The bound values in the order of their first places, whatever holds them."""
    if not parameters:
        return ()
    if isinstance(parameters, Mapping):
        return [parameters.get(name) for name in _places(statement)]
    if isinstance(parameters, list | tuple):
        return parameters
    return (parameters,)


def _places(statement: str) -> tuple[str, ...]:
    names = _names.get(statement)
    if names is None:
        if len(_names) >= _REMEMBERED:
            _names.clear()
        names = _names[statement] = tuple(dict.fromkeys(_NAMED.findall(statement)))
    return names


def _array(elements: Iterable[str | None]) -> str:
    return "{" + ",".join("NULL" if each is None else each for each in elements) + "}"


def _told(value: object) -> str | bytes:
    """What tells a value from others."""
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    try:
        return str(value if isinstance(value, int | float) else _whole(value))
    except Exception:  # noqa: BLE001 - the application's own class: its fault must not be ours
        return f"<{type(value).__name__}>"


def _whole(value: Any) -> object:
    """What a value holds that its own text would shorten: an array of numpy, a driver's JSON."""
    if getattr(value, "ndim", 0):
        return value.tolist()
    inside = getattr(value, "obj", None)  # psycopg 3; of psycopg2:
    inside = getattr(value, "adapted", None) if inside is None else inside
    return value if inside is None else inside
