"""A statement's text beside its syntax tree: cut out what was written, never write it anew.

sqlglot's generator rewrites much (`date_trunc('day', x)` to `DATE_TRUNC('DAY', x)`), and PostgreSQL
matches an index expression only when it is the same after parsing. So SQL that is to stand in an
index is cut from the query's own text. sqlglot is given a masked text of the same length, so that
its positions hold: parameters as names, strings as strings without meaning, operators that it does
not know as `&&`, which has the same precedence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbaudit.workload.lexer import LexError, Token, TokenKind, significant, tokens

# Otherwise Python prints sqlglot's warnings on standard error, where progress and notes go.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

#: Begins the name that stands for a parameter: a private-use character, in no query's names.
PARAMETER_MARK = "\ue000"
_STAND_IN = "&&"

#: Operators that sqlglot's postgres dialect parses as binary operators of their own.
_KNOWN_OPERATORS = frozenset(
    """
    + - * / % ^ < > = <= >= <> != || && @> <@ ? ?| ?& @@ ~ ~* !~ !~* ~~ ~~* !~~ !~~*
    -> ->> #> #>> #- & | # << >> <-> @? ^@ -|- =>
    """.split()
)
_NEAR = 24


class ParseError(ValueError):
    """sqlglot cannot parse the statement; the message is one line."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A statement, masked and cut into tokens; blanks are not among `significant`.

    `starts` and `ends` find a token by the offset at which it starts or ends; `stood_in` are the
    operators that were masked, by their offset.
    """

    text: str
    masked: str
    significant: tuple[Token, ...]
    starts: Mapping[int, int]
    ends: Mapping[int, int]
    stood_in: Mapping[int, str]

    def parse(self) -> exp.Expr:
        """The syntax tree. Raises ParseError."""
        found = _parsed(self.masked)
        tree = found[0] if len(found) == 1 else None
        if tree is None or isinstance(tree, exp.Command):
            raise ParseError("the parser does not know this statement")
        return cast("exp.Expr", tree)

    def of(self, node: exp.Expr, names: Mapping[int, str] | None = None) -> str | None:
        """The SQL that was written for a node, on one line; None when it cannot be told.

        `names` replaces column references: the text by the id() of the Column node.
        """
        span = self.span(node)
        return None if span is None else self.cut(node, span, names or {})

    def cut(self, node: exp.Expr, span: tuple[int, int], names: Mapping[int, str]) -> str:
        """The SQL of a node whose span is known; `names` as in `of`."""
        return self._cut(span, _replacements(node, names))

    def near(self, node: exp.Expr) -> str:
        """What was written for a node, to be read by people: at least from first to last name."""
        leaves = list(_positions(node))
        if not leaves:
            return node.sql(dialect="postgres")
        around = (min(leaves)[0], max(end for _, end in leaves))
        return self._cut(self.span(node) or around, {})

    def _cut(self, span: tuple[int, int], replaced: Mapping[int, tuple[int, str]]) -> str:
        pieces: list[str] = []
        position = span[0]
        for token in self.significant[self.starts[span[0]] : self.ends[span[1]] + 1]:
            if token.start < position:
                continue
            pieces.append(" " if token.start > position and pieces else "")
            end, text = replaced.get(token.start, (token.end, token.text))
            pieces.append(text)
            position = end
        return "".join(pieces)

    def operator_between(self, left: exp.Expr, right: exp.Expr) -> str | None:
        """The operator that stands between two nodes, if it was masked."""
        begin = max((end for _, end in _positions(left)), default=0)
        stop = min((start for start, _ in _positions(right)), default=len(self.text))
        return next((op for at, op in self.stood_in.items() if begin <= at < stop), None)

    def span(self, node: exp.Expr) -> tuple[int, int] | None:
        """Where the node was written: the smallest balanced stretch that gives the same tree."""
        leaves = list(_positions(node))
        if not leaves:
            return None
        first, last = min(leaves)[0], max(end for _, end in leaves)
        if first not in self.starts or last not in self.ends:
            return None
        if isinstance(node, exp.Literal | exp.Column):
            return first, last
        found, low, high = self.significant, self.starts[first], self.ends[last]
        for begin in range(low, max(-1, low - _NEAR), -1):
            if found[begin].text == "[":  # sqlglot takes [1] for ARRAY[1]
                continue
            for end in _balanced_ends(found, begin, high):
                if _parses_to(self.masked[found[begin].start : found[end].end], node):
                    return found[begin].start, found[end].end
        return None


def source_text(statement: str) -> SourceText:
    """The statement made ready for the parser. Raises ParseError for a string without end."""
    try:
        found = tokens(statement)
    except LexError as error:
        raise ParseError(str(error)) from error
    kept = significant(found)
    return SourceText(
        text=statement,
        masked="".join(map(_mask, found)),
        significant=tuple(kept),
        starts={token.start: number for number, token in enumerate(kept)},
        ends={token.end: number for number, token in enumerate(kept)},
        stood_in={token.start: token.text for token in found if _is_unknown(token)},
    )


def _is_unknown(token: Token) -> bool:
    is_operator = token.kind is TokenKind.OPERATOR and len(token.text) >= len(_STAND_IN)
    return is_operator and token.text not in _KNOWN_OPERATORS


def _mask(token: Token) -> str:
    size = len(token.text)
    if token.kind is TokenKind.NUMBERED_PARAMETER:
        return PARAMETER_MARK + token.text[1:]
    if token.kind is TokenKind.STRING:
        return "'" + "x" * (size - 2) + "'"
    if token.is_blank:
        return " " * size
    if _is_unknown(token):
        return _STAND_IN.ljust(size)
    if token.kind is TokenKind.NUMBER and not token.text.isdigit():
        return token.text if token.text.replace(".", "", 1).isdigit() else "1" * size
    return token.text


def _parsed(sql: str) -> list[Any]:
    try:
        return list(sqlglot.parse(sql, dialect="postgres"))
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError) as e:
        # sqlglot lets a few plain Python errors out on text that it does not expect.
        raise ParseError(f"the parser gave up: {_first_line(e)}") from e


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    told = re.sub(r" but got <Token.*>", "", lines[0])
    return told.split(PARAMETER_MARK)[0].strip(" .")


def _parses_to(fragment: str, node: exp.Expr) -> bool:
    try:
        found = _parsed(f"SELECT {fragment}")
    except ParseError:
        return False
    tree = found[0] if len(found) == 1 else None
    return (
        isinstance(tree, exp.Select)
        and len(tree.expressions) == 1
        and (tree.expressions[0] == node)
    )


def _positions(node: exp.Expr) -> Iterable[tuple[int, int]]:
    """(start, end) of every leaf that has a place in the text."""
    for leaf in node.walk():
        if "start" in leaf.meta:
            yield leaf.meta["start"], leaf.meta["end"] + 1


def _balanced_ends(found: tuple[Token, ...], begin: int, at_least: int) -> Iterable[int]:
    """The tokens at which a stretch from `begin` may end with all its brackets closed."""
    depth = 0
    for end in range(begin, min(len(found), at_least + _NEAR)):
        depth += (found[end].text in "([") - (found[end].text in ")]")
        if depth < 0:
            return
        if depth == 0 and end >= at_least:
            yield end


def _replacements(node: exp.Expr, names: Mapping[int, str]) -> dict[int, tuple[int, str]]:
    """By the start of a column reference: its end, and what to write."""
    found = {}
    for column in node.find_all(exp.Column):
        if id(column) in names:
            spots = sorted(_positions(column))
            found[spots[0][0]] = (spots[-1][1], names[id(column)])
    return found
