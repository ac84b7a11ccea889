"""A statement without its values: literals as parameters, but for those that are its form."""

from __future__ import annotations

from dbaudit.workload.lexer import TokenKind, significant, tokens

#: A literal after these is part of the statement's form: a JSON key, a page's length.
_BEFORE_FORM = frozenset(("->", "->>", "#>", "#>>", "limit", "offset", "fetch", "interval"))
_LITERALS = frozenset((TokenKind.STRING, TokenKind.NUMBER))


def masked(statement: str) -> str:
    """The statement with $n for each literal, numbered behind the parameters that it has.

    Raises LexError for what never ends.
    """
    found = tokens(statement)
    numbers = (int(t.parameter_name) for t in found if t.kind is TokenKind.NUMBERED_PARAMETER)
    last = max(numbers, default=0)
    pieces: list[str] = []
    before = ""
    for token in found:
        if token.kind in _LITERALS and before not in _BEFORE_FORM:
            last += 1
            pieces.append(f"${last}")
        else:
            pieces.append(token.text)
        if significant([token]):
            before = token.word or token.text
    return "".join(pieces)
