"""Quantiles of durations in little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log

from dbaudit.traffic.memo import Memo

#: How far a quantile may be off. Each bucket is wider than the one before by a constant factor, and
#: its value is the one with the same relative distance to both of its ends: DDSketch (Masson, Rim,
#: Lee, VLDB 2019, https://arxiv.org/abs/1908.10693), section 2.1.
ACCURACY = 0.02
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_SCALE = 1 / log(_GAMMA)
#: Shorter times, in ms, share one bucket: logs give microseconds.
_SHORTEST = 0.001
_LONGEST = 1e10


def _bucket(ms: float) -> int:
    return ceil(log(min(max(ms, _SHORTEST), _LONGEST)) * _SCALE)


#: Logs give microseconds, so most durations come again.
_buckets = Memo(_bucket)


@dataclass(slots=True)
class Histogram:
    """How many durations fell in each bucket; at most 750 of them."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, ms: float, times: int = 1) -> None:
        """Count a duration, which came so many times."""
        self.counts[_buckets[ms]] += times

    def add_all(self, durations: Iterable[float]) -> None:
        """Count durations."""
        self.counts.update(_buckets.all(durations))

    def merge(self, other: Histogram) -> None:
        """Add what another has counted."""
        self.counts.update(other.counts)

    def quantile(self, share: float) -> float | None:
        """The duration, in ms, that this share of all does not exceed; None without any."""
        left = share * (sum(self.counts.values()) - 1)
        for bucket in sorted(self.counts):
            left -= self.counts[bucket]
            if left < 0:
                return 2 * _GAMMA**bucket / (_GAMMA + 1)
        return None
