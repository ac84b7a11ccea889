"""`python -m tests.benchmarks.tpch [--budget 250MB …] [--times BUDGET …] [--in-turn BUDGET …]
[--apply BUDGET …] [--queries]`.

Every budget by default. The comparison with the peers is in peers.py.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from dbaudit.audit.advise import Advised, advise
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.steps import SilentSteps
from dbaudit.query import Query
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.units import parse_bytes
from dbaudit.workload.query_file import load_queries
from tests.benchmarks.tpch import report
from tests.benchmarks.tpch.applied import apply_advice
from tests.benchmarks.tpch.database import Connection, build_indexes, drop_indexes, loaded_cluster
from tests.benchmarks.tpch.in_turn import times_in_turn
from tests.benchmarks.tpch.material import cache_folder, query_folder
from tests.benchmarks.tpch.measures import PerQuery, costs, ratios, run_times
from tests.benchmarks.tpch.peers import BEST
from tests.benchmarks.tpch.report import Measured

_NO_BUDGET = "none"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for; a budget of None has no limit."""

    budgets: Sequence[int | None]
    times: Sequence[int | None]
    in_turn: Sequence[int | None]
    applied: Sequence[int | None]
    queries: bool
    loss_weight: float


def main() -> None:
    arguments = _arguments()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a run takes minutes: show what is known
    cache = cache_folder()
    queries = load_queries([query_folder(cache)], cache)
    with (
        loaded_cluster(cache) as cluster,
        psycopg.connect(cluster.dsn(), autocommit=True) as connection,
    ):
        bench = _Bench(cluster.dsn(), connection, queries, costs(connection, queries), arguments)
        report.preamble(connection, bench.before)
        times = run_times(connection, queries) if arguments.times else None
        report.summary([bench.measure(budget, times) for budget in arguments.budgets])
        for budget in arguments.in_turn:
            bench.run_in_turn(budget)
        for budget in arguments.applied:
            bench.apply(budget)


@dataclass(frozen=True, slots=True)
class _Bench:
    """A loaded database without indexes, and what its queries cost so."""

    dsn: str
    connection: Connection
    queries: Sequence[Query]
    before: PerQuery
    arguments: Arguments

    def measure(self, budget: int | None, times: PerQuery | None) -> Measured:
        """Advise within the budget, build what is advised, measure, and drop it again."""
        made, seconds = self._advised(budget)
        advice = made.advice
        try:
            built = build_indexes(self.connection, (index.ddl for index in advice.indexes))
            after = costs(self.connection, self.queries)
            measured = Measured(budget, advice, seconds, built, ratios(self.before, after))
            report.budget(measured)
            if self.arguments.queries:
                report.indexes(measured)
                report.per_query(advice, self.before, after)
            if times is not None and budget in self.arguments.times:
                report.run_times(times, run_times(self.connection, self.queries))
        finally:
            drop_indexes(self.connection)
        return measured

    def run_in_turn(self, budget: int | None) -> None:
        """Build all that is advised, and run every query with and without it in turn."""
        made, _ = self._advised(budget)
        try:
            build_indexes(self.connection, (index.ddl for index in made.advice.indexes))
            names = [index.name for index in made.advice.indexes]
            report.in_turn(times_in_turn(PostgresTarget(self.dsn), made.statements, names))
        finally:
            drop_indexes(self.connection)

    def _advised(self, budget: int | None) -> tuple[Advised, float]:
        """What `dbaudit advise --registered-only --budget …` finds, and its seconds in all."""
        begun = time.perf_counter()
        options = ProposeOptions(budget_bytes=budget, loss_weight=self.arguments.loss_weight)
        with connect(PostgresTarget(self.dsn)) as session:
            made = advise(session, self.queries, options, SilentSteps(), is_registered_only=True)
        return made, time.perf_counter() - begun

    def apply(self, budget: int | None) -> None:
        """Advise and apply as a person would: what slows a query down is taken back."""
        made, _ = self._advised(budget)
        target = PostgresTarget(self.dsn)
        try:
            result = apply_advice(target, made)
            report.applied(
                budget, result, ratios(self.before, costs(self.connection, self.queries))
            )
            kept = [index.name for index in result.indexes if index.outcome == "kept"]
            report.in_turn(times_in_turn(target, made.statements, kept))
        finally:
            drop_indexes(self.connection)
            self.connection.execute("drop schema if exists dbaudit cascade")


def _arguments() -> Arguments:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tpch")
    parser.add_argument("--budget", action="append", type=_budget, help="250MB, 1GB, … or none")
    parser.add_argument(
        "--times", action="append", type=_budget, help="run the queries too at this budget"
    )
    parser.add_argument(
        "--in-turn", action="append", type=_budget, help="run with and without the set in turn"
    )
    parser.add_argument(
        "--apply", action="append", type=_budget, help="let dbaudit apply what it advises"
    )
    parser.add_argument("--queries", action="store_true", help="show every index and query")
    parser.add_argument("--loss-weight", type=float, default=10.0, help="as of dbaudit advise")
    given = parser.parse_args()
    alone = given.in_turn or given.apply
    budgets = given.budget or ([] if alone else list(BEST))
    return Arguments(
        budgets,
        given.times or [],
        given.in_turn or [],
        given.apply or [],
        given.queries,
        given.loss_weight,
    )


def _budget(text: str) -> int | None:
    return None if text == _NO_BUDGET else parse_bytes(text)


if __name__ == "__main__":
    main()
