"""The workload as the search prices it: what is planned for each query, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.advise.catalog import TableName
from dbaudit.query import BoundQuery
from dbaudit.workload.table_use import TableUse


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that is planned for a query, in the variants of its values.

    It runs `times` for each execution of the query: 1 for the query's own, the number of changed
    rows for the lookup behind a foreign key. `tables` are those whose indexes may change its plan.
    """

    variants: tuple[BoundQuery, ...]
    tables: frozenset[TableName]
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    """A query of the workload; the first of its statements is its own.

    `uses` pairs each of its table references with the table (a partition's with its root).
    """

    name: str
    weight: float
    statements: tuple[Statement, ...]
    uses: tuple[tuple[TableUse, TableName], ...] = ()

    @property
    def tables(self) -> frozenset[TableName]:
        """Every table whose indexes may change its cost."""
        return frozenset().union(*(statement.tables for statement in self.statements))
