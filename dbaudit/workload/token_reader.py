"""Steps through the tokens of one statement, refusing what is not expected."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.errors import UsageError
from dbaudit.workload.lexer import Token
from dbaudit.workload.names import identifier_of

_CLOSING = {"(": ")", "[": "]"}
_CLOSED = frozenset(_CLOSING.values())


class UnreadableError(UsageError):
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

    def expect(self, *words: str) -> None:
        """Pass these words. Raises UnreadableError where others come next."""
        for word in words:
            if not self.skip(word):
                raise UnreadableError(f"expected {word.upper()} {self.here()}")

    def name(self) -> str:
        """The next token as an identifier. Raises UnreadableError."""
        token = self.peek()
        # ON is reserved, and CREATE INDEX without a name would be taken for one of that name.
        found = identifier_of(token) if token and token.word != "on" else None
        if not found:
            raise UnreadableError(f"expected a name {self.here()}")
        self.at += 1
        return found

    def qualified_name(self) -> tuple[str | None, str]:
        """(schema or None, name). Raises UnreadableError."""
        first = self.name()
        return (first, self.name()) if self.skip(".") else (None, first)

    def bracketed(self) -> Sequence[Token]:
        """The tokens inside the brackets that come next. Raises UnreadableError."""
        opening = self.peek()
        if opening is None or opening.text not in _CLOSING:
            raise UnreadableError(f"expected ( {self.here()}")
        begin = self.at
        self.at += open_brackets(self.tokens[begin:]).index(0) + 1
        return self.tokens[begin + 1 : self.at - 1]

    def rest(self) -> Sequence[Token]:
        """Pass all that comes."""
        begin, self.at = self.at, len(self.tokens)
        return self.tokens[begin:]

    def end(self) -> None:
        """Raises UnreadableError where something comes yet."""
        if self.peek() is not None:
            raise UnreadableError(f"expected the end {self.here()}")

    def here(self) -> str:
        """Where the reader stands, for an error."""
        token = self.peek()
        return f"at {token.text[:40]!r}" if token else "at the end"


def open_brackets(tokens: Sequence[Token]) -> list[int]:
    """How many brackets are open behind each token.

    Raises UnreadableError where they do not match.
    """
    expected: list[str] = []
    counts = []
    for token in tokens:
        if token.text in _CLOSING:
            expected.append(_CLOSING[token.text])
        elif token.text in _CLOSED and (not expected or expected.pop() != token.text):
            raise UnreadableError(f"unmatched {token.text!r}")
        counts.append(len(expected))
    if expected:
        raise UnreadableError(f"expected {expected[-1]!r} at the end")
    return counts


def joined(tokens: Sequence[Token]) -> str:
    """The text with one space wherever space or a comment stood between two tokens."""
    text, end = "", tokens[0].start if tokens else 0
    for token in tokens:
        text += (" " if token.start > end else "") + token.text
        end = token.end
    return text


def split_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """The stretches between commas that stand in no brackets. Raises UnreadableError."""
    parts: list[list[Token]] = [[]]
    for token, count in zip(tokens, open_brackets(tokens), strict=True):
        if token.text == "," and not count:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
