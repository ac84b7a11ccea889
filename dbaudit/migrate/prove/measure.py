"""Registered queries measured on the target: plans, times, and the indexes that they used.

Everything runs in transactions that are rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from dbaudit.errors import QueryError, UsageError
from dbaudit.migrate.events import Measuring, OnEvent, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.prove.deadline import Deadline
from dbaudit.migrate.prove.plan_names import plan_indexes, plan_writes
from dbaudit.migrate.prove.watched import IndexName, Watched
from dbaudit.query import BoundQuery
from dbaudit.targets.session import Session
from dbaudit.targets.timed import ExecutionOptions, execute_timed, execute_watched, plan_verbosely
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.statement_kind import statement_kind

_READ_ONLY_TRANSACTION = "25006"
QUERY_CANCELED = "57014"

#: After one warm-up: at least 3 runs, up to 7 while they fit into 1.5 s.
LEAST_RUNS, MOST_RUNS = 3, 7
BUDGET_MS = 1500.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """One statement, measured. Without `samples_ms` it was only planned: `note` says why.

    `planned` are the indexes in its plan; `scanned` those of the watched ones that its execution
    scanned outside its own plan, such as in a foreign key's trigger; `writes` the tables that the
    plan modifies, by schema and name. `cost` is the planner's, None when it could not be planned.
    `weight` is how often the query runs beside the others. `interleaved` says that its runs took
    turns with those of the measurement that it is compared with, `alone` that the two differ by one
    of several new indexes.
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
    interleaved: bool = False
    alone: bool = False
    fingerprint: str = ""

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


@dataclass(frozen=True, slots=True)
class Meter:
    """How statements are measured: where, which new indexes to look out for, until when."""

    session: Session
    watched: Watched
    options: ApplyOptions
    deadline: Deadline
    on_event: OnEvent


@dataclass(slots=True)
class _Subject:
    """A statement between its runs."""

    statement: BoundQuery
    measured: Measurement
    limits: ExecutionOptions
    first_ms: float = 0.0
    samples: list[float] = field(default_factory=list)

    @property
    def result(self) -> Measurement:
        """The warm-up counts only where no run came after it."""
        if not self.measured.samples_ms or self.measured.timed_out:
            return self.measured
        return replace(self.measured, samples_ms=tuple(self.samples) or (self.first_ms,))

    @property
    def wants_more(self) -> bool:
        if not self.measured.samples_ms or self.measured.timed_out:
            return False
        runs = len(self.samples)
        return runs < LEAST_RUNS or (runs < MOST_RUNS and sum(self.samples) < BUDGET_MS)


def measure(
    session: Session, statement: BoundQuery, watched: Watched, options: ApplyOptions
) -> Measurement:
    """Plan one statement and, where that is allowed, execute it several times."""
    deadline = Deadline.after(options.proof_ms)
    meter = Meter(session, watched, options, deadline, lambda event: None)
    return measure_all(meter, [statement])[0]


def measure_all(
    meter: Meter, statements: Sequence[BoundQuery], before: Sequence[Measurement] = ()
) -> tuple[Measurement, ...]:
    """Each statement measured, in rounds, so that what disturbs the server disturbs them alike.

    Those that write come last: what they leave behind although they are rolled back, dead rows and
    the pending list of a GIN index, would slow the others. `before` are earlier measurements of
    the same statements, which decide how long each may take.
    What fails is told in the note: a query that cannot run must not stop a migration.
    """
    places = sorted(range(len(statements)), key=lambda place: _writes(statements[place]))
    limit = _limits(meter, before)
    when = "after" if before else "before"
    measured: dict[int, Measurement] = {}
    for writing in (False, True):
        group = [place for place in places if _writes(statements[place]) is writing]
        subjects: dict[int, _Subject] = {}
        for place in group:
            number = len(measured) + len(subjects) + 1
            meter.on_event(Measuring(when, statements[place].name, number, len(statements)))
            limits = limit(place, len(statements) - number + 1)
            subjects[place] = _first_run(meter, statements[place], limits)
        _further_rounds(meter, list(subjects.values()), when)
        measured |= {place: subject.result for place, subject in subjects.items()}
    return tuple(measured[place] for place in range(len(statements)))


