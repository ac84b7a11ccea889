"""The sample programs, each run once on a server that logs every statement."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile, find_logs
from dbaudit.traffic.reading import ReadOptions, read_logs
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.trace_file import request_name

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
LIBRARIES = ("sqlalchemy", "django", "psycopg", "psycopg2", "asyncpg")
LOGGING = {
    **THROWAWAY,
    "logging_collector": "on",
    "log_destination": "csvlog",
    "log_directory": "log",
    "log_filename": "postgresql.log",
    "log_min_duration_statement": "0",
}

_PLANTED = re.compile(r"# (?:(?P<file>\S+):(?P<line>\d+) is )?planted: (?P<kind>[\w-]+)")
_FUNCTION = re.compile(r"(?:async )?def (\w+)\(")


@dataclass(frozen=True, slots=True)
class Planted:
    """A pattern that a program holds: its kind and place, in the function that is its request."""

    page: str
    kind: str
    place: str


def planted(library: str) -> list[Planted]:
    """The patterns in a program, from the comments at their lines."""
    path = PROGRAMS / f"with_{library}.py"
    page, found = "", []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        function, mark = _FUNCTION.match(line), _PLANTED.search(line)
        page = function[1] if function else page
        if mark:
            file = PROGRAMS / mark["file"] if mark["file"] else path
            found.append(Planted(page, mark["kind"], _place(file, int(mark["line"] or number))))
    return found


def _place(path: Path, number: int) -> str:
    return f"{path.relative_to(ROOT)}:{number}"


def read_trace(path: Path) -> tuple[list[Execution], InputTally]:
    tallies: list[InputTally] = []
    executions = list(read_logs(find_logs([str(path)]), ReadOptions(), tallies))
    return executions, tallies[0]


@pytest.fixture(scope="session")
def logging_server() -> Iterator[Cluster]:
    with Cluster(settings=LOGGING) as cluster:
        yield cluster


def new_bookshop(cluster: Cluster, name: str) -> str:
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    with psycopg.connect(cluster.dsn(name), autocommit=True) as connection:
        connection.execute((PROGRAMS / "bookshop.sql").read_bytes())
        connection.execute("SET log_min_duration_statement = -1")
    return cluster.dsn(name)


def arguments(library: str, dsn: str) -> tuple[str, ...]:
    """What a program takes to find the database."""
    where = conninfo_to_dict(dsn)
    host, port, name = str(where["host"]), str(where["port"]), str(where["dbname"])
    if library == "sqlalchemy":
        return (f"postgresql+psycopg://postgres@/{name}?host={host}&port={port}",)
    return (dsn,) if library in ("psycopg", "psycopg2") else (host, port, name)


@pytest.fixture(scope="session")
def traces(logging_server: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The trace of each program's run."""
    folder = tmp_path_factory.mktemp("traces")
    made = {}
    for library in LIBRARIES:
        dsn = new_bookshop(logging_server, f"shop_{library}")
        made[library] = folder / f"{library}.jsonl"
        run_program(library, *arguments(library, dsn), str(made[library]))
    return made


def run_program(library: str, *given: str) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / f"with_{library}.py"), *given],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def server_log(logging_server: Cluster, traces: Mapping[str, Path]) -> list[Execution]:
    """What the server logged of the same runs."""
    assert traces
    log = LogFile(str(logging_server.data / "log" / "postgresql.csv"))
    return [each for each in read_logs([log], ReadOptions(), []) if each.application is not None]


def of_page(executions: list[Execution], page: str) -> list[Execution]:
    """The statements that a page sent, without those that only rule its transaction."""
    return [
        each
        for each in executions
        if each.told.request is not None and request_name(each.told.request) == page
    ]
