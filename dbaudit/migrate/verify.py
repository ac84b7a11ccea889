"""Did it pay? Judgement over measurements before and after. Pure.

A new index stays when some query uses it and gains at least `min_gain`, and none that uses it
became slower by more than `max_loss` (one that stays quick may, where the others gain many times
what it loses). Every index slows the statements that write to its table:
that counts against it when they lose more time than its queries gain, both by their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.advise.advice import AdvisedIndex
from dbaudit.migrate.measure import Measurement
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import LOW_IMPACT_MS, QueryGain
from dbaudit.migrate.watched import IndexName

#: Below 0.05 ms a time is noise (measured on the example systems): it counts as 0.05 ms.
FLOOR_MS = 0.05

#: A query that became slower by less than this has lost nothing that anyone could notice.
LEAST_LOSS_MS = 0.5

#: How many times a quick query's loss must be gained by others, both by weight, to be borne.
_BEARABLE = 10.0

#: Both measurements of one statement.
Pair = tuple[Measurement, Measurement]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an index stays; `gains` are those of the queries that use it, the best first."""

    keeps: bool
    reason: str
    gains: tuple[QueryGain, ...] = ()

    @property
    def gain(self) -> float | None:
        """The best factor, None when no query uses the index."""
        return self.gains[0].gain if self.gains else None

    @property
    def used_by(self) -> tuple[str, ...]:
        """The queries' names, each once."""
        return tuple(dict.fromkeys(gain.query for gain in self.gains))


def query_gain(before: Measurement, after: Measurement) -> QueryGain:
    """What changed for one statement: in times when both were executed, else in the plan's cost."""
    measured = before.ms is not None and after.ms is not None
    is_below_floor = measured and (after.ms or 0.0) < FLOOR_MS < (before.ms or 0.0)
    return QueryGain(
        query=after.query,
        variant=after.variant,
        ms_before=before.ms,
        ms_after=after.ms,
        cost_before=before.cost,
        cost_after=after.cost,
        gain=_time_gain(before, after) if measured else _cost_gain(before, after),
        timed_out=before.timed_out,
        is_at_least=before.timed_out or is_below_floor,
        is_low_impact=measured and not before.timed_out and (before.ms or 0.0) < LOW_IMPACT_MS,
    )


def is_slower(before: Measurement, after: Measurement, max_loss: float) -> bool:
    """Whether a statement became slower beyond noise.

    By more than the factor, by more than LEAST_LOSS_MS, and with every run after slower than every
    run before. Costs do not count: fresh statistics move them without moving the time.
    """
    if before.ms is None or after.ms is None or before.timed_out:
        return False
    return (
        after.ms > before.ms * max_loss
        and after.ms - before.ms > LEAST_LOSS_MS
        and min(after.samples_ms) > max(before.samples_ms)
    )


def loss_without(before: Measurement, after: Measurement, max_loss: float) -> str:
    """What a statement lost by a drop: in time, or in the plan's cost where it was not executed."""
    if is_slower(before, after, max_loss):
        return f"{after.query} is slower without it: {before.ms:.2f} to {after.ms:.2f} ms"
    executed = before.ms is not None and after.ms is not None
    if executed or before.cost is None or after.cost is None:
        return ""
    if after.cost > before.cost * max_loss:
        return f"{after.query} costs more without it: {before.cost:.1f} to {after.cost:.1f}"
    return ""


def judge(
    index: AdvisedIndex, pairs: Sequence[Pair], options: ApplyOptions, share: float = 1.0
) -> Verdict:
    """Whether a newly built index stays; `share` is its part of its table's new indexes, by size.

    What a write lost cannot be told apart by index. It is put down to them by their sizes, since
    what a row adds to an index is what the index is made of.
    """
    if not pairs:
        return Verdict(True, "not verified: the plan names no queries")
    name: IndexName = (index.schema, index.name)
    users = [pair for pair in pairs if pair[1].uses(name)]
    gains = tuple(sorted((query_gain(*pair) for pair in users), key=lambda g: -g.gain))
    if slowed := _slowed(users, options) or _outweighed(index, pairs, users, options, share):
        return Verdict(False, slowed, gains)
    if not users:
        return _unused(index, [after for _, after in pairs])
    best, by_cost = gains[0], gains[0].ms_after is None
    basis = " by the planner's cost (it was not executed)" if by_cost else ""
    if best.gain < options.min_gain:
        return Verdict(
            False,
            f"its best gain is {best.gain:.2f} for {best.query}{basis}, below {options.min_gain:g}",
            gains,
        )
    price = _price([*_slower_writes(index, pairs, options), *_slower(users, options)])
    return Verdict(True, f"{best.query} gains {_factor(best)}{basis}{_impact(gains)}{price}", gains)


