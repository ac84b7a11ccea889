"""Did it pay? Judgement over measurements before and after. Pure.

A new index stays when some query uses it and gains at least `min_gain`, beyond noise, and none
that uses it became slower by more than `max_loss`, beyond noise (one that stays quick may, where
the others gain many times what it loses). Every index slows the statements that write to its table:
that counts against it when they lose more time than its queries gain, both by their weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbaudit.advise.advice import AdvisedIndex
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import LOW_IMPACT_MS, QueryGain
from dbaudit.migrate.prove.change import Pair, is_slower, lost_ms, query_gain, slower_text
from dbaudit.migrate.prove.measure import Measurement
from dbaudit.migrate.prove.watched import IndexName

#: How many times a quick query's loss must be gained by others, both by weight, to be borne.
_BEARABLE = 10.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an index stays; `gains` are those of the queries that use it, the best first.

    Where several new indexes serve a query, its gain is by this one alone, if that is known.
    `saved_ms` is what its queries gain and its writes lose in all, by weight.
    """

    keeps: bool
    reason: str
    gains: tuple[QueryGain, ...] = ()
    saved_ms: float = 0.0


def judge(index: AdvisedIndex, pairs: Sequence[Pair], options: ApplyOptions) -> Verdict:
    """Whether a newly built index stays; `pairs` are the measurements without it and with it."""
    if not pairs:
        return Verdict(True, "not verified: the plan names no queries")
    name: IndexName = (index.schema, index.name)
    users = [pair for pair in pairs if pair[1].uses(name)]
    writes = _slower_writes(index, pairs, options)
    gains = tuple(sorted((query_gain(*pair) for pair in users), key=lambda g: -g.gain))
    saved_ms = -sum(map(lost_ms, (*users, *writes)))
    if slowed := _slowed(users, options) or _outweighed(writes, users):
        return Verdict(False, slowed, gains, saved_ms)
    if not users:
        return _unused(index, [after for _, after in pairs])
    if poor := _poor(gains, options):
        return Verdict(False, poor, gains, saved_ms)
    best = _proven(gains)[0]
    price = _price([*writes, *_slower(users, options)])
    reason = f"{best.query} gains {_factor(best)}{_basis(best)}{_impact(gains)}{price}"
    return Verdict(True, reason, gains, saved_ms)


def next_to_go(verdicts: Mapping[IndexName, Verdict]) -> tuple[IndexName, ...]:
    """Which of the new indexes that do not stay is taken back next.

    One at a time, the one that saves least: without it the planner may use another one, and what
    that one gains is another matter then. Those that nothing uses come last, for the same reason,
    and all at once: no plan changes without them.
    """
    failing = {name: verdict for name, verdict in verdicts.items() if not verdict.keeps}
    used = {name: verdict for name, verdict in failing.items() if verdict.gains}
    if used:
        return (min(used, key=lambda name: used[name].saved_ms),)
    return tuple(failing)


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


def _slowed(users: Sequence[Pair], options: ApplyOptions) -> str:
    """Which query became slower by using the index, unless that is bearable."""
    slower = _slower(users, options)
    if not slower or _is_bearable(slower, users):
        return ""
    return f"{slower_text(*max(slower, key=lost_ms))}, more than {options.max_loss:g} times"


def _slower(users: Sequence[Pair], options: ApplyOptions) -> list[Pair]:
    return [pair for pair in users if is_slower(*pair, options.max_loss)]


def _is_bearable(slower: Sequence[Pair], users: Sequence[Pair]) -> bool:
    """Whether they are all quick still, and the index's other queries gain many times that."""
    lost = sum(map(lost_ms, slower))
    gained = lost - sum(map(lost_ms, users))
    is_quick = all((after.ms or 0.0) < LOW_IMPACT_MS for _, after in slower)
    return is_quick and gained >= _BEARABLE * lost


def _outweighed(writes: Sequence[Pair], users: Sequence[Pair]) -> str:
    """Which write lost most, where the writes lose more time than the index's queries gain."""
    if not writes or sum(map(lost_ms, writes)) <= -sum(map(lost_ms, users)):
        return ""
    worst = slower_text(*max(writes, key=lost_ms))
    return f"{worst}, which by the queries' weights is more than the index saves"


def _poor(gains: Sequence[QueryGain], options: ApplyOptions) -> str:
    """Why no gain is enough, or empty."""
    best = gains[0]
    if best.gain < options.min_gain:
        return (
            f"its best gain is {best.gain:.2f} for {best.query}{_basis(best)}, "
            f"below {options.min_gain:g}"
        )
    proven = _proven(gains)
    if not proven or proven[0].gain < options.min_gain:
        return (
            f"its best gain, {best.gain:.2f} for {best.query}, cannot be told from noise "
            f"({best.runs_before} and {best.runs_after} runs)"
        )
    return ""


def _proven(gains: Sequence[QueryGain]) -> list[QueryGain]:
    """Those beyond noise; a planner's cost has none."""
    return [gain for gain in gains if gain.is_beyond_noise or _is_by_cost(gain)]


def _price(slower: Sequence[Pair]) -> str:
    """What lost most by an index that stays."""
    return "".join(f"; {slower_text(*pair)}" for pair in sorted(slower, key=lost_ms)[-1:])


def _slower_writes(index: AdvisedIndex, pairs: Sequence[Pair], options: ApplyOptions) -> list[Pair]:
    """The statements that write to the index's table, do not use it, and became slower."""
    return [
        (before, after)
        for before, after in pairs
        if after.modifies((index.schema, index.table))
        and not after.uses((index.schema, index.name))
        and is_slower(before, after, options.max_loss)
    ]


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


def _impact(gains: Sequence[QueryGain]) -> str:
    if not all(gain.is_low_impact for gain in gains):
        return ""
    return f"; low impact: no query that uses it took {LOW_IMPACT_MS:g} ms before"


def _factor(gain: QueryGain) -> str:
    return f"{'at least ' if gain.is_at_least else ''}{gain.gain:.1f} times"


def _is_by_cost(gain: QueryGain) -> bool:
    return gain.ms_before is None or gain.ms_after is None


def _basis(gain: QueryGain) -> str:
    if _is_by_cost(gain):
        return " by the planner's cost (it was not executed)"
    return "" if gain.gain_alone is None else " by this index alone"
