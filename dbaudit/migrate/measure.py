"""A registered query measured on the target: its plan, its time, and the indexes that it used.

Everything runs in transactions that are rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from dbaudit.errors import QueryError, UsageError
from dbaudit.migrate.events import Measuring, OnEvent
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.watched import IndexName, Watched
from dbaudit.query import BoundQuery
from dbaudit.targets.session import Session
from dbaudit.targets.timed import ExecutionOptions, execute_timed, execute_watched, plan_verbosely
from dbaudit.workload.statement_kind import statement_kind

_READ_ONLY_TRANSACTION = "25006"
_QUERY_CANCELED = "57014"

#: After one warm-up: at least 3 runs, up to 7 while they fit into 1.5 s; a slower query runs once.
LEAST_RUNS, MOST_RUNS = 3, 7
BUDGET_MS = 1500.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """One statement, measured. Without `samples_ms` it was only planned: `note` says why.

    `planned` are the indexes in its plan; `scanned` those of the watched ones that its execution
    scanned outside its own plan, such as in a foreign key's trigger; `writes` the tables that the
    plan modifies, by schema and name. `cost` is the planner's, None when it could not be planned.
    `weight` is how often the query runs beside the others.
    """

    query: str
    variant: str
    cost: float | None = None
    samples_ms: tuple[float, ...] = ()
    planned: frozenset[IndexName] = frozenset()
    scanned: frozenset[IndexName] = frozenset()
    writes: frozenset[IndexName] = frozenset()
    timed_out: bool = False
    note: str = ""
    weight: float = 1.0

    @property
    def ms(self) -> float | None:
        """The median time, None when it was not executed."""
        return median(self.samples_ms) if self.samples_ms else None

    def uses(self, index: IndexName) -> bool:
        """Whether it is known to use an index."""
        return _is_among(index, self.planned | self.scanned)

    def modifies(self, table: IndexName) -> bool:
        """Whether its plan inserts into, updates or deletes from a table."""
        return _is_among(table, self.writes)


def _is_among(name: IndexName, found: frozenset[IndexName]) -> bool:
    """A plan without VERBOSE tells no schemas: there the name alone must do."""
    return name in found or ("", name[1]) in found


def measure_all(
    session: Session,
    statements: Sequence[BoundQuery],
    watched: Watched,
    options: ApplyOptions,
    on_event: OnEvent,
) -> tuple[Measurement, ...]:
    """Each statement measured; `watched` are the new indexes (none before).

    Those that write come last: what they leave behind although they are rolled back, dead rows and
    the pending list of a GIN index, would slow the others.
    """
    when = "after" if watched.by_oid else "before"
    measured: dict[int, Measurement] = {}
    for place in sorted(range(len(statements)), key=lambda place: _writes(statements[place])):
        statement = statements[place]
        on_event(Measuring(when, statement.name, len(measured) + 1, len(statements)))
        measured[place] = measure(session, statement, watched, options)
    return tuple(measured[place] for place in range(len(statements)))


def _writes(statement: BoundQuery) -> bool:
    try:
        return statement_kind(statement.query.statement).modifies
    except UsageError:  # what it is, the server says when it is planned
        return False


def measure(
    session: Session,
    statement: BoundQuery,
    watched: Watched,
    options: ApplyOptions,
) -> Measurement:
    """Plan a statement and, where that is allowed, execute it several times.

    What fails is told in the note: a query that cannot run must not stop a migration.
    """
    measurement = Measurement(statement.name, statement.variant, weight=statement.query.weight)
    try:
        plan = plan_verbosely(session, statement)
    except QueryError as error:
        return replace(measurement, note=f"it cannot be planned: {error}")
    measurement = replace(
        measurement,
        cost=float(plan["Total Cost"]),
        planned=watched.known_as(plan_indexes(plan)),
        writes=frozenset(plan_writes(plan)),
    )
    if statement.is_generic:
        return replace(measurement, note="it has no values for its parameters")
    return _executed(session, statement, watched, options, measurement)


def _executed(
    session: Session,
    statement: BoundQuery,
    watched: Watched,
    options: ApplyOptions,
    planned: Measurement,
) -> Measurement:
    limits = ExecutionOptions(options.statement_timeout_ms, options.allow_writes)
    started = time.monotonic()
    try:
        first = execute_watched(session, statement, limits, watched.by_oid)
        samples = tuple(_more_runs(session, statement, limits, first.ms)) or (first.ms,)
    except QueryError as error:
        elapsed_ms = (time.monotonic() - started) * 1000
        if error.sqlstate == _QUERY_CANCELED and elapsed_ms >= options.statement_timeout_ms:
            limit = float(options.statement_timeout_ms)
            return replace(planned, samples_ms=(limit,), timed_out=True)
        return replace(planned, note=_why_not_executed(error))
    scanned = frozenset(watched.by_oid[oid] for oid in first.scanned)
    return replace(planned, samples_ms=samples, scanned=scanned)


def _why_not_executed(error: QueryError) -> str:
    if error.sqlstate == _READ_ONLY_TRANSACTION:
        return "it writes; with --allow-writes it is executed and rolled back"
    return f"it failed: {error}"


def _more_runs(
    session: Session, statement: BoundQuery, limits: ExecutionOptions, first_ms: float
) -> Iterator[float]:
    """The runs after the warm-up; none when one takes longer than all may."""
    spent, runs = first_ms, 0
    while first_ms < BUDGET_MS and (runs < LEAST_RUNS or (runs < MOST_RUNS and spent < BUDGET_MS)):
        ms = execute_timed(session, statement, limits).ms
        spent, runs = spent + ms, runs + 1
        yield ms


def plan_indexes(plan: Mapping[str, Any], schema: str = "") -> Iterator[IndexName]:
    """The indexes in a plan, by schema and name.

    A Bitmap Index Scan does not name its table: the index is in the schema of the table of the
    Bitmap Heap Scan above it.
    """
    schema = str(plan.get("Schema", schema))
    if "Index Name" in plan:
        yield schema, str(plan["Index Name"])
    for child in plan.get("Plans", ()):
        yield from plan_indexes(child, schema)


def plan_writes(plan: Mapping[str, Any]) -> Iterator[IndexName]:
    """The tables that a plan inserts into, updates or deletes from, by schema and name."""
    if plan["Node Type"] == "ModifyTable":
        yield str(plan.get("Schema", "")), str(plan.get("Relation Name", ""))
    for child in plan.get("Plans", ()):
        yield from plan_writes(child)
