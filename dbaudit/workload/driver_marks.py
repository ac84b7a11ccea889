"""What drivers and frameworks write into a statement that is no part of its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dbaudit.workload.lexer import Token, TokenKind

#: Formats of psycopg: text, and chosen, text or binary format of psycopg 3.
_FORMATS = frozenset("sbt")
#: Operators that PostgreSQL has and that end in a question mark.
_QUESTION_OPERATORS = frozenset(("?", "@?"))
_OPENING = frozenset("([,")

#: Where a statement of this first word names a savepoint, statement or cursor: frameworks number
#: them (Django's savepoints, psycopg's cursors), pg_stat_statements hides them since 17.
_NAME_AT = {
    "savepoint": 1,
    "declare": 1,
    "release": -1,
    "deallocate": -1,
    "fetch": -1,
    "move": -1,
    "close": -1,
}


def with_placeholders(
    found: Sequence[Token], wants_operand: Callable[[Token | None], bool]
) -> list[Token]:
    """The significant tokens with `%s` and `?` as parameters where an operand is wanted."""
    return list(_with_placeholders(found, wants_operand))


def _with_placeholders(
    found: Sequence[Token], wants_operand: Callable[[Token | None], bool]
) -> Iterator[Token]:
    before: Token | None = None
    skipped = -1
    for n, token in enumerate(found):
        if n == skipped:
            continue
        pieces = [token]
        if token.kind is TokenKind.OPERATOR and token.text[-1] in "%?":
            after = found[n + 1] if n + 1 < len(found) else None
            is_open = len(token.text) > 1 or _is_opened(before) or wants_operand(before)
            pieces, has_letter = _marked(token, after) if is_open else (pieces, False)
            skipped = n + 1 if has_letter else -1
        yield from pieces
        before = pieces[-1]


def _is_opened(before: Token | None) -> bool:
    return before is not None and before.text in _OPENING


def _marked(token: Token, after: Token | None) -> tuple[list[Token], bool]:
    """The operator and the parameter that a run such as `=?` or `=%s` holds; its letter if any."""
    rest = token.text[:-1]
    has_letter = (
        token.text[-1] == "%"
        and not rest.endswith("%")
        and after is not None
        and after.start == token.end
        and after.text in _FORMATS
    )
    is_question = token.text[-1] == "?" and (not rest or token.text not in _QUESTION_OPERATORS)
    if not has_letter and not is_question:
        return [token], False
    mark = Token(TokenKind.NAMED_PARAMETER, token.text[-1], token.end - 1)
    return [*([Token(token.kind, rest, token.start)] if rest else ()), mark], has_letter


def without_names(found: list[Token]) -> list[Token]:
    """The tokens with the name of a savepoint, prepared statement or cursor as a parameter."""
    first = found[0].word if found else ""
    at = _NAME_AT.get(first)
    if first == "rollback" and any(token.word == "to" for token in found):
        at = -1
    if at is None or len(found) < 2 or found[at].word == "all":
        return found
    named = found[at]
    if named.kind not in (TokenKind.WORD, TokenKind.QUOTED_IDENT):
        return found
    position = at % len(found)
    mark = Token(TokenKind.NAMED_PARAMETER, named.text, named.start)
    return [*found[:position], mark, *found[position + 1 :]]
