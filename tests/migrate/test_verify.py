"""Judgement over measurements, without a server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import (
    ApplyResult,
    DropOutcome,
    IndexOutcome,
    IndexVerdict,
    TargetFacts,
    require_success,
)
from dbaudit.migrate.prove.change import Pair, is_slower, notes, query_gain
from dbaudit.migrate.prove.compare import doubts
from dbaudit.migrate.prove.measure import Measurement
from dbaudit.migrate.prove.plan_names import plan_indexes, plan_writes
from dbaudit.migrate.prove.verify import Verdict, judge, next_to_go
from tests.migrate.test_plan import INDEX

OPTIONS = ApplyOptions(state_dir=Path("/nowhere"))
NAME = ("public", "docs_hash_idx")


def measured(*samples: float, uses: bool = False, **more: Any) -> Measurement:
    planned = frozenset({NAME} if uses else ())
    return Measurement("q", "given", 100.0, samples, planned, **more)


def test_a_gain_is_the_median_before_over_the_median_after() -> None:
    gain = query_gain(measured(10, 20, 900), measured(1, 2, 3))
    assert (gain.ms_before, gain.ms_after, gain.gain) == (20, 2, 10)


def test_times_below_the_floor_count_as_the_floor() -> None:
    assert query_gain(measured(0.04), measured(0.001)).gain == 1
    assert query_gain(measured(5.0), measured(0.001)).gain == pytest.approx(100)
    verdict = judge(INDEX, [(measured(5.0), measured(0.001, uses=True))], OPTIONS)
    assert verdict.reason.startswith("q gains at least 100.0 times")


def test_what_was_quick_before_is_of_low_impact() -> None:
    quick, slow = (
        (measured(9.9), measured(0.1, uses=True)),
        (measured(10.0), measured(0.1, uses=True)),
    )
    assert query_gain(*quick).is_low_impact
    assert not query_gain(*slow).is_low_impact
    assert not query_gain(measured(9.9, timed_out=True), measured(0.1)).is_low_impact
    assert not query_gain(measured(), measured()).is_low_impact
    assert "low impact: no query that uses it took 10 ms" in judge(INDEX, [quick], OPTIONS).reason
    assert "low impact" not in judge(INDEX, [quick, slow], OPTIONS).reason


def test_runs_and_spread_are_told() -> None:
    gain = query_gain(measured(10, 11, 12, 13, 14), replace(measured(1, 2, 3), interleaved=True))
    assert (gain.runs_before, gain.runs_after) == (5, 3)
    assert (gain.ms_before_low, gain.ms_before_high) == (11, 13)
    assert (gain.ms_after_low, gain.ms_after_high) == (1.5, 2.5)
    assert gain.is_beyond_noise
    assert not gain.became_slower
    once = query_gain(measured(10), measured(9))
    assert (once.ms_before_low, once.ms_after_high, once.is_beyond_noise) == (None, None, False)


def test_what_one_of_several_indexes_gains_alone_is_told() -> None:
    without = replace(measured(20, 21, 22), alone=True)
    pair = (without, measured(7, 7, 7, uses=True))
    assert query_gain(*pair).gain_alone == 3
    assert judge(INDEX, [pair], OPTIONS).reason == "q gains 3.0 times by this index alone"
    assert query_gain(measured(20), measured(7)).gain_alone is None


def test_a_gain_within_noise_keeps_no_index() -> None:
    noisy = (measured(10, 30, 50), measured(5, 20, 40, uses=True))
    verdict = judge(INDEX, [noisy], OPTIONS)
    assert not verdict.keeps
    assert verdict.reason == ("its best gain, 1.50 for q, cannot be told from noise (3 and 3 runs)")
    real = (measured(30, 31, 32), measured(20, 21, 22, uses=True))
    assert judge(INDEX, [noisy, real], OPTIONS).reason.startswith("q gains 1.5 times")


def test_a_loss_within_noise_takes_nothing_back() -> None:
    gains = (measured(10, 11, 12), measured(1, 1, 1, uses=True))
    noisy = (measured(10, 11, 95), measured(80, 90, 20, uses=True))
    assert judge(INDEX, [gains, noisy], OPTIONS).keeps
    lost = (measured(10, 11, 95, 12, 10), measured(80, 90, 85, 81, 99, uses=True))
    assert not judge(INDEX, [gains, lost], OPTIONS).keeps


def test_what_was_stopped_at_its_limit_before_gains_when_it_ends() -> None:
    stopped = measured(1000, timed_out=True)
    assert judge(INDEX, [(stopped, measured(700, 650, 690, uses=True))], OPTIONS).keeps
    again = replace(stopped, planned=frozenset({NAME}))
    assert not judge(INDEX, [(stopped, again)], OPTIONS).keeps
    quick = (measured(10, 11, 12), again)
    assert is_slower(*quick, OPTIONS.max_loss)


def test_which_index_goes_next() -> None:
    """The one that saves least, for another may serve then; the unused ones at last, together."""
    gain = query_gain(measured(10), measured(1))
    useful = Verdict(True, "", (gain,), 90)
    luring = Verdict(False, "", (gain,), 10)
    slowing = Verdict(False, "", (gain,), -5)
    unused = Verdict(False, "")
    names = [("public", name) for name in "abcde"]
    verdicts = dict(zip(names, (useful, luring, slowing, unused, unused), strict=True))
    went = []
    while going := next_to_go(verdicts):
        went.append(going)
        verdicts = {name: verdict for name, verdict in verdicts.items() if name not in going}
    assert went == [(names[2],), (names[1],), (names[3], names[4])]


TABLES = {NAME: ("public", "docs"), ("public", "docs_b_idx"): ("public", "docs")}


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((measured(10, 10, 10), measured(1, 1, 1, uses=True)), []),
        ((measured(10, 10, 10), measured(8, 8, 8, uses=True)), [({0}, True)]),  # gains little
        ((measured(10, 10, 10), measured(10, 10, 10)), []),
        ((measured(10, 10, 10), measured(30, 30, 30)), [(set(), True)]),  # only seems slower
        (
            (measured(9, 9, 9), measured(30, 30, 30, writes=frozenset({("public", "docs")}))),
            [({0, 1}, True), ({0}, False), ({1}, False)],
        ),
        (
            (
                measured(9, 9, 9),
                measured(1, 1, 1, uses=True, writes=frozenset({("public", "docs")})),
            ),
            [({0}, False), ({1}, False)],
        ),
        (
            (
                measured(9, 9, 9),
                measured(8, 8, 8, uses=True, writes=frozenset({("public", "docs")})),
            ),
            [({0, 1}, True), ({0}, False), ({1}, False)],
        ),
        ((measured(9, timed_out=True), measured(8, 8, 8, uses=True)), []),
        ((measured(), measured(uses=True)), []),
    ],
)
def test_where_a_closer_look_decides(pair: Pair, expected: list[tuple[set[int], bool]]) -> None:
    names = list(TABLES)
    found = doubts({7: pair}, TABLES)
    assert {doubt.place for doubt in found} <= {7}
    told = [({names.index(name) for name in d.hidden}, d.decides_whole) for d in found]
    assert sorted(told, key=str) == sorted(expected, key=str)


def test_what_gains_least_is_looked_at_first_and_writes_last() -> None:
    """A server that was busy before the build hides a loss: the time must reach for these."""
    writes = frozenset({("public", "docs")})
    pairs = {
        0: (measured(10, 10, 10), measured(7, 7, 7, uses=True)),
        1: (measured(10, 10, 10), measured(1, 1, 1, writes=writes, uses=True)),
        2: (measured(10, 10, 10), measured(10, 10, 10, uses=True)),
        3: (measured(10, 10, 10), measured(8, 8, 8, uses=True)),
    }
    found = doubts(pairs, TABLES)
    assert list(dict.fromkeys(doubt.place for doubt in found)) == [2, 3, 0, 1]


def test_without_times_the_cost_counts() -> None:
    after = replace(measured(uses=True), cost=4.0)
    assert query_gain(measured(), after).gain == 25
    verdict = judge(INDEX, [(measured(), after)], OPTIONS)
    assert verdict.keeps
    assert "by the planner's cost" in verdict.reason


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((10, 11, 12), (20, 21, 22), True),
        ((10, 11, 25), (20, 21, 22), False),  # the runs overlap: noise
        ((0.1, 0.1, 0.1), (0.4, 0.4, 0.4), False),  # four times, but nobody can notice
        ((10, 11, 12), (14, 14, 14), False),  # less than max_loss
        ((), (20,), False),
    ],
)
def test_slower_beyond_noise(
    before: tuple[float, ...], after: tuple[float, ...], expected: bool
) -> None:
    assert is_slower(measured(*before), measured(*after), 1.5) is expected


def test_a_quick_query_may_lose_a_little_where_others_gain_much() -> None:
    gains = (measured(300), measured(1, uses=True, weight=10.0))
    lured = (measured(0.7), measured(2.4, uses=True, weight=3.0))
    kept = judge(INDEX, [gains, lured], OPTIONS)
    assert kept.keeps
    assert kept.reason.endswith("; q became slower: 0.70 to 2.40 ms")
    no_longer_quick = (measured(0.7), measured(10.5, uses=True, weight=3.0))
    assert not judge(INDEX, [gains, no_longer_quick], OPTIONS).keeps
    often = (measured(0.7), measured(2.4, uses=True, weight=300.0))
    assert not judge(INDEX, [gains, often], OPTIONS).keeps
    assert not judge(INDEX, [lured], OPTIONS).keeps


def test_a_slowdown_counts_only_against_an_index_that_has_to_do_with_it() -> None:
    gains = (measured(10), measured(1, uses=True))
    unrelated = (measured(10), measured(30))
    assert judge(INDEX, [gains, unrelated], OPTIONS).keeps
    lured = (measured(10), measured(30, uses=True))
    assert not judge(INDEX, [gains, lured], OPTIONS).keeps
    maintains = (measured(10), measured(30, writes=frozenset({("public", "docs")})))
    assert not judge(INDEX, [gains, maintains], OPTIONS).keeps
    other_table = (measured(10), measured(30, writes=frozenset({("other", "docs")})))
    assert judge(INDEX, [gains, other_table], OPTIONS).keeps


def test_a_write_counts_by_its_weight() -> None:
    gains = (measured(200), measured(1, uses=True))
    writes = frozenset({("public", "docs")})
    rare = (measured(10), measured(510, writes=writes, weight=0.01))
    often = (measured(10), measured(510, writes=writes, weight=1.0))
    kept = judge(INDEX, [gains, rare], OPTIONS)
    assert kept.keeps
    assert kept.reason.endswith("; q became slower: 10.00 to 510.00 ms")
    taken_back = judge(INDEX, [gains, often], OPTIONS)
    assert not taken_back.keeps
    assert taken_back.reason.endswith("which by the queries' weights is more than the index saves")


def test_an_index_is_known_by_its_schema() -> None:
    elsewhere = replace(measured(1), planned=frozenset({("tenant_2", "docs_hash_idx")}))
    assert not judge(INDEX, [(measured(10), elsewhere)], OPTIONS).keeps
    unknown = replace(measured(1), planned=frozenset({("", "docs_hash_idx")}))
    assert judge(INDEX, [(measured(10), unknown)], OPTIONS).keeps


def test_scans_outside_the_plan_are_use() -> None:
    after = replace(measured(1), scanned=frozenset({NAME}))
    verdict = judge(INDEX, [(measured(10), after)], OPTIONS)
    assert verdict.keeps
    assert [(gain.query, gain.gain) for gain in verdict.gains] == [("q", 10)]


def test_notes_are_told_once() -> None:
    pair = (measured(), measured(note="it writes"))
    assert notes([pair, pair, (measured(1), measured(1))]) == ("q: it writes",)


def test_indexes_and_writes_of_a_plan() -> None:
    plan = {
        "Node Type": "ModifyTable",
        "Schema": "a",
        "Relation Name": "t",
        "Plans": [
            {
                "Node Type": "Bitmap Heap Scan",
                "Schema": "b",
                "Plans": [{"Node Type": "Bitmap Index Scan", "Index Name": "i"}],
            },
            {"Node Type": "Index Scan", "Schema": "c", "Index Name": "j"},
        ],
    }
    assert list(plan_indexes(plan)) == [("b", "i"), ("c", "j")]
    assert list(plan_writes(plan)) == [("a", "t")]


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        (["kept", "rolled_back", "skipped"], None),
        (["skipped"], None),
        ([], None),
        (["kept", "failed", "failed"], "the reason .and 1 more failed."),
        (["rolled_back", "skipped"], "everything was taken back"),
    ],
)
def test_when_apply_is_a_failure(outcomes: list[IndexVerdict], message: str | None) -> None:
    indexes = tuple(
        IndexOutcome("i", "s", "t", "", False, False, outcome, "the reason") for outcome in outcomes
    )
    result = ApplyResult(TargetFacts("18.6", "d", "h"), "id", "place", indexes, ())
    if message is None:
        require_success(result)
        return
    with pytest.raises(ApplyError, match=message):
        require_success(result)


def test_a_drop_that_was_put_back_is_taken_back() -> None:
    drops = (DropOutcome("i", "s", "rolled_back", "slower"),)
    with pytest.raises(ApplyError, match="everything was taken back; i: slower"):
        require_success(ApplyResult(TargetFacts("18.6", "d", "h"), "id", "place", (), drops))
