"""How many distinct keys a table holds, and how many rows each has, by those of a sample.

What is counted is not rows, as ANALYZE does, but pages in which a key occurs: the rows of a page
come into the sample together and are often alike, the pages come each by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dbaudit.targets.sampled import OFTEN, KeyGroup

#: Steps towards the most likely frequencies; more only fit them to the noise.
_STEPS = 400

#: Frequencies tried grow by this factor.
_GRID_STEP = 1.35

#: How much likelier (twice the log) different frequencies must be than equal ones.
_EVIDENCE = 6.0

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KeyClass:
    """Distinct keys alike: how many, the rows of each, and the bytes of an index tuple.

    The rows of a key are in so many `pages`; 1 also where nobody looked, in a table read whole.
    """

    keys: float
    rows: float
    bytes: float
    pages: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`counts[i]` keys occurred in i + 1 pages of a sample that holds this share of the table."""

    counts: tuple[float, ...]
    share: float

    @property
    def keys(self) -> float:
        """The keys that were seen at all (d)."""
        return sum(self.counts)

    @property
    def pages(self) -> float:
        """In how many pages they occurred, summed (n)."""
        return sum(i * count for i, count in enumerate(self.counts, start=1))


def key_classes(groups: Sequence[KeyGroup], share: float) -> tuple[KeyClass, ...]:
    """All keys of a table of which this share (0 to 1) was sampled.

    Those that occurred in `OFTEN` pages are known. For the others, Duj1 supposes that all are
    equally frequent; where they are not, the likeliest frequencies are looked for.
    """
    if share >= 1:
        return tuple(_scaled(group, 1.0) for group in groups)
    often = [group for group in groups if group.pages >= OFTEN * group.keys]
    seldom = [group for group in groups if group.pages < OFTEN * group.keys]
    known = tuple(_scaled(group, share) for group in often)
    return (*known, *_seldom(seldom, share)) if seldom else known


def duj1(seen: Seen) -> float:
    """n*d / (n - f1 + f1*n/N), at least d: what ANALYZE takes (compute_distinct_stats, analyze.c).

    Haas and Stokes, "Estimating the Number of Classes in a Finite Population" (1998).
    """
    n, once = seen.pages, seen.counts[0]
    return max(seen.keys, n * seen.keys / (n - once + once * seen.share))


def likeliest(seen: Seen) -> list[tuple[float, float]]:
    """The likeliest frequencies: pairs (in how many pages of the table, how many keys).

    Each key is sampled by a binomial law of its frequency; the mixture is found by expectation and
    maximisation, as Norris and Pollock, "Non-parametric MLE for Poisson species abundance models"
    (1998), do. Keys equally frequent are left to Duj1, unless the evidence is against it.
    """
    counts = np.array(seen.counts)
    equal = duj1(seen)
    frequency = seen.pages / seen.share / equal
    grid = _grid(len(counts), seen.share)
    chances = _chances(grid, len(counts), seen.share)
    keys = seen.pages / seen.share / len(grid) / grid
    reached = np.maximum(chances.sum(axis=0), 1e-12)
    for _ in range(_STEPS):
        keys *= (counts / np.maximum(chances @ keys, 1e-300)) @ chances / reached
    equally = _chances(np.array([frequency]), len(counts), seen.share)[:, 0]
    if 2 * (_log_likelihood(counts, chances @ keys) - _log_likelihood(counts, equally)) < _EVIDENCE:
        return [(frequency, equal)]
    keys *= (1 - seen.share) ** grid + reached  # without those that are counted as known
    return [(m, k) for m, k in zip(grid.tolist(), keys.tolist(), strict=True) if k > 1e-3]


def _scaled(group: KeyGroup, share: float) -> KeyClass:
    """Keys that are all known, in the whole table."""
    pages = group.pages / group.keys / share
    return KeyClass(group.keys, group.rows / group.keys / share, group.bytes, pages)


def _seldom(groups: Sequence[KeyGroup], share: float) -> list[KeyClass]:
    counts = [0.0] * (OFTEN - 1)
    for group in groups:
        counts[group.pages // group.keys - 1] += group.keys
    found = likeliest(Seen(tuple(counts), share))
    rows = sum(group.rows for group in groups) / share
    rows_a_page = rows / sum(pages * keys for pages, keys in found)
    mean_bytes = sum(g.keys * g.bytes for g in groups) / sum(g.keys for g in groups)
    return [
        KeyClass(
            min(keys, pages * keys * rows_a_page),
            max(pages * rows_a_page, 1.0),
            mean_bytes,
            pages,
        )
        for pages, keys in found
    ]


def _grid(most_seen: int, share: float) -> _Array:
    """Frequencies from 1 to twice the one that is seen most often."""
    grid = [1.0]
    while grid[-1] < 2 * most_seen / share:
        grid.append(max(grid[-1] + 1, round(grid[-1] * _GRID_STEP)))
    return np.array(grid)


def _chances(frequencies: _Array, most_seen: int, share: float) -> _Array:
    """The chance that a key of so many pages (column) is seen in 1, 2 … (row) of the sample."""
    return np.array(
        [[_binomial(seen, m, share) for m in frequencies] for seen in range(1, most_seen + 1)]
    )


def _binomial(seen: int, of: float, share: float) -> float:
    """The binomial law, continued between whole numbers by the gamma function."""
    if of - seen <= -1:
        return 0.0
    ways = math.lgamma(of + 1) - math.lgamma(seen + 1) - math.lgamma(of - seen + 1)
    return math.exp(ways + seen * math.log(share) + (of - seen) * math.log1p(-share))


def _log_likelihood(counts: _Array, expected: _Array) -> float:
    """Of the counts, when they are distributed as is expected."""
    shares = np.maximum(expected / expected.sum(), 1e-300)
    return float(counts @ np.log(shares))
