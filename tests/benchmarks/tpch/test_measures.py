"""What the benchmark makes of costs, on figures that are easy to check by hand."""

from __future__ import annotations

import pytest

from tests.benchmarks.tpch.measures import ratios


def test_each_measure_counts_its_own_queries() -> None:
    before = {"q01": 100.0, "q02": 1000.0, "q03": 100.0}
    after = {"q01": 100.0, "q02": 10.0, "q03": 10.0}
    found = ratios(before, after)
    assert found.rel22 == pytest.approx(120 / 1200)
    assert found.rel19 == pytest.approx(110 / 200)  # without query 2
    assert found.geo == pytest.approx((1 * 0.01 * 0.1) ** (1 / 3))
