"""Hooks that the sample programs do not use: on one connection, on requests, taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import psycopg2
import psycopg2.extras
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbaudit import trace
from tests.conftest import NewDatabase
from tests.trace.conftest import ROOT


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_one_connection_of_psycopg_and_no_other(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn, path = new_database(), tmp_path / "t.jsonl"
    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as other:
        with trace.to(path) as tracer:
            tracer.psycopg(one)
            one.execute("select 1")
            other.execute("select 2")
            with one.cursor("named") as cursor:
                assert cursor.execute("select 3").fetchall() == [(3,)]
        one.execute("select 4")
    assert [line["statement"] for line in _lines(path)] == ["select 1", "select 3"]


def test_psycopg2_by_connection_and_factory(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn, path = new_database("create table t (a int)"), tmp_path / "t.jsonl"
    with trace.to(path) as tracer:
        connection = psycopg2.connect(dsn, cursor_factory=psycopg2.extras.DictCursor)
        tracer.psycopg2(connection)
        cursor = connection.cursor()
        cursor.execute("select %(a)s as a", {"a": 7})
        assert cursor.fetchone()["a"] == 7
        cursor.executemany("insert into t values (%s)", [(n,) for n in range(4)])
        with pytest.raises(psycopg2.errors.UndefinedTable):
            cursor.execute("select * from missing")
        connection.close()
    read, many, failed = _lines(path)
    assert len(read["parameters"]) == 1
    assert (many["calls"], many["transaction"]) == (4, 1)
    assert failed["error"] == "UndefinedTable 42P01"


def test_asyncpg_by_connection(tmp_path: Path, new_database: NewDatabase) -> None:
    where = conninfo_to_dict(new_database("create table t (a int)"))
    path = tmp_path / "t.jsonl"

    async def work(tracer: trace.Tracer) -> None:
        connection = await asyncpg.connect(
            host=where["host"], port=where["port"], user=where["user"], database=where["dbname"]
        )
        tracer.asyncpg(connection)
        await connection.execute("insert into t values (1), (2)")
        assert await connection.fetchrow("select a from t where a = $1", 2) == (2,)
        prepared = await connection.prepare("select a from t where a = $1")
        assert await prepared.fetchval(1) == 1
        await connection.copy_records_to_table("t", records=[(3,)])
        await connection.executemany("insert into t values ($1)", [(4,), (5,)])
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("select * from missing")
        await connection.close()

    with trace.to(path, root=ROOT) as tracer:
        asyncio.run(work(tracer))
    lines = _lines(path)
    assert [line["statement"].split()[0] for line in lines] == [
        *("insert", "select", "select", "COPY", "insert", "select")
    ]
    assert [line.get("rows") for line in lines] == [2, 1, None, 1, None, None]
    assert lines[4]["calls"] == 2
    assert lines[5]["error"] == "UndefinedTableError 42P01"
    assert {line["place"].rpartition(":")[0] for line in lines} == {"tests/trace/test_hooks.py"}


def test_requests_of_asgi_run_side_by_side(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn, path = new_database(), tmp_path / "t.jsonl"
    seen: list[str] = []

    async def application(scope: dict[str, Any], _receive: object, _send: object) -> None:
        seen.append(scope["type"])
        if scope["type"] != "http":
            return
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            for _ in range(3):
                await connection.execute("select %s", (scope["path"],))
                await asyncio.sleep(0)

    async def serve(app: Callable[..., Awaitable[None]]) -> None:
        await app({"type": "lifespan"}, None, None)
        paths = [f"/books/{number}" for number in range(4)]
        scopes = [{"type": "http", "method": "GET", "path": path} for path in paths]
        await asyncio.gather(*(app(scope, None, None) for scope in scopes))

    with trace.to(path, parameters=True) as tracer:
        tracer.psycopg()
        asyncio.run(serve(tracer.asgi(application)))
    requests: dict[str, set[str]] = {}
    for line in _lines(path):
        assert line["request"] == "GET /books/*"
        requests.setdefault(line["request_id"], set()).update(line["parameters"])
    assert len(requests) == 4
    assert all(len(paths) == 1 for paths in requests.values())
    assert sorted(seen) == ["http"] * 4 + ["lifespan"]


def test_hooks_are_taken_back() -> None:
    before = (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
    with trace.Tracer(lambda _line: None).everything():
        within = (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
        assert not set(within) & set(before)
    assert before == (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
