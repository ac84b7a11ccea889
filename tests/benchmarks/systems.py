"""The example systems without indexes, with their authors', and with those that dbaudit advises.

`python -m tests.benchmarks.systems [SYSTEM …] [--scale ROWS] [--runs N]`: a Markdown page.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from dbaudit.advise.advice import Advice
from dbaudit.audit.advise import advise
from dbaudit.audit.propose import propose_options
from dbaudit.audit.steps import SilentSteps
from dbaudit.config import load_config
from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.run import SETTINGS
from dbaudit.demo.systems import System, find_system, list_systems
from dbaudit.migrate.prove.change import FLOOR_MS
from dbaudit.query import BoundQuery
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from dbaudit.targets.timed import ExecutionOptions, execute_timed
from dbaudit.workload.query_file import load_queries
from tests.benchmarks.inserts import Connection, Inserts, Rates, into_largest_table

NONE, AUTHORS, DBAUDIT = "none", "authors", "dbaudit"
TITLES = {NONE: "no index", AUTHORS: "the authors'", DBAUDIT: "dbaudit's"}

#: A query that takes longer than this at first is run less often.
_SLOW_MS, _SLOW_RUNS = 2_000.0, 3
_INSERT_RUNS = 5
_TIMEOUT_MS = 300_000

_SIZES = """
select count(*), coalesce(sum(pg_relation_size(i.indexrelid)), 0)
from pg_index i
join pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
where c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
"""


@dataclass(frozen=True, slots=True)
class Built:
    """The indexes besides those of constraints, as they are on disk, and how long they took."""

    indexes: int
    size_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Timed:
    """Median ms of a query by the set of indexes."""

    query: BoundQuery
    ms: Mapping[str, float]

    def gain(self, kind: str) -> float:
        """How many times faster than without indexes."""
        return max(self.ms[NONE], FLOOR_MS) / max(self.ms[kind], FLOOR_MS)


def main() -> None:
    given = _arguments()
    for name in given.systems or [system.name for system in list_systems()]:
        compare(find_system(name), given.scale, given.runs)


def compare(system: System, scale: int | None, runs: int) -> None:
    """Load the system once, copy it for each set of indexes, build, measure, print."""
    with Cluster(settings=SETTINGS) as cluster:
        _load(cluster, system, scale)
        advice, queries = _advised(cluster.dsn(NONE), system)
        builds: Mapping[str, Callable[[Connection], None]] = {
            NONE: lambda _connection: None,
            AUTHORS: lambda connection: add_hand_written_indexes(system, _executor(connection)),
            DBAUDIT: lambda connection: _build(connection, advice),
        }
        built = {kind: _built(cluster, kind, build) for kind, build in builds.items()}
        timed = [_timed(cluster, query, runs) for query in queries]
        table, rates = _inserted(cluster)
    rows = system.default_scale if scale is None else scale
    print(f"\n## {system.name}: {rows:,} {system.unit}\n")
    _print_queries(timed)
    _print_sets(built, rates, table)
    print("\n```sql")
    for index in advice.indexes:
        print(f"{index.ddl};")
    print("```", flush=True)
    for missed in advice.not_covered:
        print(f"\nNot advised on: {missed.query}: {missed.reason}")


def _load(cluster: Cluster, system: System, scale: int | None) -> None:
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute(f"create database {NONE}".encode())
    with psycopg.connect(cluster.dsn(NONE), autocommit=True) as connection:
        load(system, _executor(connection), scale)


def _executor(connection: Connection) -> Callable[[str], object]:
    return lambda sql: connection.execute(sql.encode())


def _advised(dsn: str, system: System) -> tuple[Advice, Sequence[BoundQuery]]:
    """The advice for the registered queries under the system's configuration."""
    config = load_config(system.config, system.folder, {})
    queries = load_queries(config.queries, config.folder)
    with connect(PostgresTarget(dsn)) as session:
        options = propose_options(config, None)
        made = advise(session, queries, options, SilentSteps(), is_registered_only=True)
    return made.advice, made.statements


def _build(connection: Connection, advice: Advice) -> None:
    for index in advice.indexes:
        connection.execute(index.ddl.replace(" CONCURRENTLY", "", 1).encode())


