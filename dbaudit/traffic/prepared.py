"""EXECUTE of SQL itself: an execution of what PREPARE prepared, with the values that it is given.

The server tells what was prepared in the DETAIL of each EXECUTE that it logs (errdetail_execute()
in src/backend/tcop/postgres.c). Elsewhere the session's own PREPARE tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.memo import Memo
from dbaudit.workload.lexer import LexError, Token, TokenKind, significant, tokens
from dbaudit.workload.names import identifier_of

#: "prepare: " in the server's language, before the statement.
_HEAD = re.compile(r"\A[^:\uff1a]{1,40}[:\uff1a]\s?(?=prepare\b)", re.IGNORECASE)
_MAX_REMEMBERED = 10_000
_WORDS = {"null": None, "true": "true", "false": "false"}


class Prepare(NamedTuple):
    """PREPARE name AS text."""

    name: str
    text: str


class Execute(NamedTuple):
    """EXECUTE name (values), which are None where some are no literals; and a comment behind it."""

    name: str
    values: tuple[str | None, ...] | None
    comment: str


class PreparedStatements:
    """What sessions have prepared; `is_used` says that a server's log tells of it."""

    def __init__(self) -> None:
        self.is_used = False
        self._texts: dict[tuple[str, str], str] = {}
        self._prepares = Memo(read_prepare)
        self._executes = Memo(read_execute)

    def told(self, execution: Execution, detail: str | None) -> Execution:
        """A statement with what its DETAIL tells of its being prepared."""
        head = _HEAD.match(detail) if detail else None
        if detail is None or head is None:
            return execution
        self.is_used = True
        return execution.telling(prepare=detail[head.end() :])

    def resolved(self, execution: Execution) -> Execution:
        """The execution; of EXECUTE that of the statement which was prepared, where it is known."""
        text, session = execution.text, execution.session
        word = text[:7].lower()
        if execution.told.prepare is not None:
            self._remember(session, execution.told.prepare)
            execution = execution.telling(prepare=None)
        if word == "prepare":
            self._remember(session, text)
        execute = self._executes[text] if word == "execute" else None
        prepared = None if execute is None else self._texts.get((session, execute.name))
        if execute is None or prepared is None:
            return execution
        return execution._replace(text=prepared + execute.comment, parameters=execute.values)

    def _remember(self, session: str, text: str) -> None:
        prepare = self._prepares[text]
        if prepare is not None:
            if len(self._texts) >= _MAX_REMEMBERED:
                self._texts.clear()
            self._texts[session, prepare.name] = prepare.text


def read_prepare(sql: str) -> Prepare | None:
    """PREPARE name [(types)] AS statement; None for anything else, or what follows it."""
    found = _statement(sql)
    name = identifier_of(found[1]) if len(found) > 3 else None
    at = next((n for n, token in enumerate(found) if n > 1 and token.word == "as"), 0)
    if name is None or found[0].word != "prepare" or at in (0, len(found) - 1):
        return None
    if at > 2 and not (found[2].text == "(" and found[at - 1].text == ")"):
        return None
    return Prepare(name, sql[found[at].end : found[-1].end].strip())


def read_execute(sql: str) -> Execute | None:
    """EXECUTE name [(values)]; None for anything else."""
    found = _statement(sql)
    name = identifier_of(found[1]) if len(found) > 1 else None
    if name is None or found[0].word != "execute":
        return None
    given = found[2:]
    if given and not (given[0].text == "(" and given[-1].text == ")"):
        return None
    values = [_value(argument) for argument in _arguments(given[1:-1])]
    known = tuple(value[0] for value in values if value is not None)
    comments = [token.text for token in tokens(sql) if token.kind is TokenKind.COMMENT]
    return Execute(
        name, known if len(known) == len(values) else None, "".join(f" {c}" for c in comments[-1:])
    )


def _statement(sql: str) -> list[Token]:
    """The tokens of the text; none of several statements, and of what cannot be read."""
    try:
        found = significant(tokens(sql))
    except LexError:
        return []
    while found and found[-1].kind is TokenKind.SEMICOLON:
        found.pop()
    return [] if any(token.kind is TokenKind.SEMICOLON for token in found) else found


def _arguments(found: Iterable[Token]) -> Iterator[list[Token]]:
    argument: list[Token] = []
    depth = 0
    for token in found:
        depth += (token.text in "([") - (token.text in ")]")
        if token.text == "," and not depth:
            yield argument
            argument = []
        else:
            argument.append(token)
    if argument:
        yield argument


def _value(argument: Sequence[Token]) -> tuple[str | None] | None:
    """The value of a literal, as it would be bound; None for what is none."""
    texts = [token.text for token in argument]
    if "::" in texts:
        argument = argument[: texts.index("::")]
    sign = ""
    if len(argument) == 2 and argument[0].text == "-":
        sign, argument = "-", argument[1:]
    if len(argument) == 2 and argument[0].kind is TokenKind.WORD:  # date '2026-01-31'
        argument = argument[1:]
    if len(argument) != 1:
        return None
    [token] = argument
    if token.kind is TokenKind.NUMBER:
        return (sign + token.text,)
    if token.kind is TokenKind.STRING and token.text.startswith("'"):
        return (token.text[1:-1].replace("''", "'"),)
    return (_WORDS[token.word],) if token.word in _WORDS else None
