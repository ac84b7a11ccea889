"""The arguments of an operation of Alembic or Django, as far as they are written out."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from dbaudit.migration_files.python_source import (
    Call,
    Names,
    text_of,
    texts_of,
    value_of,
    words_of,
)
from dbaudit.workload.token_reader import UnreadableError


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call and what names stand for where it is made.

    An argument is found by its keyword, else by its position (None where it has none). All raise
    UnreadableError for a value that only running the file would tell.
    """

    call: Call
    names: Names

    def node(self, position: int | None, keyword: str) -> ast.expr | None:
        """The argument as it is written; None where it is not given."""
        return self.call.argument(position, keyword)

    def text(self, position: int | None, keyword: str) -> str | None:
        """A text, None where it is not given."""
        return text_of(self.node(position, keyword), self.names)

    def needed(self, position: int | None, keyword: str) -> str:
        """A text. Raises UnreadableError where it is not given or empty."""
        found = self.text(position, keyword)
        if not found:
            raise UnreadableError(f"{keyword} is not given")
        return found

    def texts(self, position: int | None, keyword: str) -> list[str]:
        """Texts, none where they are not given."""
        return texts_of(self.node(position, keyword), self.names)

    def words(self, keyword: str) -> dict[str, str]:
        """A mapping with its values as texts, empty where it is not given."""
        return words_of(self.node(None, keyword), self.names)

    def is_true(self, position: int | None, keyword: str) -> bool:
        """Whether it is given and true."""
        return bool(value_of(self.node(position, keyword), self.names))
