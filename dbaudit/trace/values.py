"""Statements and values as they are written: bounded, and without what must not be told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

#: Characters of a statement, values of one statement, elements of an array, characters of a value.
MAX_STATEMENT = 65536
MAX_VALUES = 100
MAX_ELEMENTS = 50
MAX_CHARACTERS = 200

_REMEMBERED = 2048
_ARRAYS = (list, tuple, set, frozenset)

_NAMED = re.compile(r"%\((\w+)\)s")
#: Texts in quotes, in the ways that PostgreSQL has; comments and quoted names are passed over.
_QUOTED = re.compile(
    r"""
    /\*.*?\*/ | --[^\n]* | "(?:[^"]|"")*"
    | (?P<text> [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
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
            return _array(self.value(each) for each in list(value)[:MAX_ELEMENTS])
        text = _text(value)
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
            return _array(self.value(each) for each in list(value)[:MAX_ELEMENTS])
        return self._hash(value if isinstance(value, str) else _text(value))

    def _hash(self, text: str) -> str:
        keyed = self._keyed.copy()
        keyed.update(text.encode("utf-8", "surrogatepass"))
        return "h:" + keyed.hexdigest()

    def statement(self, text: str) -> str:
        """The statement with its texts in quotes hashed."""
        if "'" not in text and "$" not in text:
            return text
        return _QUOTED.sub(
            lambda found: f"'{self._hash(found[0])}'" if found["text"] else found[0], text
        )


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


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - the application's own class: its fault must not be ours
        return f"<{type(value).__name__}>"
