"""An advice, and the plan file that people read and edit and `apply` takes: the same document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbaudit.index_definition import IndexDefinition


@dataclass(frozen=True, slots=True)
class Served:
    """A query that an index serves, with the planner's cost before and after."""

    query: str
    cost_before: float
    cost_after: float


@dataclass(frozen=True, slots=True)
class PartitionTable:
    """A table below a partitioned one, with the table that it hangs on."""

    schema: str
    table: str
    parent_schema: str
    parent_table: str
    is_partitioned: bool = False


@dataclass(frozen=True, slots=True)
class AdvisedIndex:
    """An index to build: `size_bytes` is estimated, `ddl` concurrent, `reason` one sentence.

    `partitions` are the tables below a partitioned one, each after the one that it hangs on; None
    for an index of a table that is not partitioned.
    """

    name: str
    schema: str
    table: str
    method: str
    ddl: str
    undo_ddl: str
    size_bytes: int
    confidence: str
    serves: tuple[Served, ...]
    reason: str = ""
    partitions: tuple[PartitionTable, ...] | None = None


@dataclass(frozen=True, slots=True)
class IndexName:
    """An index by its schema and name."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class AdvisedDrop:
    """An existing index that the set makes redundant.

    `replaced_by` is the index, existing or advised, that plays its role; None where nobody said.
    """

    name: str
    schema: str
    table: str
    ddl: str
    undo_ddl: str
    size_bytes: int
    reason: str
    replaced_by: IndexName | None = None


@dataclass(frozen=True, slots=True)
class IndexLoss:
    """What `query` would cost without an existing index that another one makes redundant.

    It is the one that loses most by factor; empty when no query would lose.
    """

    schema: str
    table: str
    index: str
    query: str = ""
    cost_before: float = 0.0
    cost_after: float = 0.0

    @property
    def factor(self) -> float:
        """Cost after over cost before; 1.0 for no query."""
        return self.cost_after / self.cost_before if self.cost_before > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that was tried and left out."""

    ddl: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedIndex:
    """An index that queries ask for and the advice leaves out, for the rules to ask for it no more.

    `gains` tells whether one of the queries would be cheaper with it.
    """

    index: IndexDefinition
    queries: tuple[str, ...]
    gains: bool
    reason: str


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A query that the planner could not be asked about."""

    query: str
    reason: str


@dataclass(frozen=True, slots=True)
class AdvisedQuery:
    """A query of the workload, planned without and with the advised set."""

    name: str
    weight: float
    cost_before: float
    cost_after: float
    plan_before: Mapping[str, Any]
    plan_after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A query in other words that give the same rows, for one that stays costly as it is.

    Costs are with the advised set, `cost_after` with `index` besides (its DDL, None when none is
    needed). `check` is a statement that gives how many rows it compared and how many of them
    differ; `checked` what came of it on the target, "" when nobody asked.
    """

    query: str
    sql: str
    reason: str
    cost_before: float
    cost_after: float
    index: str | None = None
    check: str | None = None
    checked: str = ""


@dataclass(frozen=True, slots=True)
class StatisticsAdvice:
    """Statistics without which a query's plan rests on a guess: `ddl` makes and fills them.

    `expected_share` of the table's rows is what the planner believes to satisfy the query's
    conditions; `check` is a statement that gives how many rows it looked at and how many of them
    do; `checked` what came of it on the target, "" when nobody asked.
    """

    query: str
    ddl: str
    reason: str
    expected_share: float
    check: str | None = None
    checked: str = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What the workload costs once `index` is built besides those of the points before it.

    `size_bytes` is the storage of all of them; `index` is None where there is none yet.
    """

    size_bytes: int
    cost: float
    index: str | None = None


@dataclass(frozen=True, slots=True)
class SearchFacts:
    """How the advice was found: `search_calls` of the calls until the set was chosen, the others to
    explain it; of the seconds `search_seconds` for choosing it, the others to read the queries, to
    make and size the candidates and to explain."""

    planner: str
    planner_version: str
    what_if_calls: int
    seconds: float
    search_calls: int = 0
    search_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """The best index set found, the most valuable index first.

    Costs are weighted sums over the workload in planner units. `curve` leads from no index to all
    of them, in their order; its costs never rise. `losses` price the existing indexes that others
    make redundant. `refused` are, query by query, the indexes that were left out.
    """

    cost_before: float
    cost_after: float
    indexes: tuple[AdvisedIndex, ...]
    drops: tuple[AdvisedDrop, ...]
    rejected: tuple[Rejected, ...]
    queries: tuple[AdvisedQuery, ...]
    not_covered: tuple[NotCovered, ...]
    search: SearchFacts
    notes: tuple[str, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    statistics: tuple[StatisticsAdvice, ...] = ()
    losses: tuple[IndexLoss, ...] = ()
    refused: tuple[RefusedIndex, ...] = ()

    @property
    def ratio(self) -> float:
        """Cost after over cost before; 1.0 for an empty workload."""
        return self.cost_after / self.cost_before if self.cost_before else 1.0
