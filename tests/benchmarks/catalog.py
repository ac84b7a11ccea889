"""A scan of 100, 1,000 and 5,000 tables, beside psql selecting the views that it reads."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import psycopg

from dbaudit.audit.scan import ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.rules.load import load_rules
from dbaudit.snapshot.collect import collect
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect

SIZES = (100, 1_000, 5_000)
REPETITIONS = 3

#: What the collectors read, as a person would select it.
VIEWS = (
    "pg_class",
    "pg_attribute",
    "pg_index",
    "pg_constraint",
    "pg_stats",
    "pg_indexes",
    "pg_stat_all_tables",
    "pg_statio_all_tables",
    "pg_stat_all_indexes",
    "pg_statio_all_indexes",
    "pg_settings",
)

TABLE = """
create table t{n} (id bigint primary key, a int, b text, c timestamptz, d jsonb);
create index on t{n} (a);
create index on t{n} (b, c);
insert into t{n} select g, g, g::text, now() from generate_series(1, 20) g;
"""


def main() -> None:
    print("tables  psql_ms  collect_ms  ratio  scan_ms  statements")
    for size in SIZES:
        with Cluster(settings={**THROWAWAY, "max_locks_per_transaction": "4096"}) as cluster:
            fill(cluster, size)
            views = [word for view in VIEWS for word in ("-c", f"select * from {view}")]
            psql = median(lambda: cluster.run("psql", "-qAt", *views, cluster.dsn()))  # noqa: B023
            with connect(PostgresTarget(cluster.dsn())) as session:
                collected = median(lambda: collect(session))
                rules = load_rules()
                options = ScanOptions(counted=False)
                scanned = median(
                    lambda: scan(session, [], rules, options, SilentSteps())  # noqa: B023
                )
                count = statements(session.connection, lambda: collect(session))
            ratio = collected / psql
            print(
                f"{size:6,}  {psql:7,.0f}  {collected:10,.0f}  {ratio:5.2f}  {scanned:7,.0f}  "
                f"{count:10}"
            )


def fill(cluster: Cluster, size: int) -> None:
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        for first in range(0, size, 100):
            batch = range(first, min(first + 100, size))
            connection.execute("".join(TABLE.format(n=n) for n in batch).encode())
        connection.execute("vacuum analyze")


def median(work: Callable[[], object]) -> float:
    """The median time in ms of a few runs, after one that warms up."""
    work()
    times = []
    for _ in range(REPETITIONS):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def statements(
    connection: psycopg.Connection[tuple[object, ...]], work: Callable[[], object]
) -> int:
    """How many statements with a result the work sends, as the server's log would count them."""
    sent = 0
    execute = connection.execute

    def counting(*arguments: object, **options: object) -> object:
        nonlocal sent
        sent += 1
        return execute(*arguments, **options)  # type: ignore[arg-type]

    connection.execute = counting  # type: ignore[method-assign, assignment]
    try:
        work()
    finally:
        connection.execute = execute  # type: ignore[method-assign]
    return sent
