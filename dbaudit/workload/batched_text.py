"""What is written for a statement that asks for many keys at once: the pieces that all forms share.

Nothing is written anew that was written already: the statement's own text is cut and mended, so
that names, casts and functions stay as the application's developers know them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dbaudit.workload.lexer import Token, TokenKind
from dbaudit.workload.source_text import ParseError, SourceText, source_text


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the text and what takes its place."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with its stretches replaced; they do not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, text[position:]])


def parameter_tokens(source: SourceText) -> dict[int, list[Token]]:
    """Where each numbered parameter stands."""
    found: dict[int, list[Token]] = {}
    for token in source.significant:
        if token.kind is TokenKind.NUMBERED_PARAMETER:
            found.setdefault(int(token.parameter_name), []).append(token)
    return found


def depths(source: SourceText) -> dict[int, int]:
    """How many brackets are open at each token, by its offset."""
    found: dict[int, int] = {}
    depth = 0
    for token in source.significant:
        depth -= token.text in ")]"
        found[token.start] = depth
        depth += token.text in "(["
    return found


def outer_word(source: SourceText, *words: str, after: int = 0) -> Token | None:
    """The first of these words outside of all brackets, from an offset on."""
    level = depths(source)
    return next(
        (
            token
            for token in source.significant
            if token.start >= after and token.word in words and not level[token.start]
        ),
        None,
    )


def is_array(type_name: str | None) -> bool:
    """Whether a type is an array's, by PostgreSQL's own name of it or as people write it."""
    return type_name is not None and (type_name.startswith("_") or type_name.endswith("[]"))


_INTEGER = re.compile(r"[-+]?\d{1,18}\Z")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?\Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?\Z")
_TIME_WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d(:?\d\d)?)\Z")
_BY_FORM = (
    (_INTEGER, "bigint"),
    (_NUMBER, "numeric"),
    (_UUID, "uuid"),
    (_DATE, "date"),
    (_TIME, "timestamp"),
    (_TIME_WITH_ZONE, "timestamptz"),
)


def type_of_values(values: Iterable[str | None]) -> str:
    """The type that values of one parameter look like, where no catalog tells: text at worst."""
    known = [value for value in values if value is not None]
    for form, name in _BY_FORM:
        if known and all(form.match(value) for value in known):
            return name
    if known and all(value.lower() in ("t", "f", "true", "false") for value in known):
        return "boolean"
    return "text"


def is_parsed(sql: str) -> bool:
    """Whether the parser knows the SQL: what is advised must at least be a statement."""
    try:
        source_text(sql).parse()
    except ParseError:
        return False
    return True
