"""Executions that were read together, with what was seen of each, and in columns.

To go through a column at C speed takes a tenth of what it takes to ask each execution for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.shape import Form
from dbaudit.traffic.shapes import Shapes, Step
from dbaudit.traffic.tags import NO_TAGS, Tags

#: Fields of an execution that a server's log leaves at their default, or fills rarely.
_RARE = ("rows", "request", "failed", "query_id", "context", "continues", "plan", "batch")


class Steps:
    """At least one execution, in their order.

    `every` has in each field of an execution the values of all of them; `forms` and `tags` are
    theirs, `origins` the database, user and application of each. `told` are those of the fields
    `_RARE` that differ from their default in some execution. `has_tags` says that some statement
    had a comment with tags.
    """

    __slots__ = ("every", "forms", "has_tags", "origins", "pairs", "tags", "told")

    def __init__(self, pairs: Iterable[Step]) -> None:
        self.pairs = list(pairs)
        seen, executions = zip(*self.pairs, strict=True)
        self.forms: Sequence[Form]
        self.tags: Sequence[Tags]
        self.forms, _, self.tags = zip(*seen, strict=True)
        self.every = every = cast(Any, Execution._make(zip(*executions, strict=True)))
        self.origins = list(zip(every.database, every.user, every.application, strict=True))
        self.has_tags = self.tags.count(NO_TAGS) < len(self.tags)
        self.told = frozenset(name for name in _RARE if _is_told(getattr(every, name)))

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def of(cls, executions: Sequence[Execution], shapes: Shapes) -> Steps:
        """The steps of executions."""
        return cls(zip(shapes.seen_all(executions), executions, strict=True))


def _is_told(column: Sequence[object]) -> bool:
    first = column[0]
    return not (first is None or first is False) or column.count(first) < len(column)
