"""Small programs and what `dbaudit workload` says of the log that a real server wrote of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbaudit.targets.cluster import THROWAWAY, Cluster
from tests.cli.conftest import Run
from tests.conftest import create_database

SCHEMA = """
CREATE TABLE customer (id int PRIMARY KEY, name text);
INSERT INTO customer SELECT g, 'c' || g FROM generate_series(1, 30) g;
CREATE TABLE invoice (id int PRIMARY KEY, customer_id int, amount int);
INSERT INTO invoice SELECT g, 1 + g % 30, g FROM generate_series(1, 300) g;
CREATE TABLE stock (sku text PRIMARY KEY, amount int);
INSERT INTO stock SELECT 's' || g, g FROM generate_series(1, 30) g;
CREATE TABLE job (id int PRIMARY KEY, state text);
INSERT INTO job SELECT g, 'new' FROM generate_series(1, 30) g;
CREATE SEQUENCE receipt;
CREATE SCHEMA api;
CREATE FUNCTION total_of(int) RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT sum(amount) FROM invoice WHERE customer_id = $1';
CREATE FUNCTION api.invoices_of(int) RETURNS SETOF invoice LANGUAGE sql STABLE
    AS 'SELECT * FROM invoice WHERE customer_id = $1';
CREATE FUNCTION api.page_of_invoices(int, int) RETURNS SETOF invoice LANGUAGE sql STABLE
    AS 'SELECT * FROM invoice ORDER BY id LIMIT $1 OFFSET $2';
CREATE PROCEDURE settle(int) LANGUAGE sql AS 'UPDATE invoice SET amount = 0 WHERE customer_id = $1';
"""
CUSTOMERS = "SELECT id FROM customer ORDER BY id LIMIT %s"
Connection = psycopg.Connection[tuple[Any, ...]]
#: What each program sends, by its name.
PROGRAMS: dict[str, Callable[[Connection], None]] = {}


def program(run: Callable[[Connection], None]) -> Callable[[Connection], None]:
    PROGRAMS[run.__name__] = run
    return run


def _ids(connection: Connection, count: int = 30) -> list[int]:
    return [number for (number,) in connection.execute(CUSTOMERS, (count,))]


@program
def totals_by_a_function(connection: Connection) -> None:
    for customer in _ids(connection):
        connection.execute("SELECT total_of(%s)", (customer,)).fetchall()


@program
def rows_of_a_function(connection: Connection) -> None:
    connection.autocommit = True
    for customer in _ids(connection):
        connection.execute(f"SELECT * FROM api.invoices_of({customer})").fetchall()


@program
def calls_of_a_procedure(connection: Connection) -> None:
    connection.autocommit = True
    for customer in _ids(connection, 12):
        connection.execute("CALL settle(%s)", (customer,))


@program
def lookups_by_execute(connection: Connection) -> None:
    connection.execute("PREPARE of_customer (int) AS SELECT id FROM invoice WHERE customer_id = $1")
    for customer in _ids(connection, 12):
        connection.execute(f"EXECUTE of_customer({customer})").fetchall()


@program
def pages_by_execute(connection: Connection) -> None:
    connection.execute("PREPARE page (int) AS SELECT id FROM invoice ORDER BY id LIMIT 9 OFFSET $1")
    _ids(connection)
    for page in range(12):
        connection.execute(f"EXECUTE page({9 * page})").fetchall()


def _update_or_create(connection: Connection, sku: str, amount: int) -> None:
    with connection.transaction():
        known = connection.execute("SELECT sku FROM stock WHERE sku = %s FOR UPDATE", (sku,))
        if known.fetchone() is None:
            connection.execute("INSERT INTO stock (sku, amount) VALUES (%s, %s)", (sku, amount))
        else:
            connection.execute("UPDATE stock SET amount = %s WHERE sku = %s", (amount, sku))


@program
def rows_updated_or_created(connection: Connection) -> None:
    connection.autocommit = True
    for number in range(40):
        _update_or_create(connection, f"s{number}", 2 * number)


@program
def requests_that_update_or_create(connection: Connection) -> None:
    connection.autocommit = True
    for number in range(15):
        _update_or_create(connection, f"s{number}", 3 * number)
        time.sleep(0.08)  # until the next request comes


@program
def jobs_of_a_queue(connection: Connection) -> None:
    connection.autocommit = True
    for _ in range(30):
        with connection.transaction():
            (job,) = connection.execute(
                "SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
            ).fetchall()
            connection.execute("UPDATE job SET state = %s WHERE id = %s", (f"by {job[0]}", job[0]))


@program
def functions_of_the_server(connection: Connection) -> None:
    for customer in _ids(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (customer,))
        connection.execute("SELECT setval('receipt', %s)", (customer,))
        connection.execute("SELECT set_config('app.customer', %s, true)", (str(customer),))
        connection.execute("SELECT 1")


@program
def pages_by_a_function(connection: Connection) -> None:
    _ids(connection)
    for page in range(12):
        connection.execute("SELECT * FROM api.page_of_invoices(20, %s)", (20 * page,)).fetchall()


@program
def requests_that_are_functions(connection: Connection) -> None:
    _ids(connection)
    for customer in range(30):
        connection.commit()
        connection.execute("SELECT set_config('app.user', %s, true)", (str(customer),))
        connection.execute("SELECT * FROM api.invoices_of(%s)", (customer,)).fetchall()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The log of each program."""
    folder = tmp_path_factory.mktemp("logs")
    settings = {
        **THROWAWAY,
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "server.log",
        "log_file_mode": "0644",
        "log_min_duration_statement": "0",
        "log_line_prefix": "%m [%p] %q%u@%d/%a ",
    }
    with Cluster(settings=settings) as cluster:
        dsn = create_database(cluster, SCHEMA, "shop")
        written = cluster.data / "log" / "server.log"
        for name, send in PROGRAMS.items():
            with psycopg.connect(dsn, application_name=name) as connection:
                send(connection)
        with psycopg.connect(dsn) as connection:
            connection.execute("SELECT 'the last one'")
        _wait_for(written, "the last one")
        shutil.copy(written, folder / "server.log")
    yield _by_program(folder)


