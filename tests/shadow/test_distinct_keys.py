"""The estimator of distinct keys: exact where it can be, near on tables that are hard."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.shadow.distinct_keys import Seen, duj1, key_classes
from dbaudit.targets.sampled import OFTEN, KeyGroup


def sampled(keys: list[int], share: float, seed: int = 1) -> list[KeyGroup]:
    """Groups as the sample counts them, of a table with one row a page."""
    chance = random.Random(seed)
    seen = Counter(key for key in keys if chance.random() < share)
    groups: Counter[tuple[int, int]] = Counter()
    rows: Counter[tuple[int, int]] = Counter()
    for count in seen.values():
        group = (min(count, OFTEN), count.bit_length())
        groups[group] += 1
        rows[group] += count
    return [KeyGroup(n, rows[group], rows[group], 16) for group, n in groups.items()]


def test_all_rows_give_the_exact_number() -> None:
    classes = key_classes([KeyGroup(3, 3, 3, 16), KeyGroup(2, 2, 20, 24)], share=1.0)
    assert sum(c.keys for c in classes) == 5
    assert sum(c.keys * c.rows for c in classes) == 23


def test_duj1_is_that_of_analyze() -> None:
    """compute_distinct_stats() with 3,000 rows of 10,000: 1,000 values seen once, 1,000 twice."""
    assert duj1(Seen((1000, 1000), 0.3)) == pytest.approx(3000 * 2000 / (3000 - 1000 + 1000 * 0.3))


_chance = random.Random(7)
TABLES = {
    "unique": list(range(50_000)),
    "pairs": [i // 2 for i in range(50_000)],
    "uniform": [_chance.randrange(10_000) for _ in range(50_000)],
    "few": [_chance.randrange(20) for _ in range(50_000)],
    "half unique": [0 if i % 2 else i for i in range(50_000)],
    "frequent and unique": [_chance.randrange(100) if i % 2 else i for i in range(50_000)],
    "skewed": [int(_chance.random() ** 4 * 20_000) for _ in range(50_000)],
}


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize("name", TABLES)
def test_estimate_is_near_the_truth(name: str, share: float) -> None:
    keys = TABLES[name]
    classes = key_classes(sampled(keys, share), share)
    assert sum(c.keys for c in classes) == pytest.approx(len(set(keys)), rel=0.25)
    assert sum(c.keys * c.rows for c in classes) == pytest.approx(len(keys), rel=0.05)


@given(
    st.lists(
        st.builds(
            lambda keys, pages, more: KeyGroup(keys, keys * pages, keys * (pages + more), 16.0),
            st.integers(1, 10**6),
            st.integers(1, OFTEN),
            st.integers(0, 10**4),
        ),
        min_size=1,
        max_size=6,
    ),
    st.floats(1e-4, 1.0),
)
def test_never_fewer_keys_than_seen_nor_more_than_rows(
    groups: list[KeyGroup], share: float
) -> None:
    classes = key_classes(groups, share)
    keys = sum(c.keys for c in classes)
    rows = sum(group.rows for group in groups) / share
    assert sum(group.keys for group in groups) * 0.99 <= keys <= rows * 1.01
    assert sum(c.keys * c.rows for c in classes) >= keys * 0.99
