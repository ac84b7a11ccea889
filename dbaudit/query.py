"""A registered query and the values it is tried with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query.

    `type` is an SQL type name when the file declares one; `value` the text of its literal when the
    file gives one, None when it must be found (the SQL NULL is `is_null`).
    """

    name: str
    type: str | None = None
    value: str | None = None
    is_null: bool = False

    @property
    def has_value(self) -> bool:
        """Whether the file says what to try it with."""
        return self.is_null or self.value is not None


@dataclass(frozen=True, slots=True)
class Budgets:
    """Limits that the team set for a query; None where it set none. Times in ms."""

    max_ms: float | None = None
    max_cost: float | None = None
    max_rows_read: int | None = None
    no_seq_scan: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One statement of the workload.

    `sql` is the text as written; `statement` the same with its parameters as $1, $2 … in the order
    of `parameters`. `line` is the 1-based line of the file on which the statement begins; `file` is
    None for a statement that came from elsewhere (the command line, pg_stat_statements).
    """

    name: str
    sql: str
    statement: str
    parameters: tuple[Parameter, ...] = ()
    file: Path | None = None
    line: int = 1
    description: str = ""
    weight: float = 1.0
    budgets: Budgets = field(default_factory=Budgets)
    role: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query with literals in place of its parameters, ready for EXPLAIN.

    `variant` says where the values came from: `given` (all in the file, or none needed), `common`
    or `rare` (from the column statistics), `generic` (no values: `sql` still holds $1, $2 …).
    """

    query: Query
    sql: str
    variant: str = "given"

    @property
    def name(self) -> str:
        """The name of the query that it is a variant of."""
        return self.query.name

    @property
    def is_generic(self) -> bool:
        """Whether the statement still holds parameters."""
        return self.variant == "generic"
