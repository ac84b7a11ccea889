"""What can be told of a statement from its tokens alone, where the parser does not know it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dbaudit.workload.lexer import LexError, Token, TokenKind, fold, significant, tokens
from dbaudit.workload.table_use import CONSTANT, PARAMETER, Paging

#: FETCH counts what LIMIT counts.
_PAGING = {"limit": "limit", "offset": "offset", "first": "limit", "next": "limit"}
_VALUES = {TokenKind.NUMBER: CONSTANT, TokenKind.NUMBERED_PARAMETER: PARAMETER}


def identifiers(sql: str) -> frozenset[str]:
    """Every name in the statement, of whatever it is; keywords are among them."""
    return frozenset(name for token in _tokens(sql) if (name := identifier_of(token)) is not None)


def identifier_of(token: Token) -> str | None:
    """The name that a token means: as it stands in quotes, else folded; None for no name.

    None too for U&"…", whose escapes are not read.
    """
    if token.kind is TokenKind.QUOTED_IDENT and token.text.startswith('"'):
        return token.text[1:-1].replace('""', '"')
    return fold(token.text) if token.kind is TokenKind.WORD else None


def paging(sql: str) -> Iterator[Paging]:
    """Each LIMIT, FETCH and OFFSET with a number or a parameter."""
    for word, value in pairwise(_tokens(sql)):
        if word.word in _PAGING and value.kind in _VALUES:
            yield Paging(_PAGING[word.word], value.text, _VALUES[value.kind])


def _tokens(sql: str) -> list[Token]:
    try:
        return significant(tokens(sql))
    except LexError:
        return []
