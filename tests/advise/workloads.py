"""Workloads on generated data, advised by the real shadow."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dbaudit.advise.advice import Advice, AdvisedIndex
from dbaudit.advise.advisor import AdviseOptions, advise
from dbaudit.advise.catalog import TableName
from dbaudit.advise.items import planned_tables
from dbaudit.advise.problem import OnProgress
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.shadow.planner import Planner
from dbaudit.shadow.shadow import Shadow
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from dbaudit.targets.statistics import column_statistics
from dbaudit.workload.catalog import catalog_from_snapshot
from dbaudit.workload.column_values import ColumnValues
from dbaudit.workload.parameters import needed_columns, variants
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries

DATA = Path(__file__).parent / "data"


def script(name: str) -> str:
    return (DATA / f"{name}.sql").read_text("utf-8")


@contextmanager
def bench(dsn: str, tables: Collection[TableName] = ()) -> Iterator[Bench]:
    """The database's snapshot and a shadow of these tables; of all when none are named."""
    target = PostgresTarget(dsn)
    with connect(target) as session:
        snapshot = collect(session)
        with Shadow(target, tables or read_catalog(snapshot).tables) as planner:
            yield Bench(session, snapshot, planner)


@dataclass(frozen=True, slots=True)
class Bench:
    """One database to be advised on."""

    session: Session
    snapshot: Snapshot
    planner: Planner

    def advise(
        self,
        queries: str,
        options: AdviseOptions | None = None,
        on_progress: OnProgress = lambda _what, _done, _total: None,
    ) -> Advice:
        """The advice for the queries of a text in the form of a query file."""
        parsed = parse_queries(queries)
        names = catalog_from_snapshot(self.snapshot)
        uses = {query.name: query_uses(query, names) for query in parsed}
        columns = {c for q in parsed for c in needed_columns(q, uses[q.name], {})}
        values = {
            row.column: ColumnValues(row.most_common_vals, row.histogram_bounds)
            for row in column_statistics(self.session, columns)
        }
        bound = [variants(query, uses[query.name], {}, values) for query in parsed]
        return advise(self.snapshot, bound, self.planner, options, on_progress)


def tables_of(dsn: str, queries: str) -> frozenset[TableName]:
    """The relations that the planner must have for the queries."""
    with connect(PostgresTarget(dsn)) as session:
        snapshot = collect(session)
    names = catalog_from_snapshot(snapshot)
    uses = [query_uses(query, names) for query in parse_queries(queries)]
    return planned_tables(uses, read_catalog(snapshot))


def advise_on(dsn: str, queries: str) -> Advice:
    """The advice from a shadow that has just what the queries need."""
    with bench(dsn, tables_of(dsn, queries)) as opened:
        return opened.advise(queries)


def bodies(advice: Advice) -> list[str]:
    """The advised indexes without name and schema."""
    return sorted(body(index) for index in advice.indexes)


def body(index: AdvisedIndex) -> str:
    text = index.ddl.split(" ON ", 1)[1]
    return text.removeprefix("public.").replace(" USING btree", "")


def gain(advice: Advice, query: str) -> float:
    """By how much the cost of a query falls."""
    found = next(q for q in advice.queries if q.name == query)
    return found.cost_before / found.cost_after


def served_by(advice: Advice, wanted: str) -> list[str]:
    """The queries that the advised index with this body serves."""
    index = next(index for index in advice.indexes if body(index) == wanted)
    return [served.query for served in index.serves]
