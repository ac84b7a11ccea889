"""Sums of statements: right, mergeable and bounded."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic import totals as room
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.histogram import ACCURACY, Histogram
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.steps import Steps
from dbaudit.traffic.totals import Totals
from tests.traffic.stream import sent


def summed(executions: list[Execution]) -> Totals:
    shapes, totals = Shapes(), Totals()
    if executions:
        totals.add(Steps.of(executions, shapes))
    return totals


def execution(n: int, text: str = "select * from t where a = 1", ms: float = 1.0) -> Execution:
    fields = {"rows": 2, "database": "d", "user": "u", "application": "a"}
    return sent(float(n), "1", text, ms, parameters=(), **fields)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 1e7), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_as_exact_as_promised(durations: list[float], share: float) -> None:
    histogram = Histogram()
    for ms in durations:
        histogram.add(ms)
    exact = sorted(durations)[int(share * (len(durations) - 1))]
    found = histogram.quantile(share)
    assert found == pytest.approx(exact, rel=ACCURACY * 1.001)


def test_a_histogram_takes_anything() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    for ms in (0.0, -1.0, 1e300):
        histogram.add(ms)
    assert len(histogram.counts) == 2


def test_sums() -> None:
    runs = [execution(n, f"select * from t where a = {n}", ms=float(n)) for n in range(1, 101)]
    runs.append(execution(101, "select * from t where a = 5", 0.5).telling(failed=True))
    [found] = summed(runs).statements.values()
    assert (found.calls, found.errors, found.rows) == (101, 1, 202)
    assert found.total_ms == sum(range(1, 101)) + 0.5
    assert found.p95_ms == pytest.approx(95, rel=0.03)
    assert (found.first_at, found.last_at) == (1.0, 101.0)
    assert found.origins == {("d", "u", "a"): 101}
    assert found.slowest is not None
    assert found.slowest.values == ("100",)
    assert found.typical is not None
    assert found.typical.duration_ms == 64.0


def test_more_rows_of_a_portal_are_time_but_no_execution() -> None:
    runs = [execution(1), execution(2, ms=5.0).telling(continues=True)]
    [found] = summed(runs).statements.values()
    assert (found.calls, found.total_ms) == (1, 6.0)


def test_what_runs_inside_functions_is_not_counted_twice() -> None:
    totals = summed([execution(1), execution(2, "select 2 from u").telling(context="in f")])
    assert (totals.calls, totals.nested_calls) == (1, 1)


def test_tags_and_unknown_times() -> None:
    run = Execution(1.0, "1", "select * from t /*route='/a'*/", None, ())
    [found] = summed([run, run]).statements.values()
    assert found.tags == {("route", "/a"): 2}
    assert (found.calls, found.mean_ms, found.p95_ms) == (2, None, None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.1, 100)), max_size=40), st.integers(0, 40))
def test_parts_summed_up_apart_give_the_same(runs: list[tuple[int, float]], cut: int) -> None:
    executions = [
        execution(n, f"select {'a' * (k + 1)} from t", ms) for n, (k, ms) in enumerate(runs)
    ]
    whole, one, other = map(summed, (executions, executions[:cut], executions[cut:]))
    one.merge(pickle.loads(pickle.dumps(other)))
    assert one.statements.keys() == whole.statements.keys()
    for fingerprint, found in one.statements.items():
        expected = whole.statements[fingerprint]
        assert found.calls == expected.calls
        assert found.total_ms == pytest.approx(expected.total_ms)
        assert found.durations == expected.durations
        assert found.slowest_ms == expected.slowest_ms
        assert (found.first_at, found.origins) == (expected.first_at, expected.origins)


def test_statements_are_bounded_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_STATEMENTS", 10)
    totals = summed([execution(n, f"select * from t{n}", float(n)) for n in range(100)])
    assert len(totals.statements) <= 10
    assert totals.calls == 100
    assert totals.total_ms == sum(range(100))
    assert f"{max(s.total_ms for s in totals.statements.values()):.0f}" == "99"


def test_a_batch_is_as_many_executions_and_each_took_its_part() -> None:
    batch = execution(1, "insert into t values ($1)", 20.0).telling(batch=10)
    found = next(iter(summed([batch]).statements.values()))
    assert (found.calls, found.timed, found.total_ms, found.mean_ms) == (10, 10, 20.0, 2.0)
    assert found.durations.quantile(0.95) == pytest.approx(2.0, rel=ACCURACY * 1.001)


def _run(at: float, text: str, ms: float | None, told: dict[str, Any]) -> Execution:
    return sent(at, "1", text, ms, **told)


_TOLD = {
    "rows": st.integers(0, 3),
    "database": st.sampled_from(["a", "b"]),
    "failed": st.just(True),
    "query_id": st.integers(1, 2),
    "context": st.just("f()"),
    "continues": st.just(True),
    "batch": st.integers(1, 9),
}
_RUNS = st.builds(
    _run,
    st.floats(0, 10),
    st.sampled_from(["select 1", "select * from t where a = 5 /*a:b*/"]),
    st.none() | st.sampled_from([0.0, 0.25, 1.0, 7.5]),
    st.fixed_dictionaries({}, optional=_TOLD),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_RUNS, max_size=30))
def test_executions_may_be_added_one_by_one_or_together(runs: list[Execution]) -> None:
    together, shapes, one_by_one = summed(runs), Shapes(), Totals()
    for run in runs:
        one_by_one.add(Steps.of([run], shapes))
    assert together == one_by_one
