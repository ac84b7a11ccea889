"""What every what-if planner offers, whether the shadow or HypoPG on the target."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery

#: A plan node as EXPLAIN (FORMAT JSON) prints it (the value under "Plan").
PlanJson = Mapping[str, Any]


class Planner(Protocol):
    """Plans a query as if indexes existed or did not. A context manager: leaving it cleans up."""

    @property
    def kind(self) -> str:
        """`shadow` or `hypopg`."""

    @property
    def version(self) -> str:
        """The version of the planner, such as "18.6"."""

    @property
    def what_if_calls(self) -> int:
        """How many times `plan` asked the planner."""

    @property
    def limits(self) -> Sequence[str]:
        """Where its plans may differ from the target's, one line each."""

    def prepare(self, candidates: Sequence[IndexDefinition]) -> Mapping[IndexDefinition, str]:
        """Make the candidates known, switched off; the ones refused, each with the reason."""

    def size_bytes(self, index: IndexDefinition) -> int:
        """The estimated size on disk of a prepared candidate."""

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        """The names under which a prepared candidate stands in plans, first its own, then those of
        its partitions' indexes. No two candidates share one."""

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[tuple[str, str]] = (),
    ) -> PlanJson:
        """The plan with these prepared candidates and without these (schema, name) indexes.

        Raises QueryError when the statement cannot be planned.
        """

    def verbose_plan(self, query: BoundQuery) -> PlanJson:
        """The plan as things are, with schemas, aliases and outputs: that of EXPLAIN (VERBOSE).

        Raises QueryError when the statement cannot be planned.
        """

    def not_covered(self, query: BoundQuery) -> str | None:
        """Why this query cannot be planned here (a table that could not be copied), or None."""
