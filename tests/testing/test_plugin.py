"""The pytest plugin, in sessions of its own: inert unless used, and a failure says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.trace.conftest import PROGRAMS, ROOT

CONFTEST = """
import os
import psycopg
import pytest

@pytest.fixture
def connection():
    with psycopg.connect(os.environ["TEST_DSN"]) as connection:
        yield connection
"""
SHOP = """
def names(connection):
    found = []
    for (key,) in connection.execute("SELECT author_id FROM book").fetchall():
        query = "SELECT name FROM author WHERE id = %s"
        found.append(connection.execute(query, (key,)).fetchone())  # the loop
    return found

def names_at_once(connection):
    query = "SELECT a.name FROM book AS b JOIN author AS a ON a.id = b.author_id"
    return connection.execute(query).fetchall()

def add_reviews(connection):
    for number in range(10):
        query = "INSERT INTO review (book_id, stars) VALUES (%s, 1)"
        connection.execute(query, (1 + number,))
"""


@pytest.fixture
def shop(tmp_path: Path, new_database: NewDatabase) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "shop.py").write_text(SHOP, "utf-8")
    dsn = new_database((PROGRAMS / "bookshop.sql").read_text("utf-8"))
    (tmp_path / "dsn").write_text(dsn, "utf-8")
    return tmp_path


def _run(folder: Path, tests: str, *options: str, columns: str = "200") -> tuple[int, str]:
    (folder / "test_shop.py").write_text(tests, "utf-8")
    dsn = (folder / "dsn").read_text("utf-8")
    paths = os.pathsep.join((str(folder), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, "TEST_DSN": dsn, "PYTHONPATH": paths, "COLUMNS": columns},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_is_inert_unless_used(shop: Path) -> None:
    code, output = _run(
        shop,
        """
import sys
from shop import names

def test_names(connection):
    assert len(names(connection)) == 36
    assert not [m for m in sys.modules if m.startswith("dbaudit.") and "testing" not in m]
    assert not hasattr(__import__("psycopg").Cursor.execute, "__wrapped__")
""",
        "-W",
        "error",
    )
    assert code == 0, output


def test_the_fixture_fails_a_loop_and_says_where(shop: Path) -> None:
    code, output = _run(
        shop,
        """
from shop import names, names_at_once

def test_names(connection, no_n_plus_one):
    assert len(names(connection)) == 36

def test_names_at_once(connection, no_n_plus_one):
    assert len(names_at_once(connection)) == 36
""",
    )
    assert code == 1, output
    assert "1 failed, 1 passed" in output
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "dbaudit: N+1 queries" in lines
    assert "sent 36 times" in lines
    place = SHOP.splitlines().index(next(x for x in SHOP.splitlines() if "# the loop" in x)) + 1
    assert f"for SELECT author_id FROM book shop.py:{place - 2}" in lines
    assert "sent each time SELECT name FROM author WHERE id = %s" in lines
    assert f"at shop.py:{place}" in lines
    assert "as in SELECT id, name FROM author WHERE id = ANY ($1)" in lines
    assert len(lines) < 25


def test_limits_can_be_set_and_loops_allowed(shop: Path) -> None:
    code, output = _run(
        shop,
        """
import pytest
from shop import add_reviews, names

def test_higher(connection, no_n_plus_one):
    no_n_plus_one(limit=37)
    names(connection)

def test_allowed(connection, no_n_plus_one):
    no_n_plus_one(allow="shop.py:*")
    names(connection)

@pytest.mark.dbaudit(n_plus_one=False)
def test_off(connection, no_n_plus_one):
    names(connection)

def test_writes_are_left_alone(connection, no_n_plus_one):
    add_reviews(connection)

@pytest.mark.dbaudit(writes=True)
def test_unless_asked_for(connection):
    add_reviews(connection)
