"""How sure it is that repeated statements are a loop of one application, and not its traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dbaudit.findings import Confidence
from dbaudit.traffic.loop import LoopLimits
from dbaudit.traffic.loop_unit import Run, Unit
from dbaudit.traffic.loop_values import Variation, Varied

#: No chance, nor a pool's traffic: so many writes of one shape without anything between.
_MANY_WRITES = 20
#: A loop of whose turns so many are the same is no chance of a pool's traffic.
_REGULAR = 0.75
#: On any network a loop takes longer than this for each of its statements: a round trip within a
#: data centre takes 0.5 ms (J. Dean, "Numbers Everyone Should Know"), on the fastest about so much.
_ROUND_TRIP_MS = 0.1


@dataclass(frozen=True, slots=True)
class Member:
    """A run with what varies in it."""

    run: Run
    varied: Varied
    is_query: bool

    @property
    def looks_up(self) -> bool:
        """Whether it is a query that asks for one key after another."""
        return self.is_query and self.varied.variation in (Variation.KEYED, Variation.UNKNOWN)


class Span(NamedTuple):
    """The stretch of a unit that a loop takes, and what makes it more or less credible.

    `parent` is where its parent stands, `is_led` whether that is right before it. `is_one` says
    that it is known to be within one request or transaction. `gap_ms` is how long the application
    does something else in each turn. The rest matters only where it is not known to be one.
    """

    first: int
    last: int
    times: int
    parent: int | None
    is_led: bool
    is_one: bool
    gap_ms: float
    transactions: int = 0
    foreign_share: float = 0.0
    alike_share: float = 1.0

    def is_credible(self, limits: LoopLimits) -> bool:
        """Whether its turns are so much the same that one loop must have made them."""
        is_alike = self.alike_share >= limits.alike_share
        return is_alike and self.foreign_share <= limits.foreign_share

    def is_tight(self, limits: LoopLimits, mean_ms: float) -> bool:
        """Whether the application waits for the server rather than the other way round."""
        return self.gap_ms <= max(limits.tight_gap_ms, 2 * mean_ms)


def confidence_of_reads(
    unit: Unit, members: Sequence[Member], span: Span, limits: LoopLimits
) -> Confidence | None:
    """How credible it is that rows are looked up one by one; None when it is not."""
    is_known = all(member.varied.variation is not Variation.UNKNOWN for member in members)
    has_parent = span.parent is not None
    if _matches_parent(unit, members, span) or _is_orms_word(unit, members):
        return Confidence.LIKELY
    if span.is_one:
        return Confidence.LIKELY if is_known and has_parent else Confidence.POSSIBLE
    if not span.is_credible(limits):
        return None
    is_tight = span.is_tight(limits, mean_ms(unit, members))
    if not has_parent:
        is_burst = len(members) == 1 and not span.foreign_share and not span.transactions
        is_whole = span.times <= limits.longest_orphan and not (unit.goes_on and not span.first)
        return Confidence.POSSIBLE if is_burst and is_whole and is_tight and is_known else None
    is_likely = is_tight and is_known and not span.transactions and _is_regular(span)
    return Confidence.LIKELY if is_likely else Confidence.POSSIBLE


def _is_regular(span: Span) -> bool:
    return span.is_led and span.alike_share >= _REGULAR


def _matches_parent(unit: Unit, members: Sequence[Member], span: Span) -> bool:
    """Whether the parent is known to have given a row for each turn, or for each key."""
    rows = unit.steps[span.parent][1].told.rows if span.parent is not None else None
    return rows is not None and rows in {span.times, *(m.varied.keys for m in members)}


def _is_orms_word(unit: Unit, members: Sequence[Member]) -> bool:
    """Whether an ORM told that it loaded row by row."""
    return any(e.told.loads for member in members for e in unit.executions(member.run))


def confidence_of_writes(
    unit: Unit, members: Sequence[Member], span: Span, limits: LoopLimits
) -> Confidence | None:
    """How credible it is that one application writes row by row; None when it is not."""
    if span.is_one:
        return Confidence.LIKELY
    if not span.is_credible(limits) or not span.is_tight(limits, mean_ms(unit, members)):
        return None
    is_lone = len(members) == 1 and not span.foreign_share
    if span.transactions:  # each turn is a transaction: a script's loop, or traffic
        return Confidence.POSSIBLE if is_lone and _is_alone(unit, span, members) else None
    is_many = is_lone and span.times >= _MANY_WRITES
    return Confidence.LIKELY if is_many or _is_regular(span) else Confidence.POSSIBLE


def _is_alone(unit: Unit, span: Span, members: Sequence[Member]) -> bool:
    """Whether nothing but BEGIN and COMMIT stands between the executions of the members."""
    data = sum(
        1 for seen, _ in unit.steps[span.first : span.last + 1] if seen.form.shape.reads_or_writes
    )
    return data == sum(len(member.run.at) for member in members)


def may_be_pipeline(unit: Unit, members: Sequence[Member]) -> bool:
    """Whether a log leaves open that the rows were sent together, as executemany() may send them.

    A pipeline (psycopg 3, asyncpg, JDBC's batches) is logged as a loop is, row by row. It binds its
    values, and no round trip is between its rows. The server's process may have to wait amid them,
    so the milliseconds are counted in which a row was done, not those that passed. A trace tells.
    """
    done = [e for member in members for e in unit.executions(member.run)]
    if any(e.parameters == () or e.told.library is not None for e in done):
        return False
    times = {round(e.at * 1000) for e in done}
    if not any(time % 1000 for time in times):
        return False  # the log tells seconds only
    return len(times) - 2 < _ROUND_TRIP_MS * (len(done) - 1)


def mean_ms(unit: Unit, members: Sequence[Member]) -> float:
    """What one execution takes on average."""
    times = [e.duration_ms or 0.0 for m in members for e in unit.executions(m.run)]
    return sum(times) / len(times)
