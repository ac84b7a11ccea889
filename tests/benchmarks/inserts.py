"""Rows a second that the largest table takes, at once and one by one, with whatever indexes it has.

The rows are a random sample of the table's own with fresh keys; everything is rolled back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg

from dbaudit.identifiers import qualified, quote_ident

Connection = psycopg.Connection[tuple[object, ...]]

BULK_ROWS, SINGLE_ROWS = 5_000, 500

#: The root of a partition tree stands for its partitions; other tables are in no tree.
_LARGEST = """
select n.nspname, c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema')
order by coalesce(
    (select sum(pg_table_size(relid)) from pg_partition_tree(c.oid)), pg_table_size(c.oid)
) desc
limit 1
"""

#: For each unique key the first of its columns that can be made fresh without breaking a foreign
#: key or leaving the partition; the server would refuse the rows of a table that has none.
_FRESH = """
select distinct on (i.indexrelid) a.attname
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indrelid = %(table)s::regclass and i.indisunique
    and a.atttypid::regtype::text = any (%(types)s)
    and not exists (
        select from pg_constraint f
        where f.conrelid = i.indrelid and f.contype = 'f' and a.attnum = any (f.conkey)
    )
    and not exists (
        select from pg_partitioned_table p
        where p.partrelid = i.indrelid and a.attnum = any (p.partattrs)
    )
order by i.indexrelid, array_position(i.indkey::int2[], a.attnum)
"""
_COLUMNS = """
select attname, atttypid::regtype::text, case when atttypmod > 4 then atttypmod - 4 else 32 end
from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum
"""

#: A value that no row has, from the row's {column}, its {number} and the table's greatest, {top}.
_MADE = {
    "uuid": "gen_random_uuid()",
    "smallint": "{top} + {number}",
    "integer": "{top} + {number}",
    "bigint": "{top} + {number}",
    "text": "md5({column} || '/' || {number})",
    "character varying": "left(md5({column} || '/' || {number}), {length})",
    "date": "{top} + {number}::int",
    "timestamp without time zone": "{top} + {number} * interval '1 second'",
    "timestamp with time zone": "{top} + {number} * interval '1 second'",
}


_NUMBER = '"fresh row number"'


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows a second: of one INSERT for all rows, and of one for each. Commits are left out."""

    bulk: float
    single: float


@dataclass(frozen=True, slots=True)
class Inserts:
    """How rows come into a table: its columns, and the SELECT that makes the rows."""

    table: str
    columns: tuple[str, ...]
    rows: str

    def rates(self, connection: Connection) -> Rates:
        """Insert, measure, and roll back."""
        names = ", ".join(self.columns)
        values = ", ".join(f"one.{name}" for name in self.columns)
        bulk = f"insert into {self.table} ({names}) table fresh"
        single = (
            "do $$ declare one record; begin for one in table fresh loop "
            f"insert into {self.table} ({names}) values ({values}); end loop; end $$"
        )
        return Rates(
            self._rate(connection, bulk, BULK_ROWS), self._rate(connection, single, SINGLE_ROWS)
        )

    def _rate(self, connection: Connection, statement: str, limit: int) -> float:
        temporary = f"create temp table fresh on commit drop as {self.rows} limit {limit}"
        connection.execute("begin")
        try:
            rows = connection.execute(temporary.encode()).rowcount
            begun = time.perf_counter()
            connection.execute(statement.encode())
            return rows / (time.perf_counter() - begun)
        finally:
            connection.execute("rollback")


def into_largest_table(connection: Connection) -> Inserts:
    """Inserts into the largest table, partitions summed up."""
    ((schema, name),) = connection.execute(_LARGEST.encode()).fetchall()
    table = qualified(str(schema), str(name))
    asked = {"table": table, "types": list(_MADE)}
    fresh = {row[0] for row in connection.execute(_FRESH.encode(), asked)}
    columns = connection.execute(_COLUMNS.encode(), (table,)).fetchall()
    values = [
        _made(table, str(column), str(kind), length)
        if column in fresh
        else quote_ident(str(column))
        for column, kind, length in columns
    ]
    return Inserts(
        table,
        tuple(quote_ident(str(column)) for column, _, _ in columns),
        f"select {', '.join(values)} from (select *, row_number() over "
        f"(order by md5(tableoid::text || ctid::text)) as {_NUMBER} from {table}) as numbered "
        f"order by {_NUMBER}",
    )


def _made(table: str, column: str, kind: str, length: object) -> str:
    name = quote_ident(column)
    top = f"(select max({name}) from {table})"
    made = _MADE[kind].format(column=name, number=_NUMBER, top=top, length=length)
    return f"({made})::{kind} as {name}"
