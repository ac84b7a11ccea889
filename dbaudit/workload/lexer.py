"""SQL cut into tokens as PostgreSQL's own scanner cuts it (src/backend/parser/scan.l).

Nothing is lost: the tokens' texts joined are the text. Only `:name` and `%(name)s` are added to
what the server knows; an application's driver replaces them before the server sees them.
`standard_conforming_strings` is taken to be on, as it has been by default since PostgreSQL 9.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: The server refuses an operator of NAMEDATALEN characters or more (scan.l).
_MAX_OPERATOR = 63
_INTEGER = "[0-9][0-9_]*"
_IDENT = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z_0-9$\u0080-\U0010ffff]*"

_OPERATOR_SET = frozenset("~!@#^&|`?+-*/%<>=")
#: Characters that let an operator of several characters end in + or - (scan.l, {operator}).
_LETS_SIGN_END = frozenset("~!@#^&|`?%")
#: A dollar quote's tag, or a driver's parameter name: an identifier without a dollar sign.
_TAG = _IDENT.replace("$", "")


class TokenKind(StrEnum):
    """What a token is."""

    SPACE = "space"
    COMMENT = "comment"
    WORD = "word"
    QUOTED_IDENT = "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    NUMBERED_PARAMETER = "$1"
    NAMED_PARAMETER = ":name"
    PYFORMAT_PARAMETER = "%(name)s"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    SEMICOLON = "semicolon"


#: Tokens that mean nothing to the server.
BLANK = frozenset({TokenKind.SPACE, TokenKind.COMMENT})
PARAMETER = frozenset(
    {TokenKind.NUMBERED_PARAMETER, TokenKind.NAMED_PARAMETER, TokenKind.PYFORMAT_PARAMETER}
)


class LexError(ValueError):
    """A string, quoted identifier or comment that never ends; `position` is where it begins."""

    def __init__(self, what: str, position: int) -> None:
        super().__init__(f"unterminated {what}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `start` is its 0-based offset in characters."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        """Whether it is white space or a comment."""
        return self.kind in BLANK

    @property
    def is_parameter(self) -> bool:
        """Whether it is a parameter, whatever its spelling."""
        return self.kind in PARAMETER

    @property
    def word(self) -> str:
        """The word in lower case (ASCII only, as the server folds it); "" for anything else."""
        return fold(self.text) if self.kind is TokenKind.WORD else ""

    @property
    def parameter_name(self) -> str:
        """The name of a parameter without its marks: `user_id`, or `1` of `$1`."""
        if self.kind is TokenKind.NUMBERED_PARAMETER:
            return str(int(self.text[1:]))
        return self.text[2:-2] if self.kind is TokenKind.PYFORMAT_PARAMETER else self.text[1:]


_PATTERNS: tuple[tuple[TokenKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (TokenKind.SPACE, r"[ \t\n\r\f\v]+"),
        (TokenKind.COMMENT, r"--[^\n\r]*"),
        (TokenKind.STRING, r"[eE]'(?:[^'\\]|\\.|'')*'"),
        (TokenKind.STRING, r"(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'"),
        (TokenKind.STRING, rf"\$(?P<tag>(?:{_TAG})?)\$.*?\$(?P=tag)\$"),
        (TokenKind.QUOTED_IDENT, r'(?:[uU]&)?"(?:[^"]|"")*"'),
        (TokenKind.WORD, _IDENT),
        (TokenKind.NUMBER, r"0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"),
        (TokenKind.NUMBER, rf"(?:{_INTEGER}(?:\.(?!\.)[0-9_]*)?|\.{_INTEGER})(?:[eE][+-]?[0-9]+)?"),
        (TokenKind.NUMBERED_PARAMETER, r"\$[0-9]{1,9}"),
        (TokenKind.PYFORMAT_PARAMETER, r"%\([^()'\";\s]+\)s"),
        (TokenKind.PUNCTUATION, r"::|:=|\.\."),
        (TokenKind.NAMED_PARAMETER, rf"(?<![\w:)\]'\"])(?::{_TAG})"),
        (TokenKind.SEMICOLON, r";"),
    )
)

_UNTERMINATED = (
    (re.compile(r"(?:[eEbBxXnN]|[uU]&)?'"), "string"),
    (re.compile(r'(?:[uU]&)?"'), "quoted identifier"),
    (re.compile(rf"\$(?:{_TAG})?\$"), "dollar-quoted string"),
)


def fold(name: str) -> str:
    """An unquoted name as the server folds it: ASCII letters to lower case, no others."""
    return "".join(character.lower() if character.isascii() else character for character in name)


def tokens(text: str) -> list[Token]:
    """The text as tokens. Raises LexError for what is begun and never ended."""
    return list(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        token = _token_at(text, position)
        yield token
        position = token.end


def _token_at(text: str, position: int) -> Token:
    if text.startswith("/*", position):
        return Token(TokenKind.COMMENT, _block_comment(text, position), position)
    for pattern, what in _UNTERMINATED:
        if pattern.match(text, position) and not _matches_string(text, position):
            raise LexError(what, position)
    for kind, pattern in _PATTERNS:
        match = pattern.match(text, position)
        if match:
            return Token(kind, match.group(), position)
    if text[position] in _OPERATOR_SET:
        return Token(TokenKind.OPERATOR, _operator(text, position), position)
    return Token(TokenKind.PUNCTUATION, text[position], position)


def _matches_string(text: str, position: int) -> bool:
    quoted = (TokenKind.STRING, TokenKind.QUOTED_IDENT)
    return any(p.match(text, position) for kind, p in _PATTERNS if kind in quoted)


_COMMENT_EDGE = re.compile(r"/\*|\*/")


def _block_comment(text: str, start: int) -> str:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return text[start : edge.end()]
    raise LexError("comment", start)


_OPERATOR_STOP = re.compile(r"--|/\*|%\([^()'\";\s]+\)s")


def _operator(text: str, start: int) -> str:
    """The longest operator, cut before a comment or parameter, without a trailing sign."""
    end, limit = start + 1, start + _MAX_OPERATOR
    while end < limit and text[end : end + 1] in _OPERATOR_SET:
        if _OPERATOR_STOP.match(text, end):
            break
        end += 1
    run = text[start:end]
    if run[-1] in "+-" and not _LETS_SIGN_END.intersection(run):
        run = run.rstrip("+-") or run[0]
    return run


def significant(found: list[Token]) -> list[Token]:
    """The tokens without white space and comments."""
    return [token for token in found if not token.is_blank]


def statements(text: str) -> list[list[Token]]:
    """The tokens of each statement, its semicolon last where it has one.

    All tokens are kept, so that joining them gives the text; the last list may be blank.
    """
    found: list[list[Token]] = [[]]
    for token in tokens(text):
        found[-1].append(token)
        if token.kind is TokenKind.SEMICOLON:
            found.append([])
    return found
