"""The tracer stays out of the application's way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbaudit import trace
from dbaudit.trace.middleware import request_name
from tests.conftest import NewDatabase

HEAVY = ("sqlalchemy", "django", "psycopg", "psycopg2", "asyncpg", "asyncio", "logging", "sqlite3")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_importing_it_imports_nothing_else() -> None:
    script = (
        "import sys; from dbaudit import trace; trace.to();"
        f"print([m for m in {HEAVY!r} if m in sys.modules],"
        "[m for m in sys.modules if m.startswith('dbaudit') and not m.startswith('dbaudit.trace')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] ['dbaudit']\n"


def test_off_it_hooks_nothing(monkeypatch: pytest.MonkeyPatch, new_database: NewDatabase) -> None:
    monkeypatch.delenv("DBAUDIT_TRACE", raising=False)
    tracer = trace.to()
    before = dict(vars(psycopg.Cursor))
    tracer.everything()
    with psycopg.connect(new_database()) as connection:
        assert tracer.psycopg(connection) is connection
        assert connection.cursor_factory is psycopg.Cursor
    assert dict(vars(psycopg.Cursor)) == before
    assert tracer.wsgi(_lines) is _lines
    assert not tracer.is_on


def test_the_environment_turns_it_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new_database: NewDatabase
) -> None:
    path = tmp_path / "t.jsonl"
    monkeypatch.setenv("DBAUDIT_TRACE", str(path))
    with trace.to() as tracer, psycopg.connect(new_database()) as connection:
        tracer.psycopg(connection).execute("select 1")
    assert [line["statement"] for line in _lines(path)] == ["select 1"]


def test_values_are_hashed_unless_they_are_asked_for(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    dsn = new_database()
    for parameters in (False, True):
        path = tmp_path / f"{parameters}.jsonl"
        with trace.to(path, parameters=parameters) as tracer, psycopg.connect(dsn) as connection:
            tracer.psycopg(connection)
            connection.execute("select %s, 'kept'", ("top secret",))
            connection.execute("select 'top secret'")
            with pytest.raises(psycopg.errors.InvalidTextRepresentation):
                connection.execute("select 'top secret'::int")
        assert ("top secret" in path.read_text("utf-8")) == parameters
        bound, _, failed = _lines(path)
        assert "'kept'" in bound["statement"]
        assert failed["error"] == "InvalidTextRepresentation 22P02"


def test_failures_of_the_tracer_stay_in_it(tmp_path: Path, new_database: NewDatabase) -> None:
    class Strange:
        def as_string(self, _: object) -> str:
            raise RuntimeError("not for you")

    with trace.to(tmp_path / "t.jsonl") as tracer, psycopg.connect(new_database()) as connection:
        tracer.psycopg(connection)
        with pytest.raises(Exception, match=r"not for you|Strange"):
            connection.execute(Strange())  # type: ignore[call-overload]
        assert tracer.failed == 1
        assert connection.execute("select 1").fetchone() == (1,)


def test_sessions_and_transactions_are_told_apart(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    dsn = new_database("create table t (a int)")
    path = tmp_path / "t.jsonl"
    with trace.to(path) as tracer:
        for autocommit in (False, True):
            with psycopg.connect(dsn, autocommit=autocommit) as connection:
                tracer.psycopg(connection)
                connection.execute("insert into t values (1)")
                connection.execute("insert into t values (2)")
                connection.commit()
                connection.execute("insert into t values (3)")
    lines = _lines(path)
    assert [line["transaction"] for line in lines] == [1, 1, 2, 1, 2, 3]
    sessions = [line["session"] for line in lines]
    assert len(set(sessions[:3])) == len(set(sessions[3:])) == 1
    assert len(set(sessions)) == 2


def test_everything_writes_a_statement_once(tmp_path: Path, new_database: NewDatabase) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    dsn = new_database()
    path = tmp_path / "t.jsonl"
    with trace.to(path).everything():
        engine = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn)
        )
        with engine.connect() as connection:
            connection.exec_driver_sql("select 'by the engine'")
        engine.dispose()
        with psycopg.connect(dsn) as connection:
            connection.execute("select %s", ("by the driver",))
    lines = [line for line in _lines(path) if "place" in line]
    counted = [
        (line["by"], line["rows"]) for line in lines if "pg_catalog" not in line["statement"]
    ]
    assert counted[-1] == ("psycopg", 1)
    assert ("sqlalchemy", 1) in counted
    assert len([by for by, _ in counted if by == "psycopg"]) == 1
    assert "execute" in vars(psycopg.Cursor)


def test_requests_are_told_apart(tmp_path: Path, new_database: NewDatabase) -> None:
    path = tmp_path / "t.jsonl"
    with trace.to(path) as tracer, psycopg.connect(new_database()) as connection:
        tracer.psycopg(connection)

        def answer(environ: dict[str, Any], _start: object) -> Any:
            connection.execute("select 1")
            return (connection.execute("select 2") and b"x" for _ in range(2))

        application = tracer.wsgi(answer)
        for path_info in ("/books/17", "/books/18"):
            environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path_info, "QUERY_STRING": "token=x"}
            assert list(application(environ, None)) == [b"x", b"x"]
        connection.execute("select 3")
    lines = _lines(path)
    assert {line.get("request") for line in lines[:-1]} == {"GET /books/*"}
    numbers = [line["request_id"] for line in lines[:-1]]
    assert numbers == [numbers[0]] * 3 + [numbers[3]] * 3
    assert numbers[0] != numbers[3]
    assert "request" not in lines[-1]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/books/17/reviews", "GET /books/*/reviews"),
        ("/1/2", "GET /*/*"),
        ("/o/6f1c2a5e-8f0b-4b0e-9a51-2f3b4c5d6e7f", "GET /o/*"),
        ("/o/0123456789abcdef", "GET /o/*"),
        ("/reset/bf8ko7-5c9d2a77f1/", "GET /reset/*/"),
        ("/v2/books/the-left-hand-of-darkness", "GET /v2/books/the-left-hand-of-darkness"),
        ("", "GET "),
    ],
)
def test_keys_are_no_part_of_a_requests_name(path: str, name: str) -> None:
    assert request_name("GET", path) == name


def test_batches_are_counted(tmp_path: Path, new_database: NewDatabase) -> None:
    path = tmp_path / "t.jsonl"
    dsn = new_database("create table t (a int)")
    with trace.to(path) as tracer, psycopg.connect(dsn) as connection:
        tracer.psycopg(connection)
        with connection.cursor() as cursor:
            cursor.executemany("insert into t values (%s)", ((n,) for n in range(7)))
            cursor.executemany("insert into t values (%s)", params_seq=[(n,) for n in range(3)])
            with cursor.copy("copy t from stdin") as copy:
                copy.write_row((1,))
            assert len(list(cursor.stream("select a from t"))) == 11
    lines = _lines(path)
    assert [line.get("calls") for line in lines] == [7, 3, None, None]
    assert [line.get("rows") for line in lines] == [7, 3, 1, None]