def _built(cluster: Cluster, kind: str, build: Callable[[Connection], None]) -> Built:
    """A copy of the loaded database with the indexes, vacuumed and analysed."""
    if kind != NONE:
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            connection.execute(f"create database {kind} template {NONE}".encode())
    with psycopg.connect(cluster.dsn(kind), autocommit=True) as connection:
        begun = time.perf_counter()
        build(connection)
        seconds = time.perf_counter() - begun
        connection.execute("vacuum analyze")
        ((count, size),) = connection.execute(_SIZES.encode()).fetchall()
    return Built(int(str(count)), int(str(size)), seconds)


def _timed(cluster: Cluster, query: BoundQuery, runs: int) -> Timed:
    """The query in turn with each set of indexes, after one run of each that warms up."""
    options = ExecutionOptions(_TIMEOUT_MS, allow_writes=True)
    with _sessions(cluster) as sessions:
        first = {k: execute_timed(session, query, options).ms for k, session in sessions.items()}
        is_slow = max(first.values()) > _SLOW_MS
        samples: dict[str, list[float]] = {kind: [] for kind in sessions}
        for _ in range(_SLOW_RUNS if is_slow else runs):
            for kind, session in sessions.items():
                samples[kind].append(execute_timed(session, query, options).ms)
    return Timed(query, {kind: statistics.median(found) for kind, found in samples.items()})


@contextmanager
def _sessions(cluster: Cluster) -> Iterator[Mapping[str, Session]]:
    with (
        connect(PostgresTarget(cluster.dsn(NONE))) as none,
        connect(PostgresTarget(cluster.dsn(AUTHORS))) as authors,
        connect(PostgresTarget(cluster.dsn(DBAUDIT))) as dbaudit,
    ):
        yield {NONE: none, AUTHORS: authors, DBAUDIT: dbaudit}


def _inserted(cluster: Cluster) -> tuple[str, Mapping[str, Rates]]:
    """The largest table, and the median rates of inserting into it."""
    with psycopg.connect(cluster.dsn(NONE), autocommit=True) as connection:
        inserts = into_largest_table(connection)
    found: dict[str, list[Rates]] = {kind: [] for kind in TITLES}
    for _ in range(_INSERT_RUNS):
        for kind, rates in found.items():
            rates.append(_insert(cluster.dsn(kind), inserts))
    return inserts.table, {kind: _median(rates) for kind, rates in found.items()}


def _insert(dsn: str, inserts: Inserts) -> Rates:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return inserts.rates(connection)


def _median(rates: Sequence[Rates]) -> Rates:
    return Rates(
        statistics.median(rate.bulk for rate in rates),
        statistics.median(rate.single for rate in rates),
    )


def _print_queries(timed: Sequence[Timed]) -> None:
    """Slowest first; ratios count a time below the floor as the floor."""
    titles = [f"{title}, ms" for title in TITLES.values()]
    print(f"| query | {' | '.join(titles)} | gain by the authors' | gain by dbaudit's |")
    print(f"|---{'|---:' * 5}|")
    for one in sorted(timed, key=lambda one: -one.ms[NONE]):
        times = " | ".join(f"{one.ms[kind]:,.3f}" for kind in TITLES)
        gains = " | ".join(f"{one.gain(kind):,.1f}x" for kind in (AUTHORS, DBAUDIT))
        variant = "" if one.query.variant == "given" else f" ({one.query.variant})"
        print(f"| {one.query.name}{variant} | {times} | {gains} |")
    print(f"| **all, weighted** | {' | '.join(_weighted(timed, kind) for kind in TITLES)} | | |")


def _weighted(timed: Sequence[Timed], kind: str) -> str:
    return f"{sum(one.query.query.weight * one.ms[kind] for one in timed):,.1f}"


def _print_sets(built: Mapping[str, Built], rates: Mapping[str, Rates], table: str) -> None:
    """A row a set of indexes."""
    print("\n| indexes | number | MB | build s | ", end="")
    print(f"rows/s at once into {table} | one by one |\n|---{'|---:' * 5}|")
    for kind, title in TITLES.items():
        one, rate = built[kind], rates[kind]
        seconds = f"{one.seconds:.2f}" if kind != NONE else ""
        print(
            f"| {title} | {one.indexes} | {one.size_bytes / 2**20:,.1f} | {seconds} "
            f"| {rate.bulk:,.0f} | {rate.single:,.0f} |",
            flush=True,
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.systems")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help="all of them by default")
    parser.add_argument("--scale", type=int, help="in the system's own unit")
    parser.add_argument("--runs", type=int, default=7, help="of each query, after a warm-up")
    return parser.parse_args()


if __name__ == "__main__":
    main()
