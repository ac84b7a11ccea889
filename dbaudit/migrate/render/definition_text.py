"""A CREATE INDEX statement taken apart, for tools that are told an index piece by piece. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.index_definition import BTREE, IndexDefinition, IndexKey
from dbaudit.migrate.ddl import CreateIndex
from dbaudit.workload.lexer import Token, TokenKind, significant, tokens


class _NotSayableError(Exception):
    """The statement holds what an IndexDefinition does not."""


def definition_in(create: CreateIndex, schema: str) -> IndexDefinition | None:
    """The index piece by piece; None where an IndexDefinition cannot say all of it."""
    try:
        return _definition(_Tokens(create.tail), create, schema)
    except _NotSayableError:
        return None


class _Tokens:
    """Steps through the tokens of a text."""

    def __init__(self, text: str, found: Sequence[Token] | None = None) -> None:
        self.text = text
        self.tokens = significant(tokens(text)) if found is None else found
        self.at = 0

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.tokens)

    def skip(self, *words: str) -> bool:
        found = [t.word or t.text for t in self.tokens[self.at : self.at + len(words)]]
        matches = found == list(words)
        self.at += len(words) if matches else 0
        return matches

    def name(self) -> str:
        """A name, unquoted and folded as the server does."""
        token = None if self.is_at_end else self.tokens[self.at]
        self.at += 1
        if token is not None and token.word:
            return token.word
        if token is not None and token.text.startswith('"'):
            return token.text[1:-1].replace('""', '"')
        raise _NotSayableError

    def qualified_name(self) -> str:
        """A name with its schema, if any, as it is written."""
        first = self.at
        self.name()
        while self.skip("."):
            self.name()
        return self.text_of(first, self.at)

    def group(self) -> Sequence[Token]:
        """What is between the parenthesis that comes next and the one that closes it."""
        if not self.skip("("):
            raise _NotSayableError
        first, depth = self.at, 1
        while depth and not self.is_at_end:
            depth += {"(": 1, ")": -1}.get(self.tokens[self.at].text, 0)
            self.at += 1
        if depth:
            raise _NotSayableError
        return self.tokens[first : self.at - 1]

    def text_of(self, first: int, end: int) -> str:
        return self.text[self.tokens[first].start : self.tokens[end - 1].end]

    def rest(self) -> str:
        if self.is_at_end:
            raise _NotSayableError
        first, self.at = self.at, len(self.tokens)
        return self.text_of(first, self.at)


def _definition(reader: _Tokens, create: CreateIndex, schema: str) -> IndexDefinition:
    method = reader.name() if reader.skip("using") else BTREE
    keys = tuple(_key(_Tokens(reader.text, part)) for part in _parts(reader.group()))
    include: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    if reader.skip("include"):
        include = tuple(_only_name(reader.text, part) for part in _parts(reader.group()))
    if reader.skip("with"):
        options = tuple(_option(_Tokens(reader.text, part)) for part in _parts(reader.group()))
    where = reader.rest() if reader.skip("where") else None
    if not reader.is_at_end:
        raise _NotSayableError
    return IndexDefinition(
        schema, create.table, keys, method, include, where, create.unique, options
    )


def _parts(found: Sequence[Token]) -> list[list[Token]]:
    """The tokens between the commas that are in no parentheses of their own."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _only_name(text: str, part: list[Token]) -> str:
    reader = _Tokens(text, part)
    name = reader.name()
    if not reader.is_at_end:
        raise _NotSayableError
    return name


def _option(reader: _Tokens) -> tuple[str, str]:
    name = reader.name()
    if not reader.skip("="):
        raise _NotSayableError
    return name, reader.rest()


def _key(reader: _Tokens) -> IndexKey:
    text, is_expression = _key_text(reader)
    collation = reader.qualified_name() if reader.skip("collate") else None
    opclass = _opclass(reader)
    descending = reader.skip("desc")
    if not descending:
        reader.skip("asc")
    nulls_first = None
    if reader.skip("nulls", "first"):
        nulls_first = True
    elif reader.skip("nulls", "last"):
        nulls_first = False
    if not reader.is_at_end:
        raise _NotSayableError
    return IndexKey(text, is_expression, opclass, collation, descending, nulls_first)


def _key_text(reader: _Tokens) -> tuple[str, bool]:
    """A column, a call of a function, or an expression in parentheses."""
    first = reader.at
    if reader.tokens and reader.tokens[0].text == "(":
        reader.group()
        return reader.text_of(first + 1, reader.at - 1), True
    name = reader.name()
    while reader.skip("."):
        reader.name()
    if not reader.is_at_end and reader.tokens[reader.at].text == "(":
        reader.group()
        return reader.text_of(first, reader.at), True
    if reader.at > first + 1:
        raise _NotSayableError
    return name, False


def _opclass(reader: _Tokens) -> str | None:
    """As it is written, its parameters behind it."""
    if reader.is_at_end or reader.tokens[reader.at].word in {"asc", "desc", "nulls"}:
        return None
    if reader.tokens[reader.at].kind not in {TokenKind.WORD, TokenKind.QUOTED_IDENT}:
        raise _NotSayableError
    first = reader.at
    reader.qualified_name()
    if not reader.is_at_end and reader.tokens[reader.at].text == "(":
        reader.group()
    return reader.text_of(first, reader.at)
