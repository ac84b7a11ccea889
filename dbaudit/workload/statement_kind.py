"""What a statement does: read, write, lock; judged from its tokens, without a parser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dbaudit.errors import UsageError
from dbaudit.identifiers import quote_ident
from dbaudit.workload.lexer import LexError, Token, TokenKind, significant, statements

_KINDS = {
    "select": "select",
    "values": "select",
    "table": "select",
    "insert": "insert",
    "update": "update",
    "delete": "delete",
    "merge": "merge",
}
_MODIFYING = frozenset(("insert", "update", "delete", "merge"))
#: Other statements that change nothing; EXPLAIN is not among them, as EXPLAIN ANALYZE executes.
_READ_ONLY = frozenset(("show",))
_LOCK_STRENGTHS = frozenset(("update", "share", "no", "key"))
_CALLABLE_KEYWORDS = frozenset(("left", "right"))


@dataclass(frozen=True, slots=True)
class StatementKind:
    """What one statement does.

    `kind` is select, insert, update, delete, merge or other. `modifies` tells whether it changes
    data or schema by its form (a function that it calls may too: look up the volatility of
    `functions`). `locks` tells whether it locks rows (FOR UPDATE and the weaker ones). `functions`
    are the names followed by a parenthesis as (schema or None, name), folded as the server would;
    a few are not functions (a CTE with its columns), so an unknown name means nothing.
    """

    kind: str
    modifies: bool
    locks: bool
    functions: frozenset[tuple[str | None, str]]


def statement_kind(sql: str) -> StatementKind:
    """Classify one statement.

    Raises UsageError for none, for several, and for a string or comment that never ends.
    """
    found = _only_statement(sql)
    main = _main_keyword(found)
    kind = _KINDS.get(main, "other")
    is_writing = kind in _MODIFYING or _writes_inside(found) or _selects_into(kind, found)
    return StatementKind(
        kind=kind,
        modifies=is_writing or (kind == "other" and main not in _READ_ONLY),
        locks=_locks(found),
        functions=frozenset(_functions(found)),
    )


def _only_statement(sql: str) -> list[Token]:
    try:
        pieces = [significant(piece) for piece in statements(sql)]
    except LexError as error:
        raise UsageError(f"{error} in the statement, at character {error.position + 1}") from error
    pieces = [piece for piece in pieces if piece and piece[0].kind is not TokenKind.SEMICOLON]
    if len(pieces) != 1:
        count = "no statement" if not pieces else f"{len(pieces)} statements"
        raise UsageError(f"{count} where one is meant; give exactly one")
    return [token for token in pieces[0] if token.kind is not TokenKind.SEMICOLON]


def _main_keyword(found: Sequence[Token]) -> str:
    """The first keyword; after WITH, the first at its level that begins a statement."""
    opening = next((n for n, token in enumerate(found) if token.text != "("), 0)
    first = found[opening].word
    if first != "with":
        return first
    level = opening
    for token, depth in _with_depth(found[opening + 1 :], level):
        if depth == level and token.word in _KINDS:
            return token.word
    return first


def _with_depth(found: Iterable[Token], depth: int = 0) -> Iterator[tuple[Token, int]]:
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        yield token, depth


def _writes_inside(found: Sequence[Token]) -> bool:
    """Whether a CTE modifies data: AS [NOT] [MATERIALIZED] ( INSERT …, perhaps after a WITH."""
    return any(
        _main_keyword(found[n + 2 :]) in _MODIFYING
        for n, (before, token) in enumerate(pairwise(found[:-1]))
        if token.text == "(" and before.word in ("as", "materialized")
    )


def _selects_into(kind: str, found: Sequence[Token]) -> bool:
    if kind != "select":
        return False
    return any(token.word == "into" and depth == 0 for token, depth in _with_depth(found))


def _locks(found: Sequence[Token]) -> bool:
    return any(
        token.word == "for" and after.word in _LOCK_STRENGTHS for token, after in pairwise(found)
    )


def _functions(found: Sequence[Token]) -> Iterator[tuple[str | None, str]]:
    for n, (token, after) in enumerate(pairwise(found)):
        name = _name(token)
        if after.text != "(" or name is None or _is_keyword(token):
            continue
        is_qualified = n >= 2 and found[n - 1].text == "."
        yield (_name(found[n - 2]) if is_qualified else None), name


def _is_keyword(token: Token) -> bool:
    word = token.word
    return (
        bool(word)
        and quote_ident(word) != word
        and word.isalpha()
        and (word not in _CALLABLE_KEYWORDS)
    )


def _name(token: Token) -> str | None:
    if token.kind is TokenKind.QUOTED_IDENT:
        return token.text[1:-1].replace('""', '"')
    return token.word or None
