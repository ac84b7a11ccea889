"""Steps through the tokens of one statement."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.workload.lexer import Token, TokenKind
from dbaudit.workload.names import identifier_of

_CLOSING = {"(": ")", "[": "]"}


class UnreadableError(ValueError):
    """A statement or operation that cannot be read; the message is one line and says why."""


class TokenReader:
    """The significant tokens of a statement and a place among them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> Token | None:
        """The next token, None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def skip(self, *words: str) -> bool:
        """Whether these words or marks come next; if so they are passed."""
        found = [t.word or t.text for t in self.tokens[self.at : self.at + len(words)]]
        matches = found == list(words)
        self.at += len(words) if matches else 0
        return matches

    def name(self) -> str:
        """The next token as an identifier. Raises UnreadableError."""
        token = self.peek()
        found = identifier_of(token) if token else None
        if not found:
            raise UnreadableError(f"expected a name {self.here()}")
        self.at += 1
        return found

    def qualified_name(self) -> tuple[str | None, str]:
        """(schema or None, name). Raises UnreadableError."""
        first = self.name()
        return (first, self.name()) if self.skip(".") else (None, first)

    def bracketed(self) -> list[Token]:
        """The tokens inside the brackets that come next. Raises UnreadableError."""
        opening = self.peek()
        if opening is None or opening.text not in _CLOSING:
            raise UnreadableError(f"expected ( {self.here()}")
        begin, open_brackets = self.at, 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            is_mark = token.kind is TokenKind.PUNCTUATION
            open_brackets += is_mark and token.text in _CLOSING
            open_brackets -= is_mark and token.text in _CLOSING.values()
            self.at += 1
            if not open_brackets:
                return list(self.tokens[begin + 1 : self.at - 1])
        raise UnreadableError("a bracket is never closed")

    def rest(self) -> list[Token]:
        """What has not been passed."""
        return list(self.tokens[self.at :])

    def here(self) -> str:
        """Where the reader stands, for an error."""
        token = self.peek()
        return f"at {token.text[:40]!r}" if token else "at the end"


def joined(tokens: Sequence[Token]) -> str:
    """The text with one space wherever space or a comment stood between two tokens."""
    text, end = "", tokens[0].start if tokens else 0
    for token in tokens:
        text += (" " if token.start > end else "") + token.text
        end = token.end
    return text


def split_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """The stretches between commas that stand in no brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        is_mark = token.kind is TokenKind.PUNCTUATION
        depth += is_mark and token.text in _CLOSING
        depth -= is_mark and token.text in _CLOSING.values()
        if is_mark and token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
