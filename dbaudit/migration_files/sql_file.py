"""Migrations in plain SQL: scripts, and the files of Flyway, goose, dbmate, sqlx, golang-migrate.

What is no SQL (psql's own commands, the data behind COPY) and what runs only on the way back is
blanked out, so that every line keeps its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from dbaudit.migration_files.migration import Migration, Problem, Tool
from dbaudit.migration_files.read_statements import read_statements
from dbaudit.workload.lexer import LexError, TokenKind, tokens

_DOWN_FOLDERS = frozenset(("down", "undo", "rollback", "revert"))
#: x.down.sql (golang-migrate, sqlx), down.sql (diesel), x_down.sql, x.undo.sql; U1__x.sql (Flyway).
_DOWN_FILE = re.compile(r"(?:\A|[._-])(?:down|undo|rollback|revert)\.sql\Z", re.IGNORECASE)
_FLYWAY_UNDO = re.compile(r"\AU[0-9][0-9._]*__")

#: `-- +goose Down`, `-- migrate:down` (dbmate), `-- +migrate Down` (sql-migrate), `-- @DOWN`.
_DIRECTION = re.compile(
    r"^[ \t]*--[ \t]*(?:\+goose|\+migrate|migrate:|@)[ \t]*(up|down)\b(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WRAPPING = re.compile(r"^[ \t]*--[ \t]*(?:\+goose|\+migrate|migrate:)[ \t]*up\b", re.I | re.M)
_NOT_WRAPPED = re.compile(
    r"^[ \t]*--[ \t]*(?:\+goose[ \t]+NO[ \t]+TRANSACTION|no-transaction"
    r"|migrate:up[^\n]*transaction[ \t]*:[ \t]*false|\+migrate[ \t]+up[^\n]*notransaction)",
    re.IGNORECASE | re.MULTILINE,
)
_PSQL_COMMAND = re.compile(r"^[ \t]*\\(?P<word>[a-z!?]+)[^\n]*$", re.MULTILINE)
_COPY = re.compile(r"^[ \t]*copy\b[^;]*\bfrom\s+stdin\b[^;]*;[^\n]*\n", re.I | re.M)
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_INCLUDES = frozenset(("i", "ir", "include", "include_relative"))


def is_down_file(path: PurePath) -> bool:
    """Whether the whole file is a way back."""
    is_below = any(part.lower() in _DOWN_FOLDERS for part in path.parts[:-1])
    return is_below or bool(_DOWN_FILE.search(path.name) or _FLYWAY_UNDO.match(path.name))


def read_sql_file(text: str, file: str) -> Migration:
    """The way forward of a file; `file` is what it is called in findings."""
    plain, problems = _plain_sql(text, file)
    is_wrapped = bool(_WRAPPING.search(text)) and not _NOT_WRAPPED.search(text)
    found = tuple(read_statements(plain, is_in_transaction=is_wrapped))
    return Migration(file, Tool.SQL, found, problems=tuple(problems))


def _plain_sql(text: str, file: str) -> tuple[str, list[Problem]]:
    text = _without_copy_data(_without_down(text))
    problems = []
    quoted = list(_quoted(text))
    for match in reversed(list(_PSQL_COMMAND.finditer(text))):
        if any(begin < match.start() < end for begin, end in quoted):
            continue
        if match["word"] in _INCLUDES:
            line = text.count("\n", 0, match.start()) + 1
            problems.append(Problem(file, line, f"{match[0].strip()} is not followed"))
        text = _blanked(text, match.start(), match.end())
    return text, problems


def _without_down(text: str) -> str:
    marks = list(_DIRECTION.finditer(text))
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        if mark[1].lower() == "down":
            text = _blanked(text, mark.start(), after.start() if after else len(text))
    return text


def _without_copy_data(text: str) -> str:
    position = 0
    while copy := _COPY.search(text, position):
        end = _COPY_END.search(text, copy.end())
        position = end.end() if end else len(text)
        text = _blanked(text, copy.start(), position)
    return text


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Where strings and comments stand: a backslash at the start of a line in one is its own."""
    kinds = (TokenKind.STRING, TokenKind.COMMENT, TokenKind.QUOTED_IDENT)
    try:
        for token in tokens(text):
            if token.kind in kinds:
                yield token.start, token.end
    except LexError:  # it is told where the statements are read
        return


def _blanked(text: str, begin: int, end: int) -> str:
    return text[:begin] + re.sub(r"[^\n]", " ", text[begin:end]) + text[end:]