def notes(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Why statements were not executed, one line each."""
    found = (f"{after.query}: {after.note or before.note}" for before, after in pairs)
    return tuple(dict.fromkeys(line for line in found if not line.endswith(": ")))


def _slowed(users: Sequence[Pair], options: ApplyOptions) -> str:
    """Which query became slower by using the index, unless that is bearable."""
    slower = _slower(users, options)
    if not slower or _is_bearable(slower, users):
        return ""
    return f"{_change(*slower[0])}, more than {options.max_loss:g} times"


def _slower(users: Sequence[Pair], options: ApplyOptions) -> list[Pair]:
    return [pair for pair in users if is_slower(*pair, options.max_loss)]


def _is_bearable(slower: Sequence[Pair], users: Sequence[Pair]) -> bool:
    """Whether they are all quick still, and the index's other queries gain many times that."""
    lost = sum(map(_lost, slower))
    gained = lost - sum(map(_lost, users))
    is_quick = all((after.ms or 0.0) < LOW_IMPACT_MS for _, after in slower)
    return is_quick and gained >= _BEARABLE * lost


def _outweighed(
    index: AdvisedIndex,
    pairs: Sequence[Pair],
    users: Sequence[Pair],
    options: ApplyOptions,
    share: float,
) -> str:
    """Which write lost most, where the writes lose more time than the index's queries gain."""
    slower = _slower_writes(index, pairs, options)
    if not slower or share * sum(map(_lost, slower)) <= -sum(map(_lost, users)):
        return ""
    worst = max(slower, key=_lost)
    return f"{_change(*worst)}, which by the queries' weights is more than the index saves"


def _price(slower: Sequence[Pair]) -> str:
    """What lost most by an index that stays."""
    return "".join(f"; {_change(*pair)}" for pair in sorted(slower, key=_lost)[-1:])


def _slower_writes(index: AdvisedIndex, pairs: Sequence[Pair], options: ApplyOptions) -> list[Pair]:
    """The statements that write to the index's table, do not use it, and became slower."""
    return [
        (before, after)
        for before, after in pairs
        if after.modifies((index.schema, index.table))
        and not after.uses((index.schema, index.name))
        and is_slower(before, after, options.max_loss)
    ]


def _lost(pair: Pair) -> float:
    """Milliseconds by which a statement became slower, times its weight; negative for a gain."""
    before, after = pair
    if before.ms is None or after.ms is None:
        return 0.0
    return after.weight * (after.ms - before.ms)


def _change(before: Measurement, after: Measurement) -> str:
    return f"{after.query} became slower: {before.ms:.2f} to {after.ms:.2f} ms"


def _unused(index: AdvisedIndex, after: Sequence[Measurement]) -> Verdict:
    """No plan shows it. A write's triggers may use it, which only executing the write can show."""
    served = {serve.query for serve in index.serves}
    untold = [m.query for m in after if m.query in served and m.writes and m.ms is None]
    if untold:
        return Verdict(
            True,
            f"not proven: it serves {untold[0]}, which writes and was not executed; "
            "--allow-writes measures it and rolls it back",
        )
    return Verdict(False, "no registered query uses it")


def _time_gain(before: Measurement, after: Measurement) -> float:
    return max(before.ms or 0.0, FLOOR_MS) / max(after.ms or 0.0, FLOOR_MS)


def _cost_gain(before: Measurement, after: Measurement) -> float:
    """Costs are in units of one page read; 0.01 is cpu_tuple_cost, the least that counts."""
    if before.cost is None or after.cost is None:
        return 1.0
    return max(before.cost, 0.01) / max(after.cost, 0.01)


def _impact(gains: Sequence[QueryGain]) -> str:
    if not all(gain.is_low_impact for gain in gains):
        return ""
    return f"; low impact: no query that uses it took {LOW_IMPACT_MS:g} ms before"


def _factor(gain: QueryGain) -> str:
    return f"{'at least ' if gain.is_at_least else ''}{gain.gain:.1f} times"
