"""Names with quotes, spaces, capitals, dots, emoji and 63 bytes go through every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dbaudit.identifiers import qualified, quote_ident
from tests.cli.conftest import Run
from tests.conftest import NewDatabase

NAMES = ['say "hi"', "🐘 It's a.b", "x" * 63, "select"]


@pytest.mark.parametrize("name", NAMES)
def test_the_loop_on_a_hostile_name(
    name: str,
    run: Run,
    tmp_path: Path,
    new_database: NewDatabase,
    queries: Callable[[str], Path],
) -> None:
    table, column = qualified(name, name), quote_ident(name)
    dsn = new_database(
        f"""
        create schema {quote_ident(name)};
        create table {table} (id bigint primary key, {column} int, filler text);
        insert into {table} select i, i, repeat('x', 100) from generate_series(1, 30000) i;
        vacuum analyze {table};
        """,
        name=name,
    )
    queries(f"-- name: by_column\nselect * from {table} where {column} = 77;\n")
    scan = run("scan", dsn, "--format", "json", "--fail-on", "never")
    assert scan.status == 0, scan.err
    assert "missing-index" in scan.rules()
    assert scan.json["target"]["database"] == name
    advised = run("advise", dsn, "--format", "json=plan.json", "--write", "migrations")
    assert advised.status == 0, advised.err
    applied = run("apply", "plan.json", dsn, "--yes", "--format", "json")
    assert applied.status == 0, applied.err
    assert [index["outcome"] for index in applied.json["indexes"]] == ["kept"]
    assert run("explain", "--name", "by_column", dsn).status == 0
    assert run("status", dsn).status == 0
    undone = run("rollback", "--dsn", dsn, "--yes")
    assert undone.status == 0, undone.err
    with psycopg.connect(dsn) as connection:
        left = connection.execute(
            "select count(*) from pg_indexes where schemaname = %s", (name,)
        ).fetchone()
    assert left == (1,)
