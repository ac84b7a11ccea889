"""What real servers write in all three forms at once is read as the same statements."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbaudit.plans.node import parse_plan
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.traffic.auto_explain import plan_document
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile, find_logs
from dbaudit.traffic.reading import ReadOptions, read_logs
from dbaudit.traffic.tally import InputTally

PG15_BIN = Path("/usr/lib/postgresql/15/bin")
RUSSIAN = Path("/usr/share/locale/ru/LC_MESSAGES/postgres-15.mo")
PREFIX = "%m [%p] %c %v %Q %q%u@%d/%a "
SETTINGS = {
    **THROWAWAY,
    "logging_collector": "on",
    "log_destination": "stderr,csvlog,jsonlog",
    "log_directory": "log",
    "log_filename": "postgresql.log",
    "log_line_prefix": PREFIX,
    "log_min_duration_statement": "0",
    "log_parameter_max_length_on_error": "-1",
    "compute_query_id": "on",
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_format": "json",
    "auto_explain.log_nested_statements": "on",
}
MULTI_LINE = "select *\nfrom t\n\twhere s = 'it''s\ta tab\n\nand é 漢字 😀'\n"
NAME = "odd app'\"/:"


def _run(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn(), autocommit=True, application_name=NAME) as connection:
        _run_simple(connection)
        _run_extended(connection)
        _run_logged_before(connection)
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute("select 'the last session'")


def _run_simple(connection: psycopg.Connection) -> None:
    connection.execute("create table t (id int primary key, s text)")
    connection.execute("insert into t select g, 'row ' || g from generate_series(1, 100) g")
    connection.execute(MULTI_LINE)
    connection.execute("select 1; select 2 -- two\n")
    connection.execute("select 'cr lf\r\nhere'")
    with pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("select from nowhere 'x\ny'")
    connection.execute(
        "create function f(n int) returns int language plpgsql as $$ declare r int; begin for i in "
        "1..n loop select id into r from t where id = i; end loop; return r; end $$"
    )
    connection.execute("select f(3)")
    connection.execute("prepare p (int) as select * from t where id = $1")
    connection.execute("execute p(7)")
    connection.execute("execute p(7 + 1) /*route='/x'*/")
    connection.execute("prepare q as select 1; execute q")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        connection.execute("execute unknown(1)")


def _run_extended(connection: psycopg.Connection) -> None:
    connection.execute("select %s::text, %s::int, %s::text", ("a'b\nc\td\\", 5, None))
    for key in range(3):
        connection.execute("select s from t where id = %s", (key,), prepare=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("select 1 / %s::int", (0,))
    with connection.transaction(), connection.cursor('my "cur: sor') as cursor:
        cursor.execute("select * from t where id > %s", (3,))
        cursor.fetchmany(10)
        cursor.fetchmany(10)


def _run_logged_before(connection: psycopg.Connection) -> None:
    connection.execute("set log_statement = 'all'")
    connection.execute("select 42 as begun")
    connection.execute("select s from t where id = %s", (77,))
    connection.execute("set log_min_duration_statement = -1")
    connection.execute("select 43 as without_duration")


@pytest.fixture(scope="module", params=["15", "18"])
def logs(request: pytest.FixtureRequest) -> Iterator[Path]:
    with Cluster(bin_dir=PG15_BIN if request.param == "15" else None, settings=SETTINGS) as cluster:
        _run(cluster)
        yield _finished(cluster, "database system is shut down")


def _finished(cluster: Cluster, last: str) -> Path:
    """Stop the server; its logs, when the logging collector, which outlives it, wrote the last."""
    cluster.stop()
    folder = cluster.data / "log"
    deadline = time.monotonic() + 60
    while not all(last in path.read_text("utf-8") for path in folder.glob("postgresql.*")):
        assert time.monotonic() < deadline, f"no {last!r} in every log"
        time.sleep(0.02)
    return folder


def _read(path: Path) -> tuple[list[Execution], InputTally]:
    tallies: list[InputTally] = []
    executions = list(read_logs([LogFile(str(path))], ReadOptions(prefix=PREFIX), tallies))
    return executions, tallies[0]


def test_the_three_forms_tell_the_same(logs: Path) -> None:
    stderr, stderr_tally = _read(logs / "postgresql.log")
    csvlog, csv_tally = _read(logs / "postgresql.csv")
    jsonlog, json_tally = _read(logs / "postgresql.json")
    assert stderr == csvlog
    assert csvlog == jsonlog
    assert [each.format for each in (stderr_tally, csv_tally, json_tally)] == [
        *("stderr", "csvlog", "jsonlog")
    ]
    for tally in (stderr_tally, csv_tally, json_tally):
        assert not tally.skipped
        assert not tally.notes
        assert tally.statements == len(csvlog)
        assert tally.entries == json_tally.lines


def test_what_was_sent_is_read(logs: Path) -> None:
    executions, _ = _read(logs / "postgresql.csv")
    sent = [each for each in executions if not each.told.continues and each.told.context is None]
    by_text = {each.text: each for each in sent}
    assert by_text[MULTI_LINE].application == NAME
    assert by_text[MULTI_LINE].parameters == ()
    assert by_text["select $1::text, $2::int, $3::text"].parameters == ("a'b\nc\td\\", "5", None)
    assert by_text["select 'cr lf\r\nhere'"].duration_ms is not None
    looped = [each for each in sent if each.text == "select s from t where id = $1"]
    assert [each.parameters for each in looped] == [("0",), ("1",), ("2",), ("77",)]
    assert all(each.duration_ms is not None for each in looped)
    assert len({each.query_id for each in looped}) == 1
    assert by_text["select 42 as begun"].duration_ms is not None
    assert by_text["select 43 as without_duration"].duration_ms is None
    assert by_text["select 'the last session'"].session != looped[0].session
    assert sum(each.text.startswith("DECLARE") for each in sent) == 1


def test_what_was_prepared_by_sql_is_told_of_its_execution(logs: Path) -> None:
    for name in ("postgresql.log", "postgresql.csv", "postgresql.json"):
        executions, _ = _read(logs / name)
        prepared = [e for e in executions if e.text.startswith("select * from t where id = $1")]
        assert [(e.parameters, e.text[29:]) for e in prepared if not e.told.continues] == [
            (("7",), ""),
            (None, " /*route='/x'*/"),
        ]
        assert all(e.duration_ms is not None and e.told.prepare is None for e in prepared)
        texts = [each.text for each in executions]
        assert "prepare q as select 1; execute q" in texts
        assert "execute unknown(1)" in texts


def test_failures_are_read_with_their_values(logs: Path) -> None:
    executions, _ = _read(logs / "postgresql.log")
    failed = [each for each in executions if each.told.failed]
    assert [(each.text, each.parameters) for each in failed] == [
        ("select from nowhere 'x\ny'", ()),
        ("execute unknown(1)", ()),
        ("select 1 / $1::int", ("0",)),
    ]
    assert sum(each.text == "select 1 / $1::int" for each in executions) == 1


def test_statements_in_functions_carry_their_context(logs: Path) -> None:
    executions, _ = _read(logs / "postgresql.json")
    nested = [each for each in executions if each.told.context is not None]
    assert len(nested) == 3
    assert all("PL/pgSQL function f(integer)" in (each.told.context or "") for each in nested)
    calling = next(each for each in executions if each.text == "select f(3)")
    assert calling.told.context is None
    assert calling.told.plan is not None


def test_plans_of_auto_explain_can_be_read(logs: Path) -> None:
    executions, _ = _read(logs / "postgresql.log")
    plans = {
        each.text: parse_plan(plan_document(each.told.plan))
        for each in executions
        if each.told.plan is not None
    }
    assert plans[MULTI_LINE].root.relation == "t"
    assert plans["select s from t where id = $1"].root.total_cost is not None
    assert plans["select * from t where id = $1"].root.relation == "t"
    looped = [each for each in executions if each.text == "select s from t where id = $1"]
    assert sum(not each.told.continues for each in looped) == 4
    assert sum(each.told.continues and each.duration_ms is None for each in looped) == 4


def test_a_folder_of_all_forms_is_read_once(logs: Path) -> None:
    assert [Path(log.path).name for log in find_logs([str(logs)])] == ["postgresql.csv"]


@pytest.mark.skipif(not RUSSIAN.exists(), reason="the server's package brings no translations")
def test_a_log_in_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "ru")
    russian = {**SETTINGS, "lc_messages": "C.utf8"}
    with Cluster(bin_dir=PG15_BIN, settings=russian, initdb=["--locale=C.utf8"]) as cluster:
        _run(cluster)
        logs = _finished(cluster, "система БД выключена")
        stderr, tally = _read(logs / "postgresql.log")
        assert stderr == _read(logs / "postgresql.csv")[0]
        assert "ОПЕРАТОР:" in (logs / "postgresql.log").read_text("utf-8")
    assert not tally.skipped
    assert [each.text for each in stderr if each.told.failed][-1] == "select 1 / $1::int"
    looped = [each for each in stderr if each.text == "select s from t where id = $1"]
    counted = [each.parameters for each in looped if not each.told.continues]
    assert counted == [("0",), ("1",), ("2",), ("77",)]
