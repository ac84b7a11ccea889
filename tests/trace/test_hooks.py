"""Hooks that the sample programs do not use: on one connection, on requests, taken back."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import weakref
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import psycopg2
import psycopg2.extras
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert
from sqlalchemy.exc import IntegrityError

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


def test_what_psycopg_gives_piece_by_piece(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn, path = new_database("create table t (a int)"), tmp_path / "t.jsonl"
    with (
        trace.to(path, root=ROOT) as tracer,
        psycopg.connect(dsn, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        tracer.psycopg()
        for _ in cursor.stream("select generate_series(1, 9)"):
            break
        with pytest.raises(psycopg.errors.UndefinedTable):
            list(cursor.stream("select * from missing"))
        with pytest.raises(psycopg.errors.UndefinedTable), cursor.copy("copy missing from stdin"):
            pass
        with pytest.raises(LookupError), cursor.copy("copy t from stdin"):
            raise LookupError
        with connection.pipeline():
            connection.execute("select 1")
            cursor.executemany("insert into t values (%s)", [(1,), (2,)])
        assert psycopg.RawCursor(connection).execute("select $1::int", (3,)).fetchone() == (3,)
    lines = _lines(path)
    assert [line["statement"].split()[0] for line in lines] == [
        *("select", "select", "copy", "copy", "select", "insert", "select")
    ]
    assert [line.get("error") for line in lines[:4]] == [
        *(None, "UndefinedTable 42P01", "UndefinedTable 42P01", "LookupError")
    ]
    assert [line.get("rows") for line in lines] == [None] * 6 + [1]
    assert {line["place"].rpartition(":")[0] for line in lines} == {"tests/trace/test_hooks.py"}


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_rows_that_sqlalchemy_sends_as_values(
    driver: str, tmp_path: Path, new_database: NewDatabase
) -> None:
    dsn, path = new_database("create table t (id serial primary key, a int)"), tmp_path / "t.jsonl"
    url = f"postgresql+{driver}://"
    engine = create_engine(url, creator=lambda: import_module(driver).connect(dsn))
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("a", Integer))
    rows = [{"a": n} for n in range(5)]
    with trace.to(path) as tracer, engine.connect() as connection:
        tracer.sqlalchemy(engine)
        connection.execute(insert(table).returning(table.c.id), rows)
        connection.execute(insert(table), rows)
        with pytest.raises(IntegrityError):
            connection.execute(insert(table).returning(table.c.id), [{"a": 1, "id": 1}] * 2)
        assert tracer.failed == 0
    engine.dispose()
    returned, given, failed = _lines(path)
    assert returned["statement"].count("(%") == 5
    assert (len(returned["parameters"]), returned["rows"]) == (5, 5)
    assert "calls" not in returned
    sent = (1, 5) if driver == "psycopg" else (5, None)  # one by one, or as values again
    assert (len(given["parameters"]), given.get("calls")) == sent
    assert failed["error"] == "UniqueViolation 23505"


def test_what_fails_in_a_hook_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Odd:
        def __str__(self) -> str:
            raise LookupError("a secret")

    path = tmp_path / "t.jsonl"
    with trace.to(path) as tracer:
        started = tracer.begin(object())
        tracer.end("psycopg", started, Odd())
        tracer.end("psycopg", started, "select 1")
        assert tracer.failed == 1
    lost, line = _lines(path)
    assert (lost["lost"], lost["reason"]) == (1, "the trace itself failed: LookupError")
    assert line["statement"] == "select 1"
    assert "secret" not in caplog.text
    assert "LookupError" in caplog.text


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


class _OwnCursor(psycopg2.extras.RealDictCursor):
    """An application's own."""

    def execute(self, query: Any, vars: Any = None) -> None:
        super().execute(f"{query} /* own */", vars)