def _wait_for(written: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in written.read_text("utf-8", "replace"):
        assert time.monotonic() < deadline, f"{text!r} does not come into {written}"
        time.sleep(0.05)


def _by_program(folder: Path) -> dict[str, Path]:
    lines = (folder / "server.log").read_text("utf-8").splitlines(keepends=True)
    for name in PROGRAMS:
        own = [line for line in lines if f"@shop/{name} " in line]
        (folder / f"{name}.log").write_text("".join(own), "utf-8")
    return {name: folder / f"{name}.log" for name in PROGRAMS}


def _found(run: Run, log: Path) -> list[dict[str, Any]]:
    done = run("workload", log, "--format", "json", "--fail-on", "never")
    assert done.status == 0, done.err
    kinds = ("n-plus-one", "row-by-row-write", "repeated-identical-query")
    return [each for each in done.json["findings"] if each["rule"] in kinds]


@pytest.mark.parametrize(
    ("name", "rule", "child", "times"),
    [
        ("totals_by_a_function", "n-plus-one", "select total_of ( ? )", 30),
        ("rows_of_a_function", "n-plus-one", "select * from api . invoices_of ( ? )", 30),
        ("calls_of_a_procedure", "n-plus-one", "call settle ( ? )", 12),
        ("lookups_by_execute", "n-plus-one", "select id from invoice where customer_id = ?", 12),
    ],
)
def test_what_is_found(
    run: Run, log: dict[str, Path], name: str, rule: str, child: str, times: int
) -> None:
    [found] = _found(run, log[name])
    evidence = found["evidence"]
    assert (found["rule"], evidence["child"], evidence["times"]) == (rule, child, times)
    assert evidence["parent"].startswith("select id from customer")


@pytest.mark.parametrize(
    "name",
    [
        "functions_of_the_server",
        "pages_by_a_function",
        "requests_that_are_functions",
        "pages_by_execute",
        "requests_that_update_or_create",
        "jobs_of_a_queue",
    ],
)
def test_what_is_no_loop(run: Run, log: dict[str, Path], name: str) -> None:
    assert _found(run, log[name]) == []


def test_rows_that_are_looked_up_and_written_one_by_one(run: Run, log: dict[str, Path]) -> None:
    [found] = _found(run, log["rows_updated_or_created"])
    assert (found["rule"], found["confidence"]) == ("row-by-row-write", "possible")
    assert found["evidence"]["child"] == "update stock set amount = ? where sku = ?"
    assert "INSERT … ON CONFLICT (…) DO UPDATE" in found["remedy"]["summary"]


def test_the_cure_of_what_was_prepared_by_sql(run: Run, log: dict[str, Path]) -> None:
    [found] = _found(run, log["lookups_by_execute"])
    assert found["remedy"]["sql"][0] == (
        "SELECT customer_id, id FROM invoice WHERE customer_id = ANY ($1)"
    )


def test_the_cure_of_a_function_that_is_called_for_each_row(run: Run, log: dict[str, Path]) -> None:
    [found] = _found(run, log["totals_by_a_function"])
    assert "LATERAL (SELECT total_of(k.key_1)) AS q" in found["remedy"]["sql"][0]
    assert "call the function in the query that reads the rows" in found["remedy"]["summary"]
