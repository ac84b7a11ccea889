"""Is one set of times shorter than another, or is it noise? For few runs of any distribution."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import comb
from statistics import median, quantiles

#: The chance at which noise alone would order the samples so: with three runs on each side, every
#: run of the one must be shorter than every run of the other (1 of 20 orders).
SIGNIFICANCE = 0.05

#: Fewer runs than these prove nothing by their order.
LEAST_RUNS = 3

#: By so much must the times of fewer runs differ to be believed: one run on a busy machine easily
#: takes half as long again.
_PLAIN_FACTOR = 2.0


def is_shorter(shorter: Sequence[float], longer: Sequence[float]) -> bool:
    """Whether the first times are shorter than the second beyond noise.

    The exact one-sided rank test of Mann and Whitney ("On a test of whether one of two random
    variables is stochastically larger than the other", Annals of Mathematical Statistics 18,
    1947): it asks in how many of the orders in which the runs could stand by chance as many or
    more of them would stand right. One run that was disturbed does not decide it, as it would
    decide means. With fewer than LEAST_RUNS on a side no run may overlap, and the medians must
    differ by a factor of 2.
    """
    if not shorter or not longer:
        return False
    if min(len(shorter), len(longer)) < LEAST_RUNS:
        return max(shorter) < min(longer) and median(longer) >= _PLAIN_FACTOR * median(shorter)
    wrong = sum((a > b) + (a == b) / 2 for a in shorter for b in longer)
    at_most = int(wrong + 0.5)  # a tie counts against it
    orders = sum(_orders(len(shorter), len(longer), count) for count in range(at_most + 1))
    return orders <= SIGNIFICANCE * comb(len(shorter) + len(longer), len(shorter))


def quartiles(samples: Sequence[float]) -> tuple[float, float] | None:
    """The first and third quartile, None for fewer than two samples."""
    if len(samples) < 2:
        return None
    first, _, third = quantiles(samples, n=4, method="inclusive")
    return first, third


@cache
def _orders(first: int, second: int, wrong: int) -> int:
    """In how many orders of so many samples exactly `wrong` pairs stand the wrong way round."""
    if wrong < 0 or first < 0 or second < 0:
        return 0
    if first == 0 or second == 0:
        return int(wrong == 0)
    return _orders(first - 1, second, wrong - second) + _orders(first, second - 1, wrong)
