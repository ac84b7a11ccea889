"""What the target's catalog says of a table and of an index, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.identifiers import quote_ident
from dbaudit.migrate.ddl import CreateIndex, parse_create
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Row, Session

_INDEX_KINDS = frozenset({"i", "I"})
_PARTITIONED_INDEX = "I"


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A relation by the name of the table to index; `relkind` as in pg_class."""

    oid: int
    relkind: str
    is_owner: bool
    may_create: bool
    owner: str


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """A relation by the name of the index. Without `definition` it is no index at all.

    `statistics_columns` are the numbers of the columns whose target ALTER INDEX … SET STATISTICS
    set, `statistics_targets` those targets. `extensions` are those that it DEPENDS ON.
    """

    oid: int
    relkind: str
    table_schema: str | None
    table: str | None
    is_valid: bool
    is_unique: bool
    is_replica_identity: bool
    is_clustered: bool
    has_expressions: bool
    backs_constraint: bool
    is_partition: bool
    definition: str | None
    size_bytes: int | None
    tablespace: str | None
    comment: str | None
    table_oid: int | None
    statistics_columns: Sequence[int]
    statistics_targets: Sequence[int]
    extensions: Sequence[str] = ()

    @property
    def statistics(self) -> tuple[tuple[int, int], ...]:
        """The pairs of column number and statistics target."""
        return tuple(zip(self.statistics_columns, self.statistics_targets, strict=True))

    @property
    def is_index(self) -> bool:
        """Whether the name belongs to an index, rather than a table, view or sequence."""
        return self.relkind in _INDEX_KINDS

    @property
    def is_partitioned(self) -> bool:
        """Whether it is the index of a partitioned table."""
        return self.relkind == _PARTITIONED_INDEX


def find_table(session: Session, schema: str, name: str) -> TableFacts | None:
    """The relation of that name, None when there is none."""
    rows = session.rows(sql_file("table"), (schema, name))
    return TableFacts(*rows[0]) if rows else None


def find_index(session: Session, schema: str, name: str) -> IndexFacts | None:
    """The relation of that name, None when there is none."""
    rows = qualified_rows(session, "index", (schema, name))
    return IndexFacts(*rows[0]) if rows else None


def qualified_rows(session: Session, file: str, parameters: Sequence[object]) -> list[Row]:
    """Rows of an SQL file in which definitions name the schema of all that is not built in.

    pg_get_indexdef leaves out a schema of the search path: another role, or the same one another
    day, would take such a text for something else.
    """
    with session.transaction() as cursor:
        cursor.execute("SET LOCAL search_path = pg_catalog")
        return cursor.execute(sql_file(file).encode(), parameters).fetchall()


def table_rows(session: Session, table_oid: int) -> int:
    """The rows of a table or of all its partitions, as the planner last counted them."""
    ((rows,),) = session.rows(sql_file("table_rows"), (table_oid, table_oid))
    return int(rows)


def canonical_tail(session: Session, schema: str, create: CreateIndex) -> str:
    """What stands behind the table's name when the server itself writes the definition.

    The index is made on an empty temporary copy of the table's columns in a transaction that is
    rolled back, so that the server checks the definition too. Raises QueryError when it refuses.
    """
    table = quote_ident(create.table)
    source = f"{quote_ident(schema)}.{table}"
    with session.transaction(access="READ WRITE") as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {source})".encode())
        cursor.execute(create.sql("pg_temp", concurrently=False).encode())
        name = f"pg_temp.{quote_ident(create.name)}"
        cursor.execute("SET LOCAL search_path = pg_catalog")
        cursor.execute("SELECT pg_catalog.pg_get_indexdef(%s::regclass)", (name,))
        row = cursor.fetchone()
    return parse_create(str(row[0])).tail if row else ""
