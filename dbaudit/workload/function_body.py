"""The statements inside a function's body, with its variables as parameters.

PL/pgSQL is not parsed: a statement is what stands where one may begin and starts with a word of
SQL's (https://www.postgresql.org/docs/current/plpgsql-statements.html). EXECUTE's texts are not
looked into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dbaudit.workload.lexer import LexError, Token, TokenKind, fold, significant, tokens

#: Words of SQL's that begin a statement; PERFORM is PL/pgSQL's SELECT.
_FIRST = frozenset({"select", "insert", "update", "delete", "merge", "with", "perform"})
#: After these a statement may begin: FOR row IN SELECT …, RETURN QUERY SELECT …, IF EXISTS (SELECT.
_BEFORE = frozenset({"begin", "then", "else", "loop", "in", "query", "for"})
_CLAUSES = frozenset({"from", "where", "group", "order", "limit", "union", "for", "having"})
_ROWS = frozenset({"new", "old"})


@dataclass(frozen=True, slots=True)
class BodyStatement:
    """A statement with $1, $2 … for the variables whose texts are `variables`."""

    sql: str
    variables: tuple[str, ...]


def body_statements(
    language: str, text: str, arguments: Collection[str] = ()
) -> list[BodyStatement]:
    """The statements of a body in `sql` or `plpgsql`; none where it cannot be cut into tokens."""
    try:
        found = significant(tokens(text))
    except LexError:
        return []
    names = {name for name in arguments if name} | _declared(found)
    return [_statement(part, names) for part in _parts(language, found)]


def _declared(found: Sequence[Token]) -> set[str]:
    """The names that DECLARE sections declare: the first word of each declaration."""
    names: set[str] = set()
    is_declaring = False
    for before, token in zip([None, *found], found, strict=False):
        if token.word == "declare":
            is_declaring = True
        elif token.word == "begin":
            is_declaring = False
        elif is_declaring and before is not None and _ends_declaration(before):
            names.add(_name(token))
    return names


def _ends_declaration(token: Token) -> bool:
    return token.word == "declare" or token.kind is TokenKind.SEMICOLON


def _parts(language: str, found: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement, without its semicolon."""
    begin: int | None = None
    depth = 0
    for number, token in enumerate(found):
        if begin is None and _may_begin(language, found, number):
            begin, depth = number, 0
        depth += (token.text == "(") - (token.text == ")")
        if begin is not None and _ends(found, number, depth):
            yield list(found[begin:number])
            begin = None
    if begin is not None:
        yield list(found[begin:])


def _may_begin(language: str, found: Sequence[Token], number: int) -> bool:
    if found[number].word not in _FIRST:
        return False
    before = found[number - 1] if number else None
    if before is None or before.kind is TokenKind.SEMICOLON:
        return True
    return language == "plpgsql" and (before.word in _BEFORE or before.text in ("(", ">>"))


def _ends(found: Sequence[Token], number: int, depth: int) -> bool:
    token = found[number]
    return token.kind is TokenKind.SEMICOLON or depth < 0 or (token.word == "loop" and depth == 0)


def _statement(part: Sequence[Token], names: Collection[str]) -> BodyStatement:
    pieces: list[str] = []
    variables: dict[str, int] = {}
    kept = list(_without_targets(part))
    number = 0
    while number < len(kept):
        size = _variable_size(kept, number, names)
        if size:
            text = "".join(token.text for token in kept[number : number + size])
            pieces.append(f"${variables.setdefault(text, len(variables) + 1)}")
        else:
            pieces.append("SELECT" if kept[number].word == "perform" else kept[number].text)
        number += size or 1
    return BodyStatement(" ".join(pieces), tuple(variables))


def _variable_size(kept: Sequence[Token], number: int, names: Collection[str]) -> int:
    """How many tokens from here are one variable: NEW.id is three, p_id one; 0 for none."""
    before = kept[number - 1].text if number else ""
    after = kept[number + 1].text if number + 1 < len(kept) else ""
    if before == ".":
        return 0
    if kept[number].word in _ROWS and after == ".":
        return 3
    if kept[number].kind not in (TokenKind.WORD, TokenKind.QUOTED_IDENT):
        return 0
    return 1 if after not in (".", "(") and _name(kept[number]) in names else 0


def _without_targets(part: Sequence[Token]) -> Iterator[Token]:
    """The tokens without INTO [STRICT] variables, which is not SQL's."""
    is_target = False
    for before, token in zip([None, *part], part, strict=False):
        if token.word == "into" and before is not None and before.word not in ("insert", "merge"):
            is_target = True
        elif is_target and not _is_target(before, token):
            is_target = False
        if not is_target:
            yield token


def _is_target(before: Token | None, token: Token) -> bool:
    """Whether the token goes on with the list of variables after INTO."""
    if token.text in (",", "."):
        return True
    is_name = token.kind in (TokenKind.WORD, TokenKind.QUOTED_IDENT)
    follows = before is not None and (
        before.word in ("into", "strict") or before.text in (",", ".")
    )
    return is_name and token.word not in _CLAUSES and follows


def _name(token: Token) -> str:
    if token.kind is TokenKind.QUOTED_IDENT:
        return token.text[1:-1].replace('""', '"')
    return fold(token.text)
