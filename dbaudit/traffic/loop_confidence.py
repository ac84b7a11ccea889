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
    """The stretch of a unit that a loop takes, and what makes it more or less credible."""

    first: int
    last: int
    times: int
    is_one: bool
    transactions: int
    foreign_share: float
    gap_ms: float

    def is_tight(self, limits: LoopLimits, mean_ms: float) -> bool:
        """Whether the application waits for the server rather than the other way round."""
        return self.gap_ms <= max(limits.tight_gap_ms, 2 * mean_ms)


def confidence_of_reads(
    unit: Unit,
    members: Sequence[Member],
    span: Span,
    parent: int | None,
    limits: LoopLimits,
) -> Confidence | None:
    """How credible it is that rows are looked up one by one; None when it is not."""
    is_known = all(member.varied.variation is not Variation.UNKNOWN for member in members)
    is_tight = span.is_tight(limits, mean_ms(unit, members))
    rows = unit.steps[parent][1].rows if parent is not None else None
    counts = {span.times, *(member.varied.keys for member in members)}
    if rows is not None and rows in counts:
        return Confidence.LIKELY
    if any(e.loads for member in members for e in unit.executions(member.run)):
        return Confidence.LIKELY  # an ORM's own word that it loaded row by row
    if span.is_one:
        return Confidence.LIKELY if is_known and parent is not None else Confidence.POSSIBLE
    if span.foreign_share > limits.foreign_share:
        return None
    if parent is None:
        is_burst = len(members) == 1 and not span.foreign_share and not span.transactions
        is_burst = is_burst and is_tight and is_known and span.times <= limits.longest_orphan
        return Confidence.POSSIBLE if is_burst else None
    is_likely = is_tight and is_known and not span.transactions
    return Confidence.LIKELY if is_likely else Confidence.POSSIBLE


def confidence_of_writes(
    unit: Unit,
    members: Sequence[Member],
    span: Span,
    parent: int | None,
    limits: LoopLimits,
) -> Confidence | None:
    """How credible it is that one application writes row by row; None when it is not."""
    if span.is_one:
        return Confidence.LIKELY
    is_tight = span.is_tight(limits, mean_ms(unit, members))
    if span.foreign_share > limits.foreign_share or not is_tight:
        return None
    is_lone = len(members) == 1 and not span.foreign_share
    if span.transactions:  # each turn is a transaction: a script's loop, or traffic
        return Confidence.POSSIBLE if is_lone and _is_alone(unit, span, members) else None
    is_many = is_lone and span.times >= _MANY_WRITES
    return Confidence.LIKELY if is_many or parent is not None else Confidence.POSSIBLE


def _is_alone(unit: Unit, span: Span, members: Sequence[Member]) -> bool:
    """Whether nothing but BEGIN and COMMIT stands between the executions of the members."""
    data = sum(
        1 for seen, _ in unit.steps[span.first : span.last + 1] if seen.form.shape.reads_or_writes
    )
    return data == sum(len(member.run.at) for member in members)


def mean_ms(unit: Unit, members: Sequence[Member]) -> float:
    """What one execution takes on average."""
    times = [e.duration_ms or 0.0 for m in members for e in unit.executions(m.run)]
    return sum(times) / len(times)
