"""How a query uses each of its tables: conditions, sort, group and output."""

from __future__ import annotations

from dataclasses import dataclass, field

#: `shape`: how the column stands in its side of a condition.
COLUMN, EXPRESSION, JSON, ARRAY = "column", "expression", "json", "array"

#: `value_kind`: what the other side is.
CONSTANT, PARAMETER, SUBQUERY = "constant", "parameter", "subquery"

_EQUALITY = frozenset(("=", "in"))
_RANGE = frozenset(("<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of WHERE or JOIN on one table.

    `expression` is the side that holds the column, as PostgreSQL SQL with bare column names, the
    way it must stand in an index; `column` its only column, None when it has several. `operator`
    is turned so that the expression is on its left (`reversed ~~` where it cannot be), `in` and
    `is null` included; a bare boolean is `= true`. `value` is the other side as written, None for
    IS NULL and its kin; `value_kind` is constant, parameter, column (of another reference),
    expression or subquery. `is_list` tells of IN and = ANY. `row_position` counts from 1 in a row
    comparison such as (a, b) < ($1, $2). `predicate` is the whole condition with bare column
    names, None when another table is in it; `span` is where that was written in the statement, None
    where it cannot be told or a NOT further out applies to it. `is_sargable` tells whether some
    index on the bare column could serve it.
    """

    clause: str
    column: str | None
    expression: str
    operator: str
    shape: str
    value: str | None
    value_kind: str | None
    is_sargable: bool
    in_or: bool = False
    is_list: bool = False
    row_position: int = 0
    predicate: str | None = None
    span: tuple[int, int] | None = field(default=None, compare=False, repr=False)

    @property
    def is_constant_value(self) -> bool:
        """Whether the value is a literal, the same in every execution."""
        return self.value_kind in (None, CONSTANT)

    @property
    def is_equality(self) -> bool:
        """Whether it is = or IN, with a value that is known before the table is read."""
        return self.operator in _EQUALITY and self.shape != ARRAY

    @property
    def is_range(self) -> bool:
        """Whether it is <, <=, > or >=."""
        return self.operator in _RANGE

    @property
    def is_join(self) -> bool:
        """Whether it compares with a column of another table reference."""
        return self.value_kind == COLUMN

    @property
    def is_within_row(self) -> bool:
        """Whether it compares columns of one row: no key can serve that."""
        return self.is_join and self.predicate is not None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of GROUP BY or DISTINCT; `column` is None for an expression."""

    column: str | None
    expression: str


@dataclass(frozen=True, slots=True)
class Distance:
    """A sort by nearness, `expression operator value`: the side with the columns is on the left.

    `column` is its only column, None when it has several; `shape` as in Condition.
    """

    column: str | None
    expression: str
    operator: str
    shape: str


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of ORDER BY; `column` is None for an expression.

    `distance` is set where the expression is a distance such as `place <-> $1`.
    """

    column: str | None
    expression: str
    descending: bool = False
    nulls_first: bool = False
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class TableUse:
    """One table reference of a query.

    `schema` is None when the table is not in the catalog. `sort` is empty unless every key of the
    ORDER BY is this reference's, `group` likewise. `extremum` is the order in which the first row
    answers a lone min() or max(). `output` are the columns that the query returns, `columns` all
    that it mentions: what an index must hold for an index-only scan. `is_target` tells of the table
    that INSERT, UPDATE, DELETE or MERGE changes.
    """

    schema: str | None
    table: str
    alias: str
    conditions: tuple[Condition, ...] = ()
    sort: tuple[SortKey, ...] = ()
    group: tuple[Key, ...] = ()
    extremum: tuple[SortKey, ...] = ()
    output: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    has_limit: bool = False
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """A LIMIT or OFFSET: `clause` is which, `value` as written."""

    clause: str
    value: str
    value_kind: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """A parameter that is stored in a column: SET column = $1, or VALUES ($1)."""

    schema: str | None
    table: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class QueryUses:
    """What was read of one query; `reason` says why nothing was, None when it was.

    `is_from_plan` when it was not the parser that knew the statement but the server.
    """

    query: str
    tables: tuple[TableUse, ...] = ()
    paging: tuple[Paging, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    reason: str | None = None
    is_from_plan: bool = False
