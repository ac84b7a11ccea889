"""`advise` on ever more queries over ever more tables: how its time grows, and in which step.

`python -m tests.benchmarks.advise_scaling [--queries N …] [--tables N …] [--profile FILE]`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dbaudit.audit.advise import Advised, advise
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.steps import Advance
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import parse_queries
from tests.benchmarks.synthetic import schema, workload

QUERIES = (10, 100, 1_000)
TABLES = (10, 100, 500)

#: A VACUUM of all of them, and the dump, hold a lock on each.
SETTINGS = {**THROWAWAY, "max_locks_per_transaction": "4096", "max_wal_size": "4GB"}

#: The steps of `advise`, as it names them to whoever watches.
STEPS = ("collecting", "explaining", "preparing the what-if planner", "searching indexes")
_TITLES = (
    *("queries", "tables", "indexes", "what-ifs"),
    *("collect s", "explain s", "shadow s", "search s", "all s", "s a query"),
)


@dataclass(slots=True)
class TimedSteps:
    """The seconds of each step, by its name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, total: int | None) -> Iterator[Advance]:
        begun = time.perf_counter()
        yield lambda _: None
        self.seconds[name] = time.perf_counter() - begun


def main() -> None:
    run(QUERIES, TABLES)


def run(queries: Sequence[int], tables: Sequence[int], profile: Path | None = None) -> None:
    """Measure every number of queries over every number of tables."""
    print(f"| {' | '.join(_TITLES)} |\n{'|---:' * len(_TITLES)}|", flush=True)
    with Cluster(settings=SETTINGS) as cluster:
        filled = 0
        for count in sorted(tables):
            with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
                for statement in schema(filled, count):
                    connection.execute(statement.encode())
            filled = count
            for size in queries:
                measure(cluster.dsn(), size, count, profile)


def measure(dsn: str, queries: int, tables: int, profile: Path | None) -> None:
    """Advise once, from connecting to the advice, and print the row."""
    registered = parse_queries(workload(queries, tables))
    steps = TimedSteps()

    def work() -> Advised:
        with connect(PostgresTarget(dsn)) as session:
            return advise(session, registered, ProposeOptions(), steps, is_registered_only=True)

    begun = time.perf_counter()
    advice = (_profiled(work, profile) if profile else work()).advice
    seconds = time.perf_counter() - begun
    if advice.not_covered:
        raise RuntimeError(f"not planned in the shadow: {advice.not_covered[0]}")
    parts = [f"{steps.seconds[step]:.1f}" for step in STEPS]
    counts = [queries, tables, len(advice.indexes), advice.search.what_if_calls]
    cells = [*(f"{n:,}" for n in counts), *parts, f"{seconds:.1f}", f"{seconds / queries:.3f}"]
    print(f"| {' | '.join(cells)} |", flush=True)


def _profiled(work: Callable[[], Advised], file: Path) -> Advised:
    with cProfile.Profile() as profile:
        made = work()
    with file.open("w") as out:
        pstats.Stats(profile, stream=out).sort_stats("cumulative").print_stats(150)
        pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(50)
    return made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.advise_scaling")
    parser.add_argument("--queries", type=int, nargs="+", default=QUERIES)
    parser.add_argument("--tables", type=int, nargs="+", default=TABLES)
    parser.add_argument("--profile", type=Path, help="write where the last one's time went")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    run(given.queries, given.tables, given.profile)
