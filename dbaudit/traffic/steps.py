"""Executions that were read together, with what was seen of each, and in columns.

To go through a column at C speed takes a tenth of what it takes to ask each execution for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from dbaudit.traffic.execution import NOTHING_TOLD, Execution, Told
from dbaudit.traffic.shape import Form
from dbaudit.traffic.shapes import Shapes, Step
from dbaudit.traffic.tags import NO_TAGS, Tags

#: The values that a field has in each of the executions.
Columns = Any


class Steps:
    """At least one execution, in their order.

    `every` has in each field of an execution the values of all of them; `told` the same of what is
    rarely told, None where none tells any of it. `forms` and `tags` are theirs, `origins` the
    database, user and application of each. `has_tags` says that some statement had a comment with
    tags.
    """

    __slots__ = ("every", "forms", "has_query_ids", "has_tags", "origins", "pairs", "tags", "told")

    def __init__(self, pairs: Iterable[Step]) -> None:
        self.pairs = list(pairs)
        seen, executions = zip(*self.pairs, strict=True)
        self.forms: Sequence[Form]
        self.tags: Sequence[Tags]
        self.forms, _, self.tags = zip(*seen, strict=True)
        self.every = every = cast(Columns, Execution._make(zip(*executions, strict=True)))
        self.origins = list(zip(every.database, every.user, every.application, strict=True))
        self.has_tags = self.tags.count(NO_TAGS) < len(self.tags)
        self.has_query_ids = every.query_id.count(None) < len(self)
        is_told = every.told.count(NOTHING_TOLD) < len(self)
        self.told: Columns = Told._make(zip(*every.told, strict=True)) if is_told else None

    @property
    def are_one_call_each(self) -> bool:
        """Whether none is a batch, or only goes on with what another began."""
        return self.told is None or not (any(self.told.continues) or any(self.told.batch))

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def of(cls, executions: Sequence[Execution], shapes: Shapes) -> Steps:
        """The steps of executions."""
        return cls(zip(shapes.seen_all(executions), executions, strict=True))
