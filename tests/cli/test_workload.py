"""`dbaudit workload` as a person runs it, on what a real server logged and counted."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dbaudit import cli
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.workload.query_file import load_queries
from tests.cli.conftest import COMMAND, Run, environment
from tests.conftest import create_database

SCHEMA = """
CREATE EXTENSION pg_stat_statements;
CREATE TABLE author (id int PRIMARY KEY, name text, country text);
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author, title text);
CREATE TABLE note (id int, body text);
INSERT INTO author SELECT g, 'a' || g, 'c' || g % 2 FROM generate_series(1, 40) g;
INSERT INTO book SELECT g, 1 + g % 40, 't' || g FROM generate_series(1, 400) g;
"""
PARENT = "SELECT id, name FROM author WHERE country = %s ORDER BY id"
CHILD = "SELECT title FROM book WHERE author_id = %s"
NOTE = "INSERT INTO note (id, body) VALUES (%s, %s)"
PAGE = "SELECT id FROM book ORDER BY id LIMIT 10 OFFSET %s"


@dataclass(frozen=True)
class Logged:
    """A server with its logs in two forms, and a database in which loops have run."""

    dsn: str
    stderr: Path
    csv: Path


def _loops(dsn: str) -> None:
    """An N+1, a loop of writes, and pages, which are neither."""
    with psycopg.connect(dsn, application_name="shop") as connection:
        connection.prepare_threshold = None
        for author, _ in connection.execute(PARENT, ("c1",)).fetchall():
            connection.execute(CHILD, (author,)).fetchall()
        connection.commit()
        for number in range(25):
            connection.execute(NOTE, (number, f"secret {number}"))
        connection.commit()
        for page in range(12):
            connection.execute(PAGE, (10 * page,)).fetchall()


def _wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in log.read_text("utf-8", "replace"):
        assert time.monotonic() < deadline, f"{text!r} does not come into {log}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    copies = tmp_path_factory.mktemp("log")
    settings = {
        **THROWAWAY,
        "logging_collector": "on",
        "log_destination": "stderr,csvlog",
        "log_directory": "log",
        "log_filename": "server.log",
        "log_file_mode": "0644",
        "log_min_duration_statement": "0",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "shared_preload_libraries": "pg_stat_statements",
    }
    with Cluster(settings=settings) as cluster:
        dsn = create_database(cluster, SCHEMA, "shop")
        _loops(dsn)
        with psycopg.connect(dsn) as connection:
            connection.execute("SELECT 'the last one'")
        folder = cluster.data / "log"
        for name in ("server.log", "server.csv"):
            _wait_for(folder / name, "the last one")
            shutil.copy(folder / name, copies / name)  # what other tests do is logged too
        yield Logged(dsn, copies / "server.log", copies / "server.csv")


def test_a_log_tells_of_its_loops(run: Run, logged: Logged) -> None:
    done = run("workload", logged.stderr, "--format", "json")
    assert done.status == 0, done.err
    document = done.json
    assert set(document) >= {"schema_version", "tool", "target", "summary", "findings", "inputs"}
    loop = next(f for f in document["findings"] if f["rule"] == "n-plus-one")
    assert loop["evidence"]["parent"].startswith("select id , name from author")
    assert loop["evidence"]["child"] == "select title from book where author_id = ?"
    assert loop["evidence"]["times"] == 20
    assert loop["object"]["kind"] == "query"
    assert loop["remedy"]["sql"][0] == (
        "SELECT author_id, title FROM book WHERE author_id = ANY ($1)"
    )
    assert "IN (SELECT parent.id FROM (SELECT id, name FROM author" in loop["remedy"]["sql"][1]
    writes = [f for f in document["findings"] if f["rule"] == "row-by-row-write"]
    assert [f["evidence"]["times"] for f in writes] == [25]
    assert "unnest(" in writes[0]["remedy"]["sql"][0]
    assert not any("offset" in f["message"] for f in document["findings"])


def test_the_json_holds_what_the_contract_names(run: Run, logged: Logged) -> None:
    document = run("workload", logged.csv, "--format", "json", "--top", "100").json
    child = next(s for s in document["statements"] if s["text"].startswith("select title"))
    contract = {
        "fingerprint", "queryid", "text", "calls", "total_ms", "mean_ms", "p95_ms", "rows",
        "share", "tags",
    }  # fmt: skip
    assert set(child) >= contract
    assert child["calls"] == 20
    assert 0 < child["share"] < 1
    (source,) = document["inputs"]
    assert set(source) >= {"source", "format", "lines", "statements", "skipped_lines"}
    assert (source["format"], source["skipped_lines"]) == ("csvlog", 0)
    assert document["target"]["database"] == "shop"


def test_every_form_of_a_log_tells_the_same(run_apart: Run, logged: Logged, tmp_path: Path) -> None:
    packed = tmp_path / "server.csv.gz"
    packed.write_bytes(gzip.compress(logged.csv.read_bytes()))
    found = [
        run_apart("workload", logged.stderr, "--format", "json"),
        run_apart("workload", "--log", logged.csv, "--format", "json"),
        run_apart("workload", packed, "--format", "json"),
        run_apart("workload", "-", "--format", "json", stdin=logged.stderr.read_text("utf-8")),
        run_apart("workload", logged.stderr.parent, "--format", "json"),
    ]
    ids = [{f["id"] for f in done.json["findings"]} for done in found]
    assert ids[0]
    assert all(each == ids[0] for each in ids)


def test_a_trace_tells_the_place(run: Run, tmp_path: Path) -> None:
    def line(second: int, statement: str, rows: int, place: str) -> str:
        record = {
            "v": 1, "time": 1.8e9 + second / 1000, "duration_ms": 0.5, "session": "s1",
            "statement": statement, "parameters": [str(second)], "rows": rows,
            "place": place, "by": "sqlalchemy", "request": "GET /books", "request_id": "7",
            "loads": "lazy Author.books",
        }  # fmt: skip
        return json.dumps(record) + "\n"

    trace = tmp_path / "trace.jsonl"
    parent = line(0, "SELECT id FROM author WHERE country = %s", 9, "shop/views.py:10")
    child = "SELECT book.title AS book_title FROM book WHERE book.author_id = %(pk_1)s"
    children = [line(n, child, 3, "shop/views.py:12") for n in range(1, 10)]
    trace.write_text(parent + "".join(children), "utf-8")
    (finding,) = run("workload", trace, "--format", "json").json["findings"]
    assert finding["rule"] == "n-plus-one"
    assert finding["evidence"]["place"] == "shop/views.py:12"
    assert "selectinload(Author.books)" in finding["remedy"]["summary"]
    assert finding["remedy"]["sql"][0] == (
        "SELECT book.author_id, book.title AS book_title FROM book WHERE book.author_id = ANY ($1)"
    )


def test_findings_fail_where_they_are_to(run: Run, logged: Logged, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    assert run("workload", logged.stderr, "--fail-on", "info").status == 1
    assert run("workload", logged.stderr, "--write-baseline", known).status == 0
    again = run("workload", logged.stderr, "--fail-on", "info", "--baseline", known)
    assert again.status == 0, again.out
    only = run("workload", logged.stderr, "--only", "row-by-row-write", "--format", "json")
    assert only.rules() == {"row-by-row-write"}


@pytest.mark.parametrize("columns", [80, 120])
def test_the_terminal_shows_statements_and_findings(run: Run, logged: Logged, columns: int) -> None:
    done = run("workload", logged.stderr, env={"COLUMNS": str(columns)})
    lines = done.out.splitlines()
    assert any(line.startswith("Statements (10 of ") for line in lines)
    assert "calls of" in done.out
    assert "n-plus-one" in done.out
    assert "FROM book WHERE author_id = ANY ($1);" in done.out
    assert "→ ask for all keys in one statement" in done.out
    assert all(len(line) <= columns for line in lines if not line.startswith("    "))


def test_the_other_reports_are_made(run: Run, logged: Logged, tmp_path: Path) -> None:
    markdown, junit = tmp_path / "w.md", tmp_path / "w.xml"
    done = run(
        "workload", logged.stderr, "--format", f"markdown={markdown}", "--format", f"junit={junit}"
    )
    assert done.status == 0, done.err
    assert "| statement | share |" in markdown.read_text("utf-8")
    assert "n-plus-one" in junit.read_text("utf-8")


def test_top_statements_become_query_files(run: Run, logged: Logged, tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    done = run("workload", logged.stderr, "--register", folder, "--top", "20")
    assert done.status == 0, done.err
    queries = {query.name.rpartition("-")[0]: query for query in load_queries([folder], tmp_path)}
    child = queries["select-book"]
    assert child.weight in (12, 20)
    note = queries["insert-note"]
    assert note.statement == "INSERT INTO note (id, body) VALUES ($1, $2)"
    assert (note.parameters[1].value or "").startswith("secret ")
    written = {path: path.read_text("utf-8") for path in folder.iterdir()}
    again = run("workload", logged.stderr, "--register", folder, "--top", "20")
    assert "0 query files written" in again.err
    assert written == {path: path.read_text("utf-8") for path in folder.iterdir()}


def test_query_files_can_leave_the_values_out(run: Run, logged: Logged, tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    run("workload", logged.stderr, "--register", folder, "--no-values", "--top", "20")
    texts = "".join(path.read_text("utf-8") for path in folder.iterdir())
    assert "insert-note" in texts
    assert "secret" not in texts


def test_an_earlier_run_is_compared_with(run: Run, logged: Logged, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    run("workload", logged.stderr, "--format", f"json={earlier}", "--top", "100")
    document = json.loads(earlier.read_text("utf-8"))
    for statement in document["statements"]:
        statement["mean_ms"] = (statement["mean_ms"] or 1) / 4
    earlier.write_text(json.dumps(document), "utf-8")
    shown = run("workload", logged.stderr, "--against", earlier)
    assert "change" in shown.out
    assert "4.0x" in shown.out


def test_the_servers_own_counters_are_read(run: Run, logged: Logged, tmp_path: Path) -> None:
    first, second = tmp_path / "first.snapshot", tmp_path / "second.snapshot"
    done = run("workload", logged.dsn, "--format", "json", "--top", "100", "--fail-on", "never")
    assert done.status == 0, done.err
    child = [s for s in done.json["statements"] if s["text"].startswith("select title")]
    assert child[0]["calls"] >= 20
    assert child[0]["rows"] >= 200
    assert child[0]["queryid"] is not None
    assert done.json["inputs"][0]["format"] == "pg_stat_statements"
    assert run("snapshot", "-o", first, logged.dsn).status == 0
    _loops(logged.dsn)
    assert run("snapshot", "-o", second, logged.dsn).status == 0
    between = run("workload", second, first, "--format", "json", "--top", "100")
    assert between.status == 0, between.err
    child = [s for s in between.json["statements"] if s["text"].startswith("select title")]
    assert child[0]["calls"] == 20


def test_a_database_can_be_watched(run: Run, logged: Logged) -> None:
    with psycopg.connect(logged.dsn, autocommit=True) as connection:
        sleeper = subprocess.Popen(
            [*COMMAND, "workload", logged.dsn, "--sample", "3s", "--format", "json"],
            stdout=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        while sleeper.poll() is None:
            connection.execute("SELECT pg_sleep(0.5) FROM author WHERE id = 1")
        assert sleeper.stdout is not None
        document = json.loads(sleeper.stdout.read())
        sleeper.stdout.close()
    texts = [statement["text"] for statement in document["statements"]]
    assert "select pg_sleep ( ? ) from author where id = ?" in texts
    assert document["inputs"][0]["format"] == "pg_stat_activity"
    assert "estimated from" in document["remarks"][0]


def test_a_growing_log_is_followed(logged: Logged, tmp_path: Path) -> None:
    log = tmp_path / "growing.log"
    log.write_bytes(b"")
    with (
        subprocess.Popen(
            [*COMMAND, "workload", "--follow", str(log)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True,
        ) as process,
        contextlib.ExitStack() as stack,
    ):  # fmt: skip
        stack.callback(process.kill)
        assert process.stderr is not None
        log.write_bytes(logged.stderr.read_bytes())
        lines = []
        while not any(line.startswith("n-plus-one: 20 times") for line in lines):
            line = process.stderr.readline()
            assert line, lines
            lines.append(line)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Statements (10 of " in out


def test_a_scan_takes_a_log_in(run: Run, logged: Logged, queries: Callable[[str], Path]) -> None:
    queries(
        "-- name: books\n-- max_ms: 0.000001\n-- param: author_id = 1\n"
        "SELECT title FROM book WHERE author_id = :author_id;\n"
    )
    plain = run("scan", logged.dsn, "--no-advice", "--format", "json")
    assert not {"n-plus-one", "row-by-row-write"} & plain.rules()
    assert not {r["rule"] for r in plain.json["summary"]["rules_skipped"]} & {"n-plus-one"}
    done = run("scan", logged.dsn, "--no-advice", "--log", logged.csv, "--format", "json")
    assert done.status == 1, done.err
    assert {"n-plus-one", "row-by-row-write", "query-over-budget"} <= done.rules()
    loop = next(f for f in done.json["findings"] if f["rule"] == "n-plus-one")
    check = loop["evidence"]["plan_check"]
    assert check["executions"] == 2
    assert 0 < check["cost_batch"] < check["cost_each"]
    assert "the planner's cost is" in loop["remedy"]["summary"]
    weights = {query["name"]: query["weight"] for query in done.json["queries"]}
    assert weights["books"] == 20
    assert [w for name, w in weights.items() if name.startswith("select-book-")] == [12]
    refused = run("scan", logged.dsn, "--only", "row-by-row-write")
    assert refused.status == 2
    assert "name a log with --log FILE" in refused.err


def test_an_advice_takes_a_log_in(run: Run, logged: Logged) -> None:
    done = run("advise", logged.dsn, "--log", logged.stderr, "--format", "json")
    assert done.status == 0, done.err
    weights = {query["name"].rpartition("-")[0]: query["weight"] for query in done.json["queries"]}
    assert weights["insert-note"] == 25
    assert weights["select-author"] == 1


def test_only_what_is_asked_for_in_time_is_read(run: Run, logged: Logged) -> None:
    done = run("workload", logged.stderr, "--until", "2001-01-01", "--format", "json")
    assert done.status == 0, done.err
    assert done.json["statements"] == []
    done = run("workload", logged.stderr, "--since", "1h", "--format", "json")
    assert done.json["total"]["calls"] > 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.log",), "no such file"),
        (("plain.txt",), "plain.txt"),
        (("empty", "plain.txt"), "empty: no logs in it"),
        (("server.log", "--since", "yesterday"), "--since 'yesterday': expected a time"),
        (("server.log", "--sort", "size"), "--sort 'size': expected total, calls"),
        (("server.log", "--against", "plain.txt"), "not the JSON of an earlier run"),
        (("server.log", "--sample", "3s"), "--sample watches a database"),
        (("server.log", "plain.txt", "--follow"), "--follow goes on reading one log"),
        (("postgresql://a/b", "--dsn", "postgresql://a/b"), "named twice"),
        (("server.log", "--register", "plain.txt"), "--register plain.txt"),
    ],
)
def test_bad_input_is_one_clear_line(
    logged: Logged,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.txt").write_text("hello\nworld\n", "utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "server.log").write_bytes(logged.stderr.read_bytes())
    assert cli._run(["workload", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1, said
