"""A repeated statement as it is read before a batch is written for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from dbaudit.query import Parameter, Query
from dbaudit.workload.batched_text import (
    Edit,
    depths,
    edited,
    parameter_tokens,
)
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.source_text import ParseError, SourceText, source_text
from dbaudit.workload.table_use import Condition, QueryUses, TableUse

#: A parameter, perhaps cast, and nothing else.
KEY_VALUE = re.compile(r"\(?\$(\d+)(?:::[\w .\"\[\]()]+)?\)?\Z")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A statement that was executed many times, with $1, $2 …

    `varying` are the numbers of the parameters that had another value each time; `types` are the
    types of parameters by number, where they are known or can be told from the values.
    """

    statement: str
    varying: frozenset[int]
    types: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """One statement for all keys. `form` is any, group, lateral or unnest.

    `arrays` are the parameters that take an array now; `columns` the key columns.
    """

    sql: str
    form: str
    arrays: tuple[int, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A varying parameter that is compared with a column: the condition and its other side."""

    number: int
    condition: Condition
    start: int
    end: int
    operand: str
    use: TableUse


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the repeated statement."""

    repeated: Repeated
    source: SourceText
    tree: exp.Expr
    uses: QueryUses
    keys: tuple[Key, ...]
    types: Mapping[int, str]

    @property
    def text(self) -> str:
        """The statement."""
        return self.source.text

    @property
    def alias(self) -> str:
        """What the rows of keys can be called: a name that the statement does not use."""
        taken = {token.word or token.text for token in self.source.significant}
        return next(name for name in ("k", "wanted", "wanted_keys") if name not in taken)

    def unnested(self, names: Mapping[int, str]) -> str:
        """`unnest($1::bigint[], $2::text[]) AS k (id, name)`: one row an execution."""
        arrays = ", ".join(f"${number}::{self.types.get(number) or 'text'}[]" for number in names)
        return f"unnest({arrays}) AS {self.alias} ({', '.join(names.values())})"

    def by_name(self, names: Mapping[int, str]) -> list[Edit]:
        """The parameters as columns of those rows."""
        where = parameter_tokens(self.source)
        return [
            Edit(token.start, token.end, f"{self.alias}.{name}")
            for number, name in names.items()
            for token in where.get(number, ())
        ]

    def batch(self, form: str, edits: Iterable[Edit]) -> Batch:
        """The statement with its edits."""
        columns = tuple(key.condition.column for key in self.keys if key.condition.column)
        sql = edited(self.text, edits)
        return Batch(sql, form, tuple(sorted(self.repeated.varying)), columns)

    @property
    def all_are_keys(self) -> bool:
        """Whether every varying parameter is such a key, and stands nowhere else."""
        where = parameter_tokens(self.source)
        numbers = {key.number for key in self.keys}
        return numbers == self.repeated.varying and all(len(where[n]) == 1 for n in numbers)


def read(repeated: Repeated, catalog: Catalog) -> Reading | None:
    """The statement as it is written and what it asks; None where the parser does not know it."""
    try:
        source = source_text(repeated.statement.strip().rstrip(";").rstrip())
        tree = source.parse()
    except ParseError:
        return None
    uses = query_uses(read_query(source.text), catalog)
    if uses.reason is not None:
        return None
    keys = tuple(_keys(source, uses, repeated.varying))
    return Reading(repeated, source, tree, uses, keys, _types(repeated, keys, uses, catalog))


def read_query(statement: str) -> Query:
    """The statement as a query whose parameters are named by their numbers."""
    source = source_text(statement)
    most = max(parameter_tokens(source), default=0)
    parameters = tuple(Parameter(str(number)) for number in range(1, most + 1))
    return Query("repeated", statement, statement, parameters)


def _types(
    repeated: Repeated, keys: Iterable[Key], uses: QueryUses, catalog: Catalog
) -> dict[int, str]:
    """The types of parameters: the catalog's before those told from values."""
    found = dict(repeated.types)
    compared = [(k.use.schema, k.use.table, k.condition.column, f"${k.number}") for k in keys]
    stored = [(a.schema, a.table, a.column, a.value) for a in uses.assignments]
    for schema, table, column, value in [*compared, *stored]:
        number = KEY_VALUE.match(value)
        columns = catalog.tables.get((schema or "", table), {})
        if number is not None and column is not None and column in columns:
            found[int(number[1])] = columns[column]
    return found


def _keys(source: SourceText, uses: QueryUses, varying: frozenset[int]) -> Iterable[Key]:
    level = depths(source)
    for use in uses.tables:
        for condition in use.conditions:
            value = KEY_VALUE.match(condition.value or "")
            if condition.span is None or value is None or condition.in_or:
                continue
            is_outer = level.get(condition.span[0]) == 0
            if is_outer and condition.is_equality and int(value[1]) in varying:
                start, end = condition.span
                operand = _operand(source, start, end)
                if operand is not None:
                    yield Key(int(value[1]), condition, start, end, operand, use)


def _operand(source: SourceText, start: int, end: int) -> str | None:
    """The side of `a = $1`, `$1 = a` or `a IN ($1)` that is no parameter, as written."""
    inside = [token for token in source.significant if start <= token.start < end]
    cut = next((t for t in inside if t.text == "=" or t.word == "in"), None)
    if cut is None:
        return None
    left, right = source.text[start : cut.start].strip(), source.text[cut.end : end].strip()
    return right if KEY_VALUE.match(left) else left