def planned(session: Session, statement: BoundQuery, watched: Watched) -> Measurement:
    """A statement planned but not executed; the note says why it cannot be planned."""
    measurement = Measurement(
        statement.name,
        statement.variant,
        weight=statement.query.weight,
        fingerprint=fingerprint(statement.sql),
    )
    try:
        plan = plan_verbosely(session, statement)
    except QueryError as error:
        return replace(measurement, note=f"it cannot be planned: {error}")
    return replace(
        measurement,
        cost=float(plan["Total Cost"]),
        planned=watched.known_as(plan_indexes(plan)),
        writes=frozenset(plan_writes(plan)),
    )


def _writes(statement: BoundQuery) -> bool:
    try:
        return statement_kind(statement.query.statement).modifies
    except UsageError:  # what it is, the server says when it is planned
        return False


def _limits(meter: Meter, before: Sequence[Measurement]) -> Callable[[int, int], ExecutionOptions]:
    """How long a statement may run, by its place and how many are still to come, itself included.

    One that was measured before gets time enough to show a loss; one that was stopped then gets
    the same again, so that the two can be compared.
    """

    def limit(place: int, to_come: int) -> ExecutionOptions:
        ms = meter.deadline.limit_ms(to_come)
        earlier = before[place] if before else None
        if earlier is not None and earlier.ms is not None:
            enough = earlier.ms if earlier.timed_out else 2 * meter.options.max_loss * earlier.ms
            ms = enough if earlier.timed_out else max(ms, enough)
        ms = min(ms, meter.options.statement_timeout_ms)
        return ExecutionOptions(max(1, round(ms)), meter.options.allow_writes)

    return limit


def _first_run(meter: Meter, statement: BoundQuery, limits: ExecutionOptions) -> _Subject:
    """The plan and the warm-up, which tells what is scanned outside the plan."""
    subject = _Subject(statement, planned(meter.session, statement, meter.watched), limits)
    if subject.measured.note:
        return subject
    if statement.is_generic:
        note = "it has no values for its parameters"
        subject.measured = replace(subject.measured, note=note)
        return subject
    started = time.monotonic()
    try:
        first = execute_watched(meter.session, statement, limits, meter.watched.by_oid)
    except QueryError as error:
        subject.measured = _not_finished(subject, error, started)
        return subject
    scanned = frozenset(meter.watched.by_oid[oid] for oid in first.scanned)
    subject.first_ms = first.ms
    subject.measured = replace(subject.measured, samples_ms=(first.ms,), scanned=scanned)
    return subject


def _not_finished(subject: _Subject, error: QueryError, started: float) -> Measurement:
    limit = float(subject.limits.statement_timeout_ms)
    if error.sqlstate == QUERY_CANCELED and (time.monotonic() - started) * 1000 >= limit:
        return replace(subject.measured, samples_ms=(limit,), timed_out=True)
    return replace(subject.measured, samples_ms=(), note=_why_not_executed(error))


def _why_not_executed(error: QueryError) -> str:
    if error.sqlstate == _READ_ONLY_TRANSACTION:
        return "it writes; with --allow-writes it is executed and rolled back"
    return f"it failed: {error}"


def _further_rounds(meter: Meter, subjects: Sequence[_Subject], when: str) -> None:
    """Round after round over those that want more runs, until the time is up."""
    for round_ in range(2, 2 + MOST_RUNS):
        for number, subject in enumerate(subjects, 1):
            if subject.wants_more and meter.deadline.left_ms > subject.first_ms:
                name = subject.statement.name
                meter.on_event(Measuring(when, name, number, len(subjects), round_))
                _run_again(meter, subject)
    short = [subject for subject in subjects if _is_short_of_runs(subject)]
    if short:
        names = ", ".join(subject.statement.name for subject in short[:3])
        more = f" and {len(short) - 3} more" if len(short) > 3 else ""
        meter.on_event(
            Warned(
                f"the time for the proof ran out: fewer than {LEAST_RUNS} runs {when} of "
                f"{names}{more}; --proof-time gives more"
            )
        )


def _is_short_of_runs(subject: _Subject) -> bool:
    return subject.wants_more and len(subject.samples) < LEAST_RUNS


def _run_again(meter: Meter, subject: _Subject) -> None:
    started = time.monotonic()
    try:
        ms = execute_timed(meter.session, subject.statement, subject.limits).ms
    except QueryError as error:
        subject.measured = _not_finished(subject, error, started)
    else:
        subject.samples.append(ms)
