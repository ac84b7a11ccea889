"""Bad input gets one clear line and loses nothing."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dbaudit.targets.cluster import THROWAWAY, Cluster
from tests.cli.conftest import COMMAND, Done, Run, environment
from tests.conftest import NewDatabase, create_database, run_sql

ORDERS = """
create table orders (id bigint primary key, customer int, note text);
insert into orders select i, i % 100, 'note ' || i from generate_series(1, 5000) i;
analyze orders;
"""


def one_line(done: Done, status: int, *words: str) -> None:
    """The command failed with this status and said these words on one line of stderr."""
    assert done.status == status, done
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    for word in words:
        assert word in lines[0], lines[0]


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        (["frobnicate"], "See: dbaudit --help"),
        (["scan", "--nope"], "See: dbaudit scan --help"),
        (["workload", "--since"], "See: dbaudit workload --help"),
    ],
)
def test_a_mistyped_command_names_the_page_that_exists(
    run: Run, arguments: list[str], page: str
) -> None:
    one_line(run(*arguments), 2, page)


def test_unknown_host(run: Run) -> None:
    done = run("scan", "postgresql://me:s3cret@no-such-host.invalid/db")
    one_line(done, 3, "cannot connect", "no-such-host.invalid")
    assert "s3cret" not in done.err


def test_refused_login_does_not_show_the_password(run: Run) -> None:
    with Cluster(settings=THROWAWAY) as cluster:
        hba = cluster.data / "pg_hba.conf"
        hba.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            connection.execute("create role alice login password 'right'")
            connection.execute("select pg_reload_conf()")
        home = cluster.log.parent
        done = run("scan", f"postgresql://alice:wr0ng@/postgres?host={home}")
        one_line(done, 3, "password authentication failed", "alice")
        assert "wr0ng" not in done.err + done.out


def test_database_that_does_not_exist(run: Run, pg18: Cluster) -> None:
    one_line(run("scan", pg18.dsn("nowhere")), 3, 'database "nowhere" does not exist')


def test_a_dsn_that_is_none_is_not_repeated(run: Run) -> None:
    done = run("scan", "host=h password=s3cret nonsense")
    one_line(done, 2, "cannot be read", "postgresql://")
    assert "s3cret" not in done.err


def test_another_engine(run: Run) -> None:
    one_line(run("scan", "mysql://h/d"), 2, "mysql", "postgresql://")
    one_line(run("scan", "sqlite:///file.db"), 2, "SQLite")


def test_a_database_named_twice(run: Run) -> None:
    one_line(run("scan", "dbname=a", "--dsn", "dbname=b"), 2, "named twice")


def test_broken_toml_names_file_and_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text("[scan]\nfail_on = \n")
    one_line(run("scan", "dbname=x"), 2, "dbaudit.toml", "line 2")


def test_an_unknown_key_names_the_nearest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text('[scan]\nfail_onn = "error"\n')
    one_line(run("scan", "dbname=x"), 2, "dbaudit.toml", "scan.fail_onn", "'fail_on'")


def test_a_value_of_the_wrong_kind(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dbaudit.scan]\nfail_on = "fatal"\n')
    one_line(run("scan", "dbname=x"), 2, "pyproject.toml", "tool.dbaudit.scan.fail_on", "warning")


def test_an_unknown_target(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text('[targets.production]\ndsn = "dbname=p"\n')
    one_line(run("scan", "--target", "staging"), 2, "'staging'", "production")


def test_an_unknown_rule_names_the_nearest(run: Run) -> None:
    one_line(run("scan", "dbname=x", "--only", "unused-idx"), 2, "'unused-index'")
    one_line(run("rules", "show", "invalid-indx"), 2, "'invalid-index'")


def test_an_unknown_option_of_a_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text("[rules.unused-index]\nmin_size = 1\n")
    one_line(run("scan", "dbname=x"), 2, "unused-index", "min_size", "min_size_bytes")


def test_a_broken_rule_of_the_users(run: Run, tmp_path: Path, new_database: NewDatabase) -> None:
    (tmp_path / "mine").mkdir()
    rule = tmp_path / "mine" / "my-rule.sql"
    head = (
        '/*\nid = "my-rule"\ntitle = "t"\ncategory = "c"\n'
        'severity = "info"\nneeds = []\nwhy = "w"\n*/\n'
    )
    rule.write_text(head + "select 1 as nothing")
    one_line(run("scan", new_database(), "--rules", "mine"), 2, "my-rule.sql", "'nothing'")
    rule.write_text(head + "selec 1")
    one_line(run("scan", new_database(), "--rules", "mine"), 2, "my-rule.sql", "syntax error")


def test_wrong_usage(run: Run) -> None:
    one_line(run("scan", "--no-such-option"), 2, "--no-such-option")
    one_line(run("scan", "dbname=x", "--format", "yaml"), 2, "yaml", "json")
    one_line(run("scan", "dbname=x", "--fail-on", "fatal"), 2, "fatal", "warning")
    one_line(run("scan", "dbname=x", "--timeout", "soon"), 2, "soon", "30s")
    one_line(run("advise", "dbname=x", "--budget", "lots"), 2, "lots", "1GB")


def test_a_query_with_a_syntax_error(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path]
) -> None:
    dsn = new_database(ORDERS)
    path = queries("-- name: broken\nselect *\nfrom orders\nwehre id = 1;\n")
    one_line(run("explain", path, dsn), 2, f"{path}:4", "syntax error")
    done = run("scan", dsn, "--format", "json", "--no-advice")
    assert done.status == 1
    failed = [f for f in done.json["findings"] if f["rule"] == "query-failed"]
    assert len(failed) == 1
    assert f"{path}:4" in failed[0]["message"]
    assert "syntax error" in failed[0]["message"]


def test_a_missing_parameter(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path]
) -> None:
    path = queries("select * from orders where note ~ ('^' || :pattern || '$') and id = :id;")
    dsn = new_database(ORDERS)
    one_line(run("explain", path, dsn, "--analyze", "--no-advice"), 2, "pattern", "--param")
    assert run("explain", path, dsn, "--no-advice").status == 0
    one_line(run("explain", path, dsn, "--param", "other=1"), 2, "other", "pattern")


def test_two_statements_where_one_is_meant(run: Run, new_database: NewDatabase) -> None:
    done = run("explain", "-", new_database(ORDERS), stdin="select 1; select 2;")
    one_line(done, 2, "standard input", "-- name:")


def test_a_writing_statement_is_not_executed(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path]
) -> None:
    dsn = new_database(ORDERS)
    path = queries("delete from orders where customer = 7;")
    one_line(run("explain", path, dsn, "--analyze"), 2, "changes data", "--allow-writes")
    done = run("explain", path, dsn, "--analyze", "--allow-writes", "--format", "json")
    assert done.json["queries"][0]["actual_ms"] > 0
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select count(*) from orders").fetchone() == (5000,)


def test_a_volatile_function_is_not_executed(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path]
) -> None:
    dsn = new_database("create sequence s;")
    path = queries("select nextval('s');")
    one_line(run("explain", path, dsn, "--analyze"), 2, "nextval", "--allow-writes")


def test_an_empty_database(run: Run, new_database: NewDatabase) -> None:
    done = run("scan", new_database(), "--format", "json")
    assert done.status == 0
    assert done.json["findings"] == []


def test_a_file_that_is_not_there(run: Run, new_database: NewDatabase) -> None:
    one_line(run("explain", "missing.sql", "dbname=x"), 2, "missing.sql")
    one_line(run("apply", "missing.json", "dbname=x", "--yes"), 2, "missing.json")
    one_line(run("scan", "--snapshot", "missing.zip"), 2, "missing.zip")
    one_line(run("scan", "dbname=x", "--baseline", "missing.json"), 2, "missing.json")


def test_a_full_disk_for_the_report(run: Run, new_database: NewDatabase) -> None:
    done = run("scan", new_database(), "--format", "json=/dev/full")
    one_line(done, 2, "/dev/full", "No space left on device")


def test_a_missing_folder_for_the_report_is_told_before_the_work(run: Run) -> None:
    done = run("scan", "host=no-such-host.invalid", "--format", "json=missing/out.json")
    one_line(done, 2, "missing", "does not exist")


def test_a_table_dropped_between_collection_and_use(
    run: Run, new_database: NewDatabase, queries: Callable[[str], Path]
) -> None:
    """The query fails, the rest of the scan does not."""
    dsn = new_database(ORDERS + "create table gone (id int);")
    queries(
        "-- name: slow\nselect pg_sleep(1.5);\n"
        "-- name: gone\nselect * from gone;\n"
        "-- name: orders\nselect * from orders where id = 1;\n"
    )
    dropper = threading.Timer(1.6, run_sql, (dsn, "drop table gone;"))
    dropper.start()
    done = run("scan", dsn, "--analyze", "--allow-writes", "--format", "json", "--no-advice")
    dropper.join()
    errors = {query["name"]: query["error"] for query in done.json["queries"]}
    assert errors["orders"] is None
    assert len(errors) == 3


def interrupted(dsn: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments, dsn],
        cwd=folder,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for_query(dsn: str, fragment: str) -> None:
    deadline = time.monotonic() + 30
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "select count(*) from pg_stat_activity where application_name = 'dbaudit' "
                "and state = 'active' and query like %s",
                (f"%{fragment}%",),
            ).fetchone()
            if row and row[0]:
                return
            time.sleep(0.05)
    pytest.fail(f"no statement with {fragment!r} began")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_in_mid_scan_cancels_on_the_server(
    how: signal.Signals,
    tmp_path: Path,
    new_database: NewDatabase,
    queries: Callable[[str], Path],
) -> None:
    dsn = new_database(ORDERS)
    queries("-- name: sleeper\nselect pg_sleep(25) from orders where id = 1;\n")
    process = interrupted(dsn, tmp_path, "scan", "--analyze", "--allow-writes", "--dsn")
    wait_for_query(dsn, "pg_sleep")
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert err.strip() == "dbaudit: interrupted"
    assert out == ""
    with psycopg.connect(dsn, autocommit=True) as connection:
        left = "select count(*) from pg_stat_activity where application_name = 'dbaudit'"
        deadline = time.monotonic() + 10
        while connection.execute(left).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_server_shutting_down_in_mid_scan(tmp_path: Path, queries: Callable[[str], Path]) -> None:
    with Cluster(settings=THROWAWAY) as cluster:
        dsn = create_database(cluster, ORDERS)
        queries("-- name: sleeper\nselect pg_sleep(25) from orders where id = 1;\n")
        process = interrupted(dsn, tmp_path, "scan", "--analyze", "--allow-writes", "--dsn")
        wait_for_query(dsn, "pg_sleep")
        cluster.stop()
        out, err = process.communicate(timeout=20)
    assert process.returncode == 3, err
    assert len(err.strip().splitlines()) == 1, err
    assert "lost the connection" in err
    assert out == ""
