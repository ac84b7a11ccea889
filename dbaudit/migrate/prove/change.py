"""What changed for one statement between two measurements. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.migrate.outcome import LOW_IMPACT_MS, QueryGain
from dbaudit.migrate.prove.measure import Measurement
from dbaudit.migrate.prove.noise import is_shorter, quartiles

#: Below 0.05 ms a time is noise (measured on the example systems): it counts as 0.05 ms.
FLOOR_MS = 0.05

#: A query that became slower by less than this has lost nothing that anyone could notice.
LEAST_LOSS_MS = 0.5

#: The least factor that is worth a word.
_LEAST_LOSS = 1.1

#: Both measurements of one statement.
Pair = tuple[Measurement, Measurement]


def query_gain(before: Measurement, after: Measurement) -> QueryGain:
    """What changed for one statement: in times when both were executed, else in the plan's cost."""
    measured = before.ms is not None and after.ms is not None
    is_below_floor = measured and (after.ms or 0.0) < FLOOR_MS < (before.ms or 0.0)
    gain = _time_gain(before, after) if measured else _cost_gain(before, after)
    low_before, high_before = quartiles(before.samples_ms) or (None, None)
    low_after, high_after = quartiles(after.samples_ms) or (None, None)
    return QueryGain(
        query=after.query,
        variant=after.variant,
        ms_before=before.ms,
        ms_after=after.ms,
        cost_before=before.cost,
        cost_after=after.cost,
        gain=gain,
        timed_out=before.timed_out,
        is_at_least=before.timed_out or is_below_floor,
        is_low_impact=measured and not before.timed_out and (before.ms or 0.0) < LOW_IMPACT_MS,
        runs_before=len(before.samples_ms),
        runs_after=len(after.samples_ms),
        ms_before_low=low_before,
        ms_before_high=high_before,
        ms_after_low=low_after,
        ms_after_high=high_after,
        is_beyond_noise=is_quicker(before, after) or is_shorter(*_samples(before, after)),
        became_slower=is_slower(before, after, _LEAST_LOSS),
        interleaved=before.interleaved,
        gain_alone=gain if before.alone else None,
        note=after.note or before.note,
        fingerprint=after.fingerprint,
    )


def is_quicker(before: Measurement, after: Measurement) -> bool:
    """Whether a statement became quicker beyond noise.

    One that was stopped at its limit would have taken longer, by nobody knows how much: it is
    quicker when all runs after end before that limit.
    """
    if before.timed_out:
        return not after.timed_out and bool(after.samples_ms) and _ended_within(before, after)
    return not after.timed_out and is_shorter(after.samples_ms, before.samples_ms)


def is_slower(before: Measurement, after: Measurement, max_loss: float) -> bool:
    """Whether a statement became slower beyond noise.

    By more than the factor, by more than LEAST_LOSS_MS, and by more than chance. Costs do not
    count: fresh statistics move them without moving the time.
    """
    if before.ms is None or after.ms is None or before.timed_out:
        return False
    is_more = after.ms > before.ms * max_loss and after.ms - before.ms > LEAST_LOSS_MS
    return is_more and is_shorter(before.samples_ms, after.samples_ms)


def lost_ms(pair: Pair) -> float:
    """Milliseconds by which a statement became slower, times its weight; negative for a gain.

    What cannot be told from noise counts as nothing.
    """
    before, after = pair
    if before.ms is None or after.ms is None:
        return 0.0
    is_real = is_quicker(before, after) or is_shorter(before.samples_ms, after.samples_ms)
    return after.weight * (after.ms - before.ms) if is_real else 0.0


def slower_text(before: Measurement, after: Measurement) -> str:
    """How a statement changed for the worse."""
    return f"{after.query} became slower: {before.ms:.2f} to {after.ms:.2f} ms"


def notes(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Why statements were not executed, one line each."""
    found = (f"{after.query}: {after.note or before.note}" for before, after in pairs)
    return tuple(dict.fromkeys(line for line in found if not line.endswith(": ")))


def _samples(before: Measurement, after: Measurement) -> tuple[Sequence[float], Sequence[float]]:
    """What a loss is seen by: nothing where it is not known how long it took before."""
    return ((), ()) if before.timed_out else (before.samples_ms, after.samples_ms)


def _ended_within(before: Measurement, after: Measurement) -> bool:
    return max(after.samples_ms) < min(before.samples_ms)


def _time_gain(before: Measurement, after: Measurement) -> float:
    return max(before.ms or 0.0, FLOOR_MS) / max(after.ms or 0.0, FLOOR_MS)


def _cost_gain(before: Measurement, after: Measurement) -> float:
    """Costs are in units of one page read; 0.01 is cpu_tuple_cost, the least that counts."""
    if before.cost is None or after.cost is None:
        return 1.0
    return max(before.cost, 0.01) / max(after.cost, 0.01)
