"""Loops of a log that is read in parts, and of units that are cut for their length."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.traffic import loop_parts
from dbaudit.traffic import loops as room
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopKind
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.steps import Steps
from tests.traffic.stream import Stream, interleaved, told
from tests.traffic.test_loops import INSERT, ITEMS, ORDERS, UPSERTS, USER, page, upsert

N_PLUS_ONE = LoopKind.N_PLUS_ONE
WRITES = LoopKind.ROW_BY_ROW_WRITE


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units that are cut soon, and parts of which little is handed over."""
    monkeypatch.setattr(room, "MAX_UNIT", 40)
    monkeypatch.setattr(room, "MAX_HEADS", 60)
    monkeypatch.setattr(loop_parts, "HANDED_OVER", 12)


def finder_of(sent: Sequence[Execution], *, goes_on: bool = False) -> LoopFinder:
    finder = LoopFinder(goes_on=goes_on)
    finder.add_all(Steps.of(sent, Shapes()))
    finder.pause()
    assert sum(len(s.steps) for s in finder._sessions.values()) == finder._steps
    return finder


def read_in_parts(sent: Sequence[Execution], *cuts: int) -> tuple[LoopPattern, ...]:
    edges = (0, *sorted(cuts), len(sent))
    finders = [finder_of(sent[a:b], goes_on=a > 0) for a, b in pairwise(edges) if a < b]
    finders = [pickle.loads(pickle.dumps(finder)) for finder in finders]
    for later in finders[1:]:
        finders[0].go_on(later)
        assert sum(len(s.steps) for s in finders[0]._sessions.values()) == finders[0]._steps
    found = finders[0].finish().patterns()
    return tuple(
        replace(p, total_ms=round(p.total_ms, 3), child_ms={}, parent_example=None, examples=())
        for p in sorted(found, key=lambda p: (p.kind, [child.text for child in p.children]))
    )


def test_a_log_read_in_parts_tells_what_it_does_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_UNIT", 40)
    long = page(Stream(session="long"), range(120))
    pages = Stream(session="pages", gap_ms=2)
    for n in range(4):
        pages.run("begin")
        page(pages, range(n, n + 6))
        pages.run("commit")
        pages.pause(0.3)
    writes = Stream(session="writes", now=1000.5)
    writes.each(INSERT, range(30))
    sent = interleaved(long, pages, writes)
    whole = read_in_parts(sent)
    assert sorted(p.occurrences for p in whole) == [1, 5]
    for cut in range(1, len(sent)):
        assert read_in_parts(sent, cut) == whole, cut
        assert read_in_parts(sent, cut, (cut + len(sent)) // 2) == whole, cut


@pytest.mark.usefixtures("small")
def test_what_is_withheld_of_a_part_is_bounded() -> None:
    streams = [page(Stream(session=str(n)), range(300)) for n in range(9)]
    finder = finder_of(interleaved(*streams)[50:], goes_on=True)
    assert len(finder._heads) <= 60 + 9 * 13


@pytest.mark.usefixtures("small")
def test_a_loop_far_longer_than_what_is_handed_over_is_one() -> None:
    sent = page(Stream(), range(1000)).sent
    for cuts in ((500,), (3,), (997,), (40, 41), (200, 400, 600, 800)):
        [found] = read_in_parts(sent, *cuts)
        assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 1000)], cuts
        assert (found.occurrences, found.executions) == (1, 1000)


@pytest.mark.usefixtures("small")
def test_traffic_without_a_query_before_it_is_no_loop_in_parts_either() -> None:
    stream = Stream()
    stream.each(USER, range(3000))
    for cuts in ((), (1500,), (100, 900), (3, 2950)):
        assert not read_in_parts(stream.sent, *cuts), cuts


@pytest.mark.usefixtures("small")
def test_rows_looked_up_and_written_one_by_one_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_UNIT", 120)
    monkeypatch.setattr(loop_parts, "HANDED_OVER", 60)
    stream = Stream()
    for n in range(400):
        upsert(stream, UPSERTS[0], f"s{n}", n)
    for cuts in ((), (800,), (7, 1201), (1590,), (400, 800, 1200)):
        [found] = read_in_parts(stream.sent, *cuts)
        assert told([found]) == [(WRITES, None, ("items", "items"), 400)], cuts
        assert (found.occurrences, found.executions) == (1, 800), cuts


TURNS = [[ITEMS], [ITEMS, USER], [INSERT], ["delete from t where id = $1"], [ITEMS, INSERT],
         [ITEMS, "begin", "delete from t where id = $1", "commit"]]  # fmt: skip
UNITS = st.lists(
    st.tuples(
        st.sampled_from(TURNS),
        st.integers(5, 300),
        st.integers(0, 2),
        st.booleans(),
        st.sampled_from([0.0, 0.3, 3.0]),
    ),
    min_size=1,
    max_size=4,
)


def _sent(units: Sequence[tuple[Any, ...]]) -> tuple[list[Execution], int]:
    streams = [Stream(session=str(n), now=1000.0 + n / 10_000) for n in range(3)]
    expected = 0
    for turn, times, session, is_one, pause in units:
        stream = streams[session]
        is_inside = is_one and "begin" not in turn
        if is_inside:
            stream.run("begin")
        stream.run(ORDERS, 1)
        for key in range(times):
            for text in turn:
                stream.run(text, *[key] * text.count("$"))
        if is_inside:
            stream.run("commit")
        stream.pause(0.2 + pause)
        expected += times * sum("$" in text or "values" in text for text in turn)
    return interleaved(*streams), expected


@settings(max_examples=40, deadline=None)
@given(UNITS, st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_any_loops_in_any_parts(units: list[Any], cuts: list[float]) -> None:
    sent, expected = _sent(units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "MAX_UNIT", 160)
        patch.setattr(room, "MAX_HEADS", 200)
        patch.setattr(loop_parts, "HANDED_OVER", 60)
        whole = read_in_parts(sent)
        parts = read_in_parts(sent, *(round(cut * len(sent)) for cut in cuts))
    assert sum(p.executions for p in whole) == expected
    assert sum(p.occurrences for p in whole) == len(units)
    assert parts == whole
