"""Pending migrations against a real database: who is asked what is applied, and odd ground."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from dbaudit.audit.migrations import MigrationOptions
from dbaudit.audit.propose import HYPOPG, ProposeOptions
from dbaudit.audit.scan import ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.migration_files.folder import read_folder
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import parse_queries
from tests.conftest import NewDatabase, create_database

_REVISION = """
revision = "{0}"
down_revision = {1}
def upgrade():
    op.create_index("orders_{0}", "orders", ["{0}"], postgresql_concurrently=True)
"""


def _scanned(
    dsn: str,
    folder: Path,
    files: Mapping[str, str],
    queries: str = "",
    planner: str = "shadow",
) -> Snapshot:
    for name, text in files.items():
        (folder / name).write_text(text)
    options = ScanOptions(
        counted=False,
        propose=None,
        migrations=MigrationOptions(
            (read_folder(folder, folder),), ProposeOptions(planner=planner)
        ),
    )
    with connect(PostgresTarget(dsn)) as session:
        registered = parse_queries(queries) if queries else []
        return scan(session, registered, (), options, SilentSteps()).snapshot


def _notes(snapshot: Snapshot) -> list[str]:
    return [note.reason for note in snapshot.notes if note.table.startswith("migration_")]


def _pending(snapshot: Snapshot) -> list[str]:
    return list(snapshot.frame("migration_indexes")["indexname"])


@pytest.mark.parametrize(
    ("heads", "role", "pending", "note"),
    [
        (["b"], "", ["orders_c"], None),
        (["b", "c"], "", [], None),
        ([], "", ["orders_a", "orders_b", "orders_c"], None),
        (["gone"], "", ["orders_b", "orders_c"], "alembic_version is at gone"),
        (["b"], " user=blind", ["orders_b", "orders_c"], "permission denied"),
    ],
)
def test_alembic_s_own_table_is_asked(
    tmp_path: Path,
    new_database: NewDatabase,
    heads: list[str],
    role: str,
    pending: list[str],
    note: str | None,
) -> None:
    values = "".join(f"insert into alembic_version values ('{head}');\n" for head in heads)
    # What the tool says is done counts; the index of the first revision is there by its effect.
    made = "" if not heads else "create index orders_a on orders (a);\n"
    dsn = new_database(
        "drop role if exists blind;\ncreate role blind login;\n"
        "create table orders (a int, b int, c int);\n"
        "create table alembic_version (version_num text);\n" + values + made
    )
    files = {
        "1.py": _REVISION.format("a", None),
        "2.py": _REVISION.format("b", "'a'"),
        "3.py": _REVISION.format("c", "'b'"),
    }
    snapshot = _scanned(dsn + role, tmp_path, files)
    assert _pending(snapshot) == pending
    if note is not None:
        assert any(note in reason for reason in _notes(snapshot))


def test_partitions_and_odd_names(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn = new_database(
        """
        create schema "S ""p";
        create table "S ""p"."Ta 🙂" (at date, "Ké y" int, x text) partition by range (at);
        create table "S ""p".y25 partition of "S ""p"."Ta 🙂"
            for values from ('2025-01-01') to ('2026-01-01');
        create table "S ""p".y26 partition of "S ""p"."Ta 🙂"
            for values from ('2026-01-01') to ('2027-01-01');
        insert into "S ""p"."Ta 🙂" select date '2025-01-01' + i % 700, i, repeat('x', 50)
            from generate_series(1, 40000) as i;
        create index "old, one" on "S ""p".y25 ("Ké y");
        vacuum analyze;
        """
    )
    sql = """
        CREATE INDEX CONCURRENTLY "N ""ew" ON "S ""p".y25 ("Ké y");
        CREATE INDEX other ON ONLY "S ""p"."Ta 🙂" (x);
        DROP INDEX CONCURRENTLY "S ""p"."old, one";
    """
    query = 'select * from "S ""p"."Ta 🙂" where "Ké y" = 5'
    snapshot = _scanned(dsn, tmp_path, {"1.sql": sql}, query)
    effects = snapshot.frame("migration_effects")
    told = set(zip(effects["indexname"], effects["effect"], strict=True))
    assert told == {('N "ew', "used")}, "the new one takes the dropped one's place"
    assert _notes(snapshot) == []


def test_an_index_that_the_planner_refuses_is_a_note(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    dsn = new_database("create table orders (a int);\ninsert into orders values (1)")
    sql = "create index bad on orders (gone);\ncreate index far on nowhere (a);\n"
    snapshot = _scanned(dsn, tmp_path, {"1.sql": sql}, "select * from orders where a = 1")
    assert _notes(snapshot) == [
        '1.sql:1: bad was not tried: column "gone" does not exist',
        "1.sql:2: far was not tried: there is no table nowhere",
    ]


def test_hypopg_tries_what_it_can(tmp_path: Path, pg15: Cluster) -> None:
    dsn = create_database(
        pg15,
        """
        create extension hypopg;
        create table orders (a int, b int, meta jsonb);
        insert into orders select i, i % 100, '{}' from generate_series(1, 20000) as i;
        create index orders_b on orders (b);
        vacuum analyze;
        """,
    )
    sql = (
        "create index orders_a on orders (a);\ndrop index orders_b;\n"
        "create index orders_meta on orders using gin (meta);\n"
    )
    queries = "-- name: a\nselect * from orders where a = 5"
    snapshot = _scanned(dsn, tmp_path, {"1.sql": sql}, queries, HYPOPG)
    effects = snapshot.frame("migration_effects")
    assert list(effects[["indexname", "effect", "query"]].itertuples(index=False, name=None)) == [
        ("orders_a", "used", "a")
    ]
    unhidden, untried = _notes(snapshot)
    assert re.match(r"what the dropped .*: HypoPG \S+ cannot hide indexes", unhidden)
    assert untried == (
        "1.sql:3: orders_meta was not tried: HypoPG cannot try gin indexes; use --planner shadow"
    )
