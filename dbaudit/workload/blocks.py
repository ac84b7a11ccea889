"""Names in a query: which table reference, and which of its columns, a name means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from dbaudit.workload.lexer import fold
from dbaudit.workload.source_text import PARAMETER_MARK
from dbaudit.workload.table_use import Condition, Key, SortKey, TableUse


@dataclass(slots=True, eq=False)
class Reference:
    """A table reference while its query is being read; two to one table are not equal.

    `types` are the table's columns with their types, None when the catalog does not have it.
    """

    schema: str | None
    table: str
    alias: str
    types: Mapping[str, str] | None
    is_target: bool = False
    has_limit: bool = False
    conditions: list[Condition] = field(default_factory=list)
    sort: tuple[SortKey, ...] = ()
    group: tuple[Key, ...] = ()
    extremum: tuple[SortKey, ...] = ()
    output: dict[str, None] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)

    def type_of(self, column: str) -> str | None:
        """The column's type, None when unknown."""
        return (self.types or {}).get(column)

    def use(self) -> TableUse:
        """What was read, frozen."""
        return TableUse(
            schema=self.schema,
            table=self.table,
            alias=self.alias,
            conditions=tuple(self.conditions),
            sort=self.sort,
            group=self.group,
            extremum=self.extremum,
            output=tuple(self.output),
            columns=tuple(self.columns),
            has_limit=self.has_limit,
            is_target=self.is_target,
        )


@dataclass(frozen=True, slots=True, eq=False)
class BaseColumn:
    """A column of a table reference."""

    reference: Reference
    column: str

    @property
    def type(self) -> str | None:
        """Its type, None when unknown."""
        return self.reference.type_of(self.column)

    def give(self) -> None:
        """Note that the query gives it."""
        self.reference.output[self.column] = None
        self.reference.columns[self.column] = None


#: What a subquery or CTE gives: columns by name, None for what is computed. Conditions on the
#: others hold for the table below, as the planner pushes them down.
Derived = Mapping[str, BaseColumn | None]


@dataclass(slots=True, eq=False)
class Block:
    """One SELECT, UPDATE, DELETE, INSERT or MERGE: its sources by alias, and the block around it.

    `is_semi_join` tells that it stands in EXISTS, so that it can drive the block around it;
    `is_named_only` that of its columns only those are read that the block around it names.
    """

    parent: Block | None = None
    is_semi_join: bool = False
    is_named_only: bool = False
    sources: dict[str, Reference | Derived] = field(default_factory=dict)

    def column(self, node: exp.Column) -> BaseColumn | None:
        """The column that a name means, here or in a block around; None when computed."""
        if is_parameter(node):
            return None
        name, table = identifier(node.this), identifier(node.args.get("table"))
        for source_name, source in self.sources.items():
            if table not in ("", source_name) and not _is_named(source, table):
                continue
            if isinstance(source, Reference):
                if source.types is None and (table or len(self.sources) == 1):
                    return BaseColumn(source, name)
                if source.types is not None and name in source.types:
                    return BaseColumn(source, name)
            elif name in source:
                return source[name]
        return self.parent.column(node) if self.parent else None

    def may_restrict(self, reference: Reference) -> bool:
        """Whether a condition of this block can limit which rows of the reference are read."""
        if any(reference is known for known in self._references()):
            return True
        return self.is_semi_join and self.parent is not None and self.parent.may_restrict(reference)

    def _references(self) -> Iterator[Reference]:
        for source in self.sources.values():
            if isinstance(source, Reference):
                yield source
            else:
                yield from (base.reference for base in source.values() if base is not None)

    def whole_row(self, node: exp.Column) -> Reference | None:
        """The reference whose alias stands where a column could (`SELECT t FROM t`)."""
        source = self.sources.get(identifier(node.this)) if not node.args.get("table") else None
        return source if isinstance(source, Reference) else None


def _is_named(source: Reference | Derived, table: str) -> bool:
    """Whether a qualifier names the source by its table, as `s.t.column` does."""
    return isinstance(source, Reference) and source.alias == source.table == table


def identifier(node: object) -> str:
    """The name that an identifier means: as it stands in quotes, else folded; "" for none."""
    if not isinstance(node, exp.Identifier):
        return ""
    return str(node.this) if node.args.get("quoted") else fold(str(node.this))


def is_parameter(node: exp.Expr) -> bool:
    """Whether a node stands for $1, $2 …."""
    return isinstance(node, exp.Column) and node.name.startswith(PARAMETER_MARK)


def columns_in(node: exp.Expr) -> list[exp.Column]:
    """The column names in a node, without those of subqueries and without parameters."""
    return [
        part
        for part in node.walk(prune=lambda part: isinstance(part, exp.Query))
        if isinstance(part, exp.Column) and not is_parameter(part)
    ]


def has_subquery(node: exp.Expr) -> bool:
    """Whether a SELECT stands in the node."""
    return node.find(exp.Query) is not None
