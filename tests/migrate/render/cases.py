"""A database with indexes of every kind to add and to drop, and what a rendering must do to it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dbaudit.advise.plan_file import Plan
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.render.changes import dry_run
from dbaudit.targets.cluster import Cluster
from tests.conftest import create_database, run_sql
from tests.migrate.plans import plan_document, select

#: 63 bytes, and every character that somebody's quoting may trip over.
LONG = "Ünlimited \"quoted\" na:me 'of' 50% in 63 by.tes"
LONG += "x" * (63 - len(LONG.encode()))

MATERIAL = f"""
create extension pg_trgm;
create schema "Other";
create table docs (id bigint primary key, owner text, "Status" varchar(20), email varchar(200),
    body text, at timestamptz, n int, active boolean, meta jsonb);
create table "Other"."Dö:cs" (id bigint primary key, {quote_ident(LONG)} text);
create table logs (id int, at date not null) partition by range (at);
create schema parts;
create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table parts.{quote_ident(LONG)} partition of logs
    for values from ('2025-01-01') to ('2026-01-01') partition by list (id);
create table logs_2_rest partition of parts.{quote_ident(LONG)} default;
create index docs_old on docs (owner text_pattern_ops desc nulls last) include (n) where n > 3;
insert into docs select i, 'o', 's', 'e', 'b', now(), i, true, '{{}}' from generate_series(1, 9) i;
insert into logs select i, '2024-01-01'::date + i from generate_series(1, 700) i;
"""

#: Names of new indexes of public.docs, with what stands behind the table's name.
TAILS = {
    "docs_owner_n": "USING btree (owner, n)",
    "docs_include": 'USING btree (owner) INCLUDE (n, "Status")',
    "docs_partial": "USING btree (at) WHERE \"Status\" = 'new' AND n > 5 AND owner IS NOT NULL",
    "docs_like": "USING btree (at) WHERE body LIKE '50%:x' OR body = 'C:\\temp :a :b:'",
    "docs_lower": "USING btree (lower(email), n)",
    "docs_key": "USING btree ((meta->>'kind'), at) WHERE meta->>'kind' = 'web' AND active",
    "docs_cast": "USING btree ((owner::varchar(5)), (n + 1))",
    "docs_path": "USING gin (meta jsonb_path_ops)",
    "docs_trgm": "USING gin (body gin_trgm_ops, owner public.gin_trgm_ops)",
    "docs_gist": "USING gist (body gist_trgm_ops (siglen = 32))",
    "docs_desc": "USING btree (at DESC NULLS LAST, n DESC, owner NULLS FIRST)",
    "docs_like_ops": 'USING btree ("Status" varchar_pattern_ops, n)',
    "docs_c": 'USING btree (owner COLLATE "C" text_pattern_ops DESC)',
    "docs_brin": "USING brin (at) WITH (pages_per_range = 32)",
    "docs_fill": "USING btree (n) WITH (fillfactor = 80)",
    "docs_autovacuum": "USING gin (meta) WITH (fastupdate = off)",
    "docs_nulls": "USING btree (n) NULLS NOT DISTINCT",
    "docs_in": "USING btree (at) WHERE n IN (1, 2, 3) AND NOT active",
    LONG: "USING btree (body) WHERE owner = 'it''s'",
    "docs_owner_n_at_status_body_and_more_columns_idx": "USING btree (owner, n, at)",
}


def index_of(schema: str, table: str, name: str, tail: str, **more: Any) -> dict[str, Any]:
    """One entry of "indexes"."""
    on = qualified(schema, table)
    return {
        "name": name,
        "schema": schema,
        "table": table,
        "ddl": f"CREATE INDEX CONCURRENTLY {quote_ident(name)} ON {on} {tail}",
        "undo_ddl": f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(schema, name)}",
        **more,
    }


def _partition(schema: str, table: str, parent: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "schema": schema,
        "table": table,
        "parent_schema": parent[0],
        "parent_table": parent[1],
        **more,
    }


PARTITIONS = [
    _partition("parts", LONG, ("public", "logs"), is_partitioned=True),
    _partition("public", "logs_1", ("public", "logs")),
    _partition("public", "logs_2_rest", ("parts", LONG)),
]
LOGS_ID = index_of("public", "logs", "logs_id", "USING btree (id)", partitions=PARTITIONS)
OTHER = index_of("Other", "Dö:cs", "Other:Idx", f"USING btree ({quote_ident(LONG)} DESC)")
DROP = {
    "name": "docs_old",
    "schema": "public",
    "table": "docs",
    "ddl": "DROP INDEX CONCURRENTLY public.docs_old",
    "undo_ddl": "CREATE INDEX CONCURRENTLY docs_old ON public.docs USING btree "
    "(owner text_pattern_ops DESC NULLS LAST) INCLUDE (n) WHERE n > 3",
    "reason": "the new one serves all that it served",
}


def whole_plan() -> Plan:
    """Every case at once."""
    indexes = [index_of("public", "docs", name, tail) for name, tail in TAILS.items()]
    return plan_of(plan_document([*indexes, OTHER, LOGS_ID], (), [DROP]), "plan.json")


def expected_definitions(plan: Plan, dsn_of_copy: str) -> dict[str, str]:
    """What the plan's own statements make of a copy of the database."""
    for statement in dry_run(plan):
        run_sql(dsn_of_copy, statement)
    return definitions(dsn_of_copy)


def definitions(dsn: str) -> dict[str, str]:
    """Every index of the user's tables by name: its definition, and whether it is valid."""
    rows = select(
        dsn,
        """
        select n.nspname || '.' || c.relname, pg_get_indexdef(c.oid) || ' ' || i.indisvalid
        from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'Other', 'parts')
            and i.indrelid::regclass::text !~ '(alembic_version|django_)'
        order by 1
        """,
    )
    return dict(rows)


#: What interrupted builds leave behind: docs_left and the index of logs, each half done.
LEFT_OVERS = """
create table docs (id bigint, n int);
insert into docs values (1, 1), (2, 1);
create table logs (id int, at date not null) partition by range (at);
create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table logs_2 partition of logs for values from ('2025-01-01') to ('2026-01-01');
create index logs_id on only logs (id);
create index logs_id_logs_1 on logs_1 (id);
alter index logs_id attach partition logs_id_logs_1;
create index logs_id_logs_2 on logs_2 (id);
"""
INVALID_BUILD = "create unique index concurrently docs_left on docs (n)"


def left_over_plan() -> Plan:
    """The plan whose builds were interrupted."""
    partitions = [_partition("public", f"logs_{n}", ("public", "logs")) for n in (1, 2)]
    indexes = [
        index_of("public", "docs", "docs_left", "USING btree (n)"),
        index_of("public", "logs", "logs_id", "USING btree (id)", partitions=partitions),
    ]
    return plan_of(plan_document(indexes), "plan.json")


def left_over_database(cluster: Cluster, sql: str = LEFT_OVERS) -> str:
    """A database in which builds were interrupted."""
    dsn = create_database(cluster, sql)
    with pytest.raises(psycopg.errors.UniqueViolation):
        run_sql(dsn, INVALID_BUILD)
    return dsn
