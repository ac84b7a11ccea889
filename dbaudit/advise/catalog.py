"""What the advisor must know of a table, as typed values out of the snapshot's frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dbaudit.index_definition import IndexDefinition

#: (schema, table).
TableName = tuple[str, str]

#: BLCKSZ; costs and pages of the snapshot are in pages of this size.
PAGE_BYTES = 8192

#: Bytes of shared_buffers where nobody has set it.
SHARED_BUFFERS = 128 * 1024 * 1024

#: What a server is taken for of which nothing is known.
NEWEST_VERSION_NUM = 180000


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column. `distinct` is a number of values; None, like the other figures, when unknown.

    `typname` is the type without modifiers, of a domain its base type. `is_c_collation` says that
    LIKE 'x%' can use a plain B-tree, `is_deterministic` that only equal bytes are equal;
    `most_common_freq` is the share of rows that have the most common value.
    """

    name: str
    typname: str
    avg_width: float
    has_statistics: bool
    distinct: float | None = None
    most_common_freq: float = 0.0
    null_frac: float = 0.0
    correlation: float | None = None
    is_c_collation: bool = True
    is_deterministic: bool = True
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """Counts since the statistics were reset, `age_seconds` ago; scans are of table and indexes."""

    inserted: float = 0
    updated: float = 0
    hot_updated: float = 0
    deleted: float = 0
    scans: float = 0
    age_seconds: float = 0


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """An index of the target. `kept_because` says why it must never be dropped, None if it may be.

    `definition` leaves out what IndexDefinition cannot say (NULLS NOT DISTINCT); `sql` is the whole
    statement as pg_get_indexdef gives it. `oid` tells the older of two.
    """

    name: str
    definition: IndexDefinition
    sql: str
    size_bytes: int
    is_valid: bool
    oid: int
    kept_because: str | None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table; of a partitioned one `pages` and `rows` are those of all its partitions."""

    schema: str
    name: str
    pages: float
    rows: float
    columns: Mapping[str, ColumnFacts]
    indexes: tuple[ExistingIndex, ...] = ()
    activity: Activity = Activity()
    fillfactor: int = 100
    is_partitioned: bool = False

    @property
    def key(self) -> TableName:
        """(schema, name)."""
        return self.schema, self.name


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of `child` on `parent`, columns in step.

    `on_delete` is pg_constraint.confdeltype: a no action, r restrict, c cascade, n set null,
    d set default.
    """

    name: str
    child: TableName
    child_columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """The tables by name, the foreign keys, the parent of each partition, and extensions.

    `extensions` maps an installed extension to the schema of its objects. `relation_names` are the
    names taken in each schema, so that a new index gets a free one. `version_num` is the server's,
    such as 180006. `shared_buffers_pages` and `seq_page_cost` are settings of it, PostgreSQL's
    defaults where they are not known.
    """

    tables: Mapping[TableName, TableFacts]
    foreign_keys: tuple[ForeignKey, ...] = ()
    partition_parents: Mapping[TableName, TableName] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)
    relation_names: frozenset[tuple[str, str]] = frozenset()
    version_num: int = NEWEST_VERSION_NUM
    shared_buffers_pages: float = SHARED_BUFFERS / PAGE_BYTES
    seq_page_cost: float = 1.0

    def root(self, table: TableName) -> TableName:
        """The topmost partitioned table that the table belongs to, or itself."""
        while table in self.partition_parents:
            table = self.partition_parents[table]
        return table

    def table_of(self, index: IndexDefinition) -> TableFacts:
        """The table that an index is on."""
        return self.tables[index.schema, index.table]

    def partitions(self, table: TableName) -> tuple[TableName, ...]:
        """The tables below a partitioned one, level by level, in the order of their names."""
        found: list[TableName] = []
        level = [table]
        while level:
            parents = set(level)
            level = sorted(n for n, parent in self.partition_parents.items() if parent in parents)
            found += [name for name in level if name in self.tables]
        return tuple(found)

    def leaves(self, table: TableFacts) -> int:
        """How many indexes one on the table stands for: one in each partition with rows."""
        if not table.is_partitioned:
            return 1
        below = (name for name in self.partition_parents if self.root(name) == table.key)
        return sum(not self.tables[name].is_partitioned for name in below if name in self.tables)