""",
    )
    assert code == 1
    assert "1 failed, 4 passed" in output
    assert "rows written one by one" in output


def test_a_limit_that_there_is_not_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("unused", "utf-8")
    tests = "import pytest\n@pytest.mark.dbaudit(colour='blue')\ndef test_one(): pass\n"
    code, output = _run(tmp_path, tests)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "no limit is called colour" in output


def test_a_budget_lists_what_was_sent(shop: Path) -> None:
    code, output = _run(
        shop,
        """
import pytest
from shop import names, names_at_once

@pytest.mark.dbaudit(max_queries=10)
def test_too_many(connection):
    names(connection)

@pytest.mark.dbaudit(max_queries=1, max_ms=60000)
def test_enough(connection):
    names_at_once(connection)

@pytest.mark.dbaudit(max_ms=0)
def test_too_slow(connection):
    names_at_once(connection)
""",
    )
    assert code == 1
    assert "2 failed, 1 passed" in output
    assert "dbaudit: 37 statements were sent, allowed are 10" in output
    assert "36 x  SELECT name FROM author WHERE id = %s  shop.py:6" in output
    assert "ms, allowed are 0 ms" in output
    assert "N+1" not in output


def test_every_test_is_judged_and_two_loads_from_one_line_are_enough(shop: Path) -> None:
    tests = f"""
import sys
sys.path.insert(0, {str(PROGRAMS)!r})
import os
import psycopg
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from with_sqlalchemy import Author, Book

def _names(options=()):
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(os.environ["TEST_DSN"])
    )
    with Session(engine) as session:
        query = select(Book).where(Book.id < 3).options(*options)
        names = [book.author.name for book in session.scalars(query)]
    engine.dispose()
    return names

def test_two():
    assert len(_names()) == 2
"""
    code, output = _run(shop, tests, "--dbaudit-n-plus-one", columns="80")
    assert code == 1, output
    assert max(map(len, output.splitlines())) <= 80
    output = " ".join(output.split())
    assert "lazy Book.author" in output
    assert "joinedload(Book.author)" in output or "selectinload(Book.author)" in output


def test_all_tests_on_two_workers(shop: Path) -> None:
    tests = f"""
import sys
sys.path.insert(0, {str(PROGRAMS)!r})
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, joinedload, selectinload
from with_sqlalchemy import Author, Book

@pytest.fixture
def filled(connection):
    connection.execute("SELECT 'from the fixture'")
    return connection

@pytest.mark.parametrize("number", range(4))
def test_titles(filled, number):
    engine = create_engine("postgresql+psycopg://", creator=lambda: filled)
    with Session(engine) as session:
        loads = joinedload(Book.author), selectinload(Book.reviews)
        books = session.scalars(select(Book).options(*loads)).all()
        assert [book.title for book in books]
        if number == 2:
            assert books[0].reviews is not None
"""
    (shop / "trace.jsonl").write_text("of an earlier run\n", "utf-8")
    options = ("--dbaudit-eager-loads", "--dbaudit-trace", "trace.jsonl", "-n", "2")
    code, output = _run(shop, tests, *options)
    assert code == 0, output
    text = (shop / "trace.jsonl").read_text("utf-8")
    requests = {json.loads(line).get("request") for line in text.splitlines()}
    names = {f"test_shop.py::test_titles[{number}]" for number in range(4)}
    assert requests == {*names, *(f"{name} setup" for name in names), None}
    assert "from the fixture" not in text
    place = 1 + next(n for n, x in enumerate(tests.splitlines()) if "session.scalars" in x)
    assert f"test_shop.py:{place}: joinedload(Book.author)" in output
    assert "loaded for 144 objects in 4 executions" in output
    assert "(Book.reviews)" not in output


def test_a_trace_that_cannot_be_written_ends_the_run(shop: Path) -> None:
    code, output = _run(shop, "def test_one(): pass\n", "--dbaudit-trace", "no/such/folder/t")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "--dbaudit-trace" in output
    assert "No such file or directory" in output