def test_psycopg2_with_classes_of_the_applications_own(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    dsn, path = new_database("create table t (a int)"), tmp_path / "t.jsonl"
    extras = psycopg2.extras
    with trace.to(path) as tracer:
        tracer.psycopg2()
        connection = psycopg2.connect(dsn)
        for factory in (None, extras.DictCursor, extras.NamedTupleCursor, _OwnCursor):
            cursor = connection.cursor(cursor_factory=factory)
            cursor.execute("select 1 as a")
            assert isinstance(cursor, factory or psycopg2.extensions.cursor)
            assert list(cursor.fetchone()) in ([1], ["a"])
        cursor = connection.cursor("named", extras.RealDictCursor)
        cursor.execute("select 1 as a")
        assert dict(cursor.fetchone()) == {"a": 1}
        connection.cursor().copy_from(io.StringIO("1\n"), "t")
        connection.close()
        own = psycopg2.connect(dsn, connection_factory=extras.RealDictConnection)
        cursor = own.cursor()
        cursor.execute("select 1 as a")
        assert dict(cursor.fetchone()) == {"a": 1}
        own.close()
    statements = [line["statement"] for line in _lines(path)]
    assert statements == [
        *["select 1 as a"] * 5,
        *('COPY "t" FROM STDIN', "select 1 as a"),
    ]


@pytest.mark.parametrize("of_all", [False, True])
def test_asyncpg(of_all: bool, tmp_path: Path, new_database: NewDatabase) -> None:
    where = conninfo_to_dict(new_database("create table t (a int)"))
    path = tmp_path / "t.jsonl"

    async def work(tracer: trace.Tracer) -> None:
        connection = await asyncpg.connect(
            host=where["host"], port=where["port"], user=where["user"], database=where["dbname"]
        )
        if not of_all:
            tracer.asyncpg(connection)
        await connection.execute("insert into t values (1), (2)")
        assert await connection.fetchrow("select a from t where a = $1", 2) == (2,)
        await connection.copy_records_to_table("t", records=[(3,)])
        await connection.copy_from_query("select a from t", output=io.BytesIO())
        await connection.executemany("insert into t values ($1)", [(4,), (5,)])
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("select * from missing")
        await _with_cursors(connection)
        await connection.close()

    with trace.to(path, root=ROOT) as tracer:
        if of_all:
            tracer.asyncpg()
        asyncio.run(work(tracer))
        assert tracer.failed == 0
    lines = _lines(path)
    assert [line["statement"].split()[0] for line in lines] == [
        *("insert", "select", "COPY", "COPY", "insert", "select"),
        *("BEGIN;", "select", "select", "select", "select", "select", "insert", "select"),
        "COMMIT;",
    ]
    assert [line.get("rows") for line in lines[:6]] == [2, 1, 1, 3, None, None]
    assert [line.get("rows") for line in lines[7:14]] == [None, None, 1, None, None, None, 2]
    assert [line.get("calls") for line in lines if "calls" in line] == [2, 2, 2]
    assert lines[5]["error"] == "UndefinedTableError 42P01"
    assert {line["place"].rpartition(":")[0] for line in lines} == {"tests/trace/test_hooks.py"}


async def _with_cursors(connection: Any) -> None:
    """Each cursor is one statement, however often it fetches."""
    async with connection.transaction():
        found = [row async for row in connection.cursor("select a from t", prefetch=2)]
        assert len(found) == 5
        cursor = await connection.cursor("select a from t where a > $1", 1)
        assert len(await cursor.fetch(2)) == len(await cursor.fetch(5)) == 2
        prepared = await connection.prepare("select a from t where a = $1")
        assert await prepared.fetch(1) == [(1,)]
        assert [row async for row in prepared.cursor(2)] == [(2,)]
        assert await prepared.fetchval(1) == 1
        await (await connection.prepare("insert into t values ($1)")).executemany([(6,), (7,)])
        assert len(await connection.fetchmany("select a from t where a = $1", [(1,), (2,)])) == 2


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


def test_what_is_given_twice_is_traced_once(tmp_path: Path, new_database: NewDatabase) -> None:
    dsn, path = new_database(), tmp_path / "t.jsonl"
    before = psycopg2.connect(dsn)
    with trace.to(path) as tracer:
        with psycopg.connect(dsn) as connection:
            for _ in range(2):
                tracer.psycopg(connection)
            connection.execute("select 1")
        tracer.everything().everything()
        with psycopg.connect(dsn) as connection:
            tracer.psycopg(connection).execute("select 2")
        after = psycopg2.connect(dsn)
        for number, made in enumerate((before, after), 3):
            tracer.psycopg2(made).cursor().execute(f"select {number}")
            made.close()
    statements = [line["statement"] for line in _lines(path)]
    assert statements == ["select 1", "select 2", "select 3", "select 4"]


def test_a_tracer_keeps_no_connection(new_database: NewDatabase) -> None:
    dsn = new_database()
    with trace.Tracer(lambda _line: None) as tracer:
        for connect in (psycopg.connect, psycopg2.connect):
            made = connect(dsn)
            hook = tracer.psycopg if connect is psycopg.connect else tracer.psycopg2
            known = weakref.ref(hook(made))
            made.cursor().execute("select 1")
            made.close()
            del made
            gc.collect()
            assert known() is None


def test_hooks_are_taken_back() -> None:
    before = (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
    with trace.Tracer(lambda _line: None).everything():
        within = (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
        assert not set(within) & set(before)
    assert before == (psycopg.Cursor.execute, psycopg2._connect, asyncpg.Connection.fetch)
