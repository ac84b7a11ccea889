"""SQL text as statements with their effects, each where it stands in its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dbaudit.migration_files.effects import Transaction
from dbaudit.migration_files.migration import Statement
from dbaudit.migration_files.read_effects import read_effects
from dbaudit.workload.lexer import LexError, Token, TokenKind, statements
from dbaudit.workload.token_reader import UnreadableError

_MARKS = re.compile(r"^\s*(?:--+|/\*+|\*+/|\*)\s?|\*+/\s*$", re.MULTILINE)


def read_statements(
    text: str, first_line: int = 1, comment: str = "", *, is_in_transaction: bool = False
) -> list[Statement]:
    """The statements of a text that begins at this line of its file.

    `comment` is said of all of them. `is_in_transaction` is what the tool does by itself; BEGIN and
    COMMIT in the text count too. A text that is broken off ends in a statement with a reason.
    """
    pieces, broken = _pieces(text)
    found: list[Statement] = []
    carried = comment
    for piece, after in zip(pieces, [*pieces[1:], []], strict=False):
        if _is_said(piece):
            found.append(_statement(piece, after, first_line, text, carried))
            # What stands above BEGIN or SET is said of what these are there for.
            carried = found[-1].comment if _is_preparing(piece) else comment
    if broken is not None:
        found.append(broken_statement(str(broken), _line(text, broken.position, first_line)))
    return list(_in_transactions(found, is_in_transaction))


def broken_statement(reason: str, line: int) -> Statement:
    """What stands for a text that cannot be read."""
    return Statement("", line, line, reason=reason)


def comment_text(comments: Iterable[str]) -> str:
    """Comments without their marks."""
    return "\n".join(_MARKS.sub("", comment).strip() for comment in comments).strip()


def _pieces(text: str) -> tuple[list[list[Token]], LexError | None]:
    """The statements, and what the text is broken off by: what stands before it is kept."""
    try:
        return statements(text), None
    except LexError as error:
        end = text.rfind(";", 0, error.position) + 1
        return _whole(text[:end]), error


def _whole(text: str) -> list[list[Token]]:
    try:
        return statements(text)
    except LexError:  # the last semicolon stood inside of something: nothing is certain
        return []


def _is_said(piece: Sequence[Token]) -> bool:
    return any(not t.is_blank and t.kind is not TokenKind.SEMICOLON for t in piece)


def _is_preparing(piece: Sequence[Token]) -> bool:
    first = next(token for token in piece if not token.is_blank)
    return first.word in ("begin", "start", "set")


def _statement(
    piece: Sequence[Token], after: Sequence[Token], first_line: int, text: str, comment: str
) -> Statement:
    said = [t for t in piece if not t.is_blank and t.kind is not TokenKind.SEMICOLON]
    # What stands beside the semicolon before belongs to the statement that ends there.
    own = [
        t for t in piece[len(_beside(piece)) if piece[0].start else 0 :] if t.start < said[-1].end
    ]
    beside = _beside(after)
    comments = [t.text for t in [*own, *beside] if t.kind is TokenKind.COMMENT]
    try:
        effects, reason = read_effects(said), None
    except UnreadableError as error:
        effects, reason = (), str(error)
    return Statement(
        text="".join(token.text for token in piece),
        text_line=_line(text, piece[0].start, first_line),
        line=_line(text, said[0].start, first_line),
        comment="\n".join(part for part in (comment, comment_text(comments)) if part),
        effects=effects,
        reason=reason,
    )


def _beside(piece: Sequence[Token]) -> list[Token]:
    """The blanks with which a piece begins, to the end of their line."""
    found: list[Token] = []
    for token in piece:
        if not token.is_blank or (token.kind is TokenKind.SPACE and "\n" in token.text):
            break
        found.append(token)
    return found


def _line(text: str, position: int, first_line: int) -> int:
    return first_line + text.count("\n", 0, position)


def _in_transactions(found: Iterable[Statement], is_wrapped: bool) -> Iterator[Statement]:
    is_open = False
    for one in found:
        marks = [effect for effect in one.effects if isinstance(effect, Transaction)]
        is_open = not marks[-1].ends if marks else is_open
        yield Statement(
            one.text,
            one.text_line,
            one.line,
            one.comment,
            one.effects,
            is_open or is_wrapped,
            one.reason,
        )
