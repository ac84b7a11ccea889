"""Plans as `advise` would write them, a database to apply them to, and what is there then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from dbaudit.identifiers import qualified, quote_ident

DOCS = """
create table docs (id bigint generated always as identity primary key, owner text, hash text,
    body text);
insert into docs (owner, hash, body)
    select 'o' || i % 50, md5(i::text), repeat('x', 200) from generate_series(1, 20000) i;
analyze docs;
"""


def index_entry(name: str, table: str, tail: str, **more: Any) -> dict[str, Any]:
    """One entry of "indexes" in schema public."""
    return {
        "name": name,
        "schema": "public",
        "table": table,
        "ddl": f"CREATE INDEX CONCURRENTLY {quote_ident(name)} ON {qualified('public', table)}"
        f" {tail}",
        "undo_ddl": f"DROP INDEX CONCURRENTLY IF EXISTS {qualified('public', name)}",
        **more,
    }


def statement_entry(name: str, sql: str, **more: Any) -> dict[str, Any]:
    """One entry of "statements"."""
    return {"name": name, "sql": sql, **more}


def plan_document(
    indexes: Sequence[Mapping[str, Any]] = (),
    statements: Sequence[Mapping[str, Any]] = (),
    drops: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A plan file with no more than apply needs."""
    return {
        "schema_version": 1,
        "indexes": list(indexes),
        "drops": list(drops),
        "workload": {"statements": list(statements)},
    }


HASH_INDEX = index_entry("docs_hash_idx", "docs", "USING btree (hash)")
BY_HASH = statement_entry("by_hash", "select * from docs where hash = md5('77')")

#: All of one kind is at the far end of the order, which no statistics tell: an index on the order
#: lures the planner from the filter.
LURING = """
create table m (id int, at int, kind int, pad text);
insert into m select i, i, case when i > 95000 then 1 else 0 end, repeat('x', 300)
    from generate_series(1, 100000) i;
create index m_kind on m (kind);
analyze m;
"""
LURED = statement_entry("lured", "select * from m where kind = 1 order by at limit 5")


def select(dsn: str, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Rows of a query by the superuser."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(sql.encode(), parameters or None).fetchall()


def index_definitions(dsn: str) -> dict[str, str]:
    """Every index outside the catalogs and the ledger, by name: its definition."""
    return dict(
        select(
            dsn,
            "select indexname::text, indexdef from pg_indexes"
            " where schemaname not in ('pg_catalog', 'dbaudit', 'pg_toast') order by 1",
        )
    )


def invalid_indexes(dsn: str) -> list[str]:
    """The names of indexes that are not valid."""
    rows = select(dsn, "select indexrelid::regclass::text from pg_index where not indisvalid")
    return [name for (name,) in rows]
