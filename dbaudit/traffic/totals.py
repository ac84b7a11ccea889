"""What each statement has cost in all, kept in bounded memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeVar

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.histogram import Histogram
from dbaudit.traffic.shape import Shape
from dbaudit.traffic.shapes import Seen, Values
from dbaudit.traffic.steps import Columns, Steps

#: Statements that are told apart; the least costly of more are summed up together.
MAX_STATEMENTS = 10_000
#: Different databases with user and application, and different tags, kept for one statement.
MAX_ORIGINS = 50
MAX_TAGS = 50
#: Texts longer than this are no examples: they would fill the memory.
MAX_EXAMPLE = 20_000

Origin = tuple[str | None, str | None, str | None]
Tag = tuple[str, str]
K = TypeVar("K", Origin, Tag)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Example:
    """One execution as it was: `values` are its literals as written, then what was bound.

    `parameters` are the bound values alone, None where they are not told. `loads` is as in
    Execution.
    """

    text: str
    values: Values
    parameters: tuple[str | None, ...] | None
    duration_ms: float | None
    at: float
    place: str | None
    loads: str | None = None


@dataclass(slots=True)
class StatementTotals:
    """The sums of one statement.

    Times are in ms. `calls` counts a batch (executemany) as the executions that it is, each with an
    equal part of its time; `timed` counts the calls whose duration is known, `total_ms` is theirs.
    `rows` is None where no source told it; `errors` are executions that failed, counted in `calls`
    too. `first_at` and `last_at` are seconds since the epoch. `origins` counts (database, user,
    application), `tags` (name, value); past their limits new ones are not told apart.
    `sampled` are executions from the 1st, 2nd, 4th, 8th … on, of which one is typical.
    """

    shape: Shape
    calls: int = 0
    timed: int = 0
    total_ms: float = 0.0
    slowest_ms: float = -1.0
    rows: int | None = None
    errors: int = 0
    temp_blocks: int | None = None
    shared_blocks: int | None = None
    first_at: float = float("inf")
    last_at: float = float("-inf")
    query_id: int | None = None
    durations: Histogram = field(default_factory=Histogram)
    origins: dict[Origin, int] = field(default_factory=dict)
    tags: dict[Tag, int] = field(default_factory=dict)
    slowest: Example | None = None
    sampled: list[Example] = field(default_factory=list)

    @property
    def mean_ms(self) -> float | None:
        """The mean duration; None where none is known."""
        return self.total_ms / self.timed if self.timed else None

    @property
    def p95_ms(self) -> float | None:
        """The duration that 95 % do not exceed, to 2 %; None where none is known."""
        return self.durations.quantile(0.95)

    @property
    def typical(self) -> Example | None:
        """Of the samples the one whose duration is nearest to the median."""
        median = self.durations.quantile(0.5) or 0.0
        return min(self.sampled, key=lambda e: abs((e.duration_ms or 0.0) - median), default=None)

    def add(self, steps: Steps, places: Sequence[int]) -> None:
        """Add the executions of the statement, which stand at those places, at least one."""
        pick = _picker(places)
        every, told = steps.every, steps.told
        at = pick(every.at)
        self.first_at = min(self.first_at, *at)
        self.last_at = max(self.last_at, *at)
        self._add_times(steps, places, pick(every.duration_ms))
        if told is not None:
            self.errors += sum(pick(told.failed))
            self.rows = _sum(self.rows, _sum_known(pick(told.rows)))
        if steps.has_query_ids:
            self.query_id = _last_known(pick(every.query_id), self.query_id)
        for origin, count in Counter(pick(steps.origins)).items():
            _count(self.origins, origin, count, MAX_ORIGINS)
        if steps.has_tags:
            for tag in (tag for tags in pick(steps.tags) for tag in tags.origin.items()):
                _count(self.tags, tag, 1, MAX_TAGS)

    def _add_times(
        self, steps: Steps, places: Sequence[int], durations: Sequence[float | None]
    ) -> None:
        known = [ms for ms in durations if ms is not None]
        self.total_ms += sum(known)
        slowest = max(known, default=-1.0)
        if slowest > self.slowest_ms:
            self.slowest_ms = slowest
            step = steps.pairs[places[durations.index(slowest)]]
            self.slowest = example(*step) or self.slowest
        if steps.are_one_call_each:
            self._add_calls(steps, places)
            self.timed += len(known)
            self.durations.add_all(known)
        else:
            self._add_unlike_calls(steps, places)

    def _add_calls(self, steps: Steps, places: Sequence[int]) -> None:
        before = self.calls
        self.calls += len(places)
        number = 1 << before.bit_length()
        while number <= self.calls:
            self._sample(steps, places[number - before - 1])
            number *= 2

    def _add_unlike_calls(self, steps: Steps, places: Sequence[int]) -> None:
        """Add executions that are not one call each."""
        for place in places:
            execution = steps.pairs[place][1]
            number = execution.told.calls
            if not number:
                continue
            self.calls += number
            if not self.calls & (self.calls - 1):
                self._sample(steps, place)
            if execution.duration_ms is not None:
                self.timed += number
                self.durations.add(execution.duration_ms / number, number)

    def _sample(self, steps: Steps, place: int) -> None:
        """Keep one of the calls that are the 1st, 2nd, 4th, 8th …."""
        told = example(*steps.pairs[place])
        if told is not None:
            self.sampled.append(told)

    def merge(self, other: StatementTotals) -> None:
        """Add what another worker has summed up of the same statement."""
        self.calls += other.calls
        self.timed += other.timed
        self.total_ms += other.total_ms
        self.errors += other.errors
        self.rows = _sum(self.rows, other.rows)
        self.temp_blocks = _sum(self.temp_blocks, other.temp_blocks)
        self.shared_blocks = _sum(self.shared_blocks, other.shared_blocks)
        self.first_at = min(self.first_at, other.first_at)
        self.last_at = max(self.last_at, other.last_at)
        self.query_id = self.query_id if self.query_id is not None else other.query_id
        self.durations.merge(other.durations)
        if other.slowest_ms > self.slowest_ms or self.slowest is None:
            self.slowest, self.slowest_ms = other.slowest, other.slowest_ms
        self.sampled = sorted([*self.sampled, *other.sampled], key=lambda e: e.at)[:64]
        for origin, count in other.origins.items():
            _count(self.origins, origin, count, MAX_ORIGINS)
        for tag, count in other.tags.items():
            _count(self.tags, tag, count, MAX_TAGS)


@dataclass(slots=True)
class Totals:
    """The sums of all statements, by fingerprint.

    `others` counts the executions of statements that were too many to keep, `others_ms` their time.
    `nested_calls` counts what ran inside functions: it is not in the sums, as its time is part of
    the statement that called the function.
    """

    statements: dict[str, StatementTotals] = field(default_factory=dict)
    others: int = 0
    others_ms: float = 0.0
    nested_calls: int = 0

    @property
    def total_ms(self) -> float:
        """The time of everything."""
        return sum(s.total_ms for s in self.statements.values()) + self.others_ms

    @property
    def calls(self) -> int:
        """The executions of everything."""
        return sum(s.calls for s in self.statements.values()) + self.others

    def add(self, steps: Steps) -> None:
        """Add executions in their order; of many at once each takes a fraction of the time."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, form in enumerate(steps.forms):
            places[form.name].append(place)
        for name, found in places.items():
            outer = found if steps.told is None else self._without_nested(steps.told, found)
            if outer:
                known = self.statements.get(name) or self._new(steps.forms[outer[0]].shape)
                known.add(steps, outer)

    def _without_nested(self, told: Columns, places: Sequence[int]) -> list[int]:
        outer = [place for place in places if told.context[place] is None]
        self.nested_calls += len(places) - len(outer)
        return outer

    def merge(self, other: Totals) -> None:
        """Add what another worker has summed up; `other` must not be used any more."""
        self.others += other.others
        self.others_ms += other.others_ms
        self.nested_calls += other.nested_calls
        for fingerprint, theirs in other.statements.items():
            ours = self.statements.get(fingerprint)
            if ours is None:
                self.statements[fingerprint] = theirs
            else:
                ours.merge(theirs)
        if len(self.statements) > MAX_STATEMENTS:
            self._let_go()

    def by_time(self) -> Iterator[StatementTotals]:
        """The statements, the costliest first."""
        yield from sorted(
            self.statements.values(), key=lambda s: (-s.total_ms, -s.calls, s.shape.fingerprint)
        )

    def _new(self, shape: Shape) -> StatementTotals:
        if len(self.statements) >= MAX_STATEMENTS:
            self._let_go()
        found = self.statements[shape.fingerprint] = StatementTotals(shape)
        return found

    def _let_go(self) -> None:
        """Sum up the less costly half together."""
        for found in list(self.by_time())[MAX_STATEMENTS // 2 :]:
            self.others += found.calls
            self.others_ms += found.total_ms
            del self.statements[found.shape.fingerprint]


def example(seen: Seen, execution: Execution) -> Example | None:
    """The execution as an example; None where its text is too long to keep."""
    if len(execution.text) > MAX_EXAMPLE:
        return None
    return Example(
        text=execution.text,
        values=seen.values,
        parameters=execution.parameters,
        duration_ms=execution.duration_ms,
        at=execution.at,
        place=execution.told.place or seen.tags.place,
        loads=execution.told.loads,
    )


def _picker(places: Sequence[int]) -> Callable[[Sequence[T]], Sequence[T]]:
    """What takes the values at those places from a column."""
    if len(places) > 1:
        return itemgetter(*places)
    [place] = places
    return lambda column: (column[place],)


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _sum_known(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _last_known(values: Sequence[int | None], default: int | None) -> int | None:
    return next((value for value in reversed(values) if value is not None), default)


def _count(counts: dict[K, int], key: K, count: int, limit: int) -> None:
    if key in counts or len(counts) < limit:
        counts[key] = counts.get(key, 0) + count
