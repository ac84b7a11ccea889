"""Loops that are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.findings import Confidence
from dbaudit.traffic import loops as room
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.shapes import Shapes
from tests.traffic.stream import Stream, in_seconds, interleaved, patterns, told

N_PLUS_ONE = LoopKind.N_PLUS_ONE
WRITES = LoopKind.ROW_BY_ROW_WRITE
REPEATED = LoopKind.REPEATED_QUERY

ORDERS = "select * from orders where shop_id = $1"
ITEMS = "select * from items where order_id = $1"
USER = "select * from users where id = $1"
INSERT = "insert into events (a, b) values ($1, 'x')"


def page(stream: Stream, keys: range = range(10)) -> Stream:
    stream.run(ORDERS, 1)
    stream.each(ITEMS, keys)
    return stream


def test_a_lookup_for_each_row() -> None:
    stream = page(Stream())
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 10)]
    assert found.confidence is Confidence.LIKELY
    assert (found.occurrences, found.executions, found.largest) == (1, 10, 10)
    assert found.round_trips_saved == 9
    assert found.total_ms == pytest.approx(3.0)
    assert found.share == pytest.approx(3.0 / 3.3)
    assert found.parent_example is not None
    assert found.parent_example.parameters == ("1",)
    assert [example.parameters for example in found.examples] == [("0",), ("1",)]


def test_literals_and_lists_of_one_are_found_like_parameters() -> None:
    for text in ("order_id = {}", "order_id in ({})", "order_id = any(array[{}])", "{} = order_id"):
        stream = Stream()
        stream.run(ORDERS, 1)
        for key in range(7):
            stream.run(f"select * from items where {text.format(key)}")
        assert told(patterns(stream.sent)) == [(N_PLUS_ONE, "orders", ("items",), 7)], text
    stream = Stream()
    stream.run(ORDERS, 1)
    stream.each("select * from items where order_id = any($1)", [f"{{{n}}}" for n in range(7)])
    assert told(patterns(stream.sent)) == [(N_PLUS_ONE, "orders", ("items",), 7)]


def test_two_statements_in_each_turn_are_one_loop() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for key in range(8):
        stream.run(ITEMS, key)
        stream.run(USER, key + 100)
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items", "users"), 8)]
    assert found.executions == 16
    assert found.round_trips_saved == 14


def test_a_loop_in_a_loop() -> None:
    stream = Stream()
    stream.run("select * from shops")
    for shop in range(6):
        page(stream, range(shop * 10, shop * 10 + 7))
        stream.sent[-8] = stream.sent[-8]._replace(parameters=(str(shop),))
    assert sorted(told(patterns(stream.sent))) == [
        (N_PLUS_ONE, "orders", ("items",), 7),
        (N_PLUS_ONE, "shops", ("orders",), 6),
    ]


def test_one_loop_after_the_other_has_the_same_parent() -> None:
    stream = page(Stream())
    stream.each(USER, range(10))
    assert sorted(told(patterns(stream.sent))) == [
        (N_PLUS_ONE, "orders", ("items",), 10),
        (N_PLUS_ONE, "orders", ("users",), 10),
    ]


def test_sessions_are_told_apart() -> None:
    streams = [Stream(session=str(n), now=1000 + n / 5000) for n in range(5)]
    [found] = patterns(interleaved(*map(page, streams)))
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 10)]
    assert (found.occurrences, found.sessions) == (5, 5)


def test_in_a_transaction_other_statements_may_stand_between() -> None:
    stream = Stream()
    stream.run("begin")
    stream.run(ORDERS, 1)
    for key in range(8):
        stream.run(ITEMS, key)
        stream.run(f"select * from t{key} where a = 1")
        stream.run(f"update u{key} set a = 1")
    stream.run("commit")
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 8)]


def test_sizes_vary() -> None:
    stream = Stream()
    for size in (5, 50, 17):
        page(stream, range(size))
        stream.pause(1)
    [found] = patterns(stream.sent)
    assert (found.occurrences, found.largest, found.typical) == (3, 50, 17)


def test_requests_follow_one_another_without_a_pause() -> None:
    stream = Stream()
    for _ in range(20):
        page(stream)
    [found] = patterns(stream.sent)
    assert (found.occurrences, found.executions, found.typical) == (20, 200, 10)


def test_certain_only_with_a_place_and_again() -> None:
    stream = Stream(common={"request": "r1", "place": "shop/views.py:7"})
    stream.run(ORDERS, 1, rows=10)
    stream.each(ITEMS, range(10), rows=3)
    [found] = patterns(stream.sent)
    assert (found.confidence, found.parent_matches) == (Confidence.LIKELY, 1)
    assert found.places == ("shop/views.py:7",)
    again = [e._replace(at=e.at + 5).telling(request="r2") for e in stream.sent]
    [found] = patterns([*stream.sent, *again])
    assert (found.confidence, found.requests) == (Confidence.CERTAIN, 2)


def test_tags_tell_request_route_and_place() -> None:
    tag = "/*route='/orders',line='a/b.py:3',request_id='7'*/"
    stream = Stream()
    stream.run(f"{ORDERS} {tag}", 1)
    stream.each(f"{ITEMS} {tag}", range(10))
    [found] = patterns(stream.sent)
    assert (found.routes, found.places, found.requests) == (("/orders",), ("a/b.py:3",), 1)


def test_without_values_it_is_possible_and_with_the_parents_rows_likely() -> None:
    for rows, confidence in ((None, Confidence.POSSIBLE), (10, Confidence.LIKELY)):
        stream = Stream()
        stream.run(ORDERS, rows=rows, parameters=None)
        for _ in range(10):
            stream.run(ITEMS, parameters=None)
        [found] = patterns(stream.sent)
        assert (found.kind, found.confidence) == (N_PLUS_ONE, confidence)


def test_row_by_row_inserts() -> None:
    stream = Stream()
    stream.each(INSERT, range(1000))
    [found] = patterns(stream.sent)
    assert told([found]) == [(WRITES, None, ("events",), 1000)]
    assert found.confidence is Confidence.LIKELY


def test_row_by_row_inserts_with_values_of_many_forms() -> None:
    stream = Stream()
    for n in range(20):
        value = ("null", "true", f"'{n}'", f"-{n}")[n % 4]
        stream.run(f"insert into events (a, b) values ({n}, {value})")
    assert told(patterns(stream.sent)) == [(WRITES, None, ("events",), 20)]


def test_row_by_row_updates_and_deletes() -> None:
    for text in ("update t set a = $2 where id = $1", "delete from t where id = $1"):
        stream = Stream()
        stream.run("begin")
        stream.run("select * from t")
        for n in range(9):
            stream.run(text, *(n, n)[: text.count("$")])
        stream.run("commit")
        [found] = patterns(stream.sent)
        assert told([found]) == [(WRITES, "t", ("t",), 9)]
        assert found.confidence is Confidence.LIKELY


def test_a_transaction_for_each_row() -> None:
    stream = Stream()
    for n in range(30):
        stream.run("begin")
        stream.run(INSERT, n)
        stream.run("commit")
    [found] = patterns(stream.sent)
    assert (found.kind, found.confidence) == (WRITES, Confidence.POSSIBLE)


def test_examples_differ_where_rows_of_one_key_follow_one_another() -> None:
    stream = Stream()
    stream.run("select * from books", rows=18)
    stream.each("select name from authors where id = $1", [key for key in range(6) for _ in "abc"])
    [pattern] = patterns(stream.sent)
    assert [each.parameters for each in pattern.examples] == [("0",), ("1",)]


def test_the_same_query_again_and_again() -> None:
    stream = Stream(common={"request": "r"})
    for n in range(12):
        stream.run("select * from settings where name = $1", "theme")
        stream.run(f"select * from t{n} where a = $1", n)
    [found] = patterns(stream.sent)
    assert told([found]) == [(REPEATED, None, ("settings",), 12)]
    assert found.confidence is Confidence.LIKELY


def test_what_is_looked_up_and_what_is_repeated_are_two_findings() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for key in range(10):
        stream.run(ITEMS, key)
        stream.run("select * from settings")
    assert sorted(told(patterns(stream.sent))) == [
        (N_PLUS_ONE, "orders", ("items",), 10),
        (REPEATED, None, ("settings",), 10),
    ]


def test_lookups_without_a_query_before_them() -> None:
    stream = Stream()
    stream.each(ITEMS, range(12))
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, None, ("items",), 12)]
    assert found.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize("unit", ["request", "transaction", "begin"])
def test_a_pause_now_and_then(unit: str) -> None:
    stream = Stream(common={unit: "7"} if unit in ("request", "transaction") else {})
    if unit == "begin":
        stream.run("begin")
    stream.run(ORDERS, 1)
    for key in range(30):
        stream.run(ITEMS, key, gap_ms=1 if key % 4 else 600)
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 30)]


@pytest.mark.parametrize("unit", ["request", "transaction", "begin", "nothing"])
def test_objects_that_are_made_for_long_before_the_loop(unit: str) -> None:
    stream = Stream(common={unit: "7"} if unit in ("request", "transaction") else {})
    if unit == "begin":
        stream.run("begin")
    stream.run(ORDERS, 1)
    stream.pause(5)
    stream.run(ITEMS, 0)
    stream.pause(5)
    stream.each(ITEMS, range(1, 12))
    is_known = unit != "nothing"
    [found] = patterns(stream.sent)
    assert told([found]) == [(N_PLUS_ONE, "orders" if is_known else None, ("items",), 11)]
    assert found.confidence is (Confidence.LIKELY if is_known else Confidence.POSSIBLE)


def test_a_log_that_tells_seconds_only() -> None:
    reads = page(Stream(now=1000.2), range(3000)).sent
    writes = Stream(now=1000.2)
    writes.each(INSERT, range(3000))
    short = Stream(now=1000.999)
    short.run("begin")
    page(short)
    short.run("commit")
    for sent, size in ((reads, 3000), (writes.sent, 3000), (short.sent, 10)):
        [found] = patterns(in_seconds(sent))
        assert (found.occurrences, found.executions) == (1, size)
        assert found.confidence is Confidence.LIKELY
    [found] = patterns(in_seconds(page(Stream(now=1000.999)).sent))
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 10)]
    assert found.confidence is Confidence.POSSIBLE


def test_a_loop_longer_than_what_is_kept_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_UNIT", 50)
    [found] = patterns(page(Stream(), range(777)).sent)
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 777)]
    assert (found.occurrences, found.executions, found.round_trips_saved) == (1, 777, 776)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_SESSIONS", 20)
    monkeypatch.setattr(room, "MAX_STEPS", 300)
    shapes, finder = Shapes(), LoopFinder()
    for n in range(200):
        for execution in page(Stream(session=str(n), now=1000 + n)).sent:
            finder.add(shapes.seen(execution), execution)
        assert len(finder._sessions) <= 20
        assert sum(len(s.steps) for s in finder._sessions.values()) == finder._steps <= 300
    [found] = finder.finish().patterns()
    assert (found.occurrences, found.executions) == (200, 2000)


def test_limits_can_be_set() -> None:
    sent = page(Stream(), range(4)).sent
    assert not patterns(sent)
    assert patterns(sent, LoopLimits(executions=3))


def test_a_functions_statement_is_a_hidden_child() -> None:
    stream = Stream()
    stream.run("select id from lectures where course_id = $1", 1)
    for n in range(10):
        stream.run("delete from cache where lecture_id = $1", n, context="PL/pgSQL function f()")
        stream.run("insert into hashes (lecture_id, h) values ($1, $2)", n, n)
    [found] = patterns(stream.sent)
    assert told([found]) == [(WRITES, "lectures", ("cache", "hashes"), 10)]
    assert (found.executions, found.round_trips_saved) == (10, 9)
    assert found.hidden == {found.children[0].fingerprint}


def test_rows_that_come_too_fast_for_round_trips_may_be_a_pipeline() -> None:
    stream = Stream(gap_ms=0.03, ms=0.01)
    stream.run("begin")
    stream.each(INSERT, range(400))
    stream.pause(0.05)  # the client had not made more rows yet
    stream.each(INSERT, range(400))
    [found] = patterns(stream.sent)
    assert told([found]) == [(WRITES, None, ("events",), 800)]
    assert (found.confidence, found.may_be_pipeline) == (Confidence.POSSIBLE, True)


def test_what_is_no_pipeline() -> None:
    fast = Stream(gap_ms=0.03, ms=0.01)
    fast.run("begin")
    slow = Stream(gap_ms=0.15, ms=0.05)
    slow.run("begin")
    slow.each(INSERT, range(50))
    literals = [f"insert into events (a) values ({n})" for n in range(50)]
    for sent in (
        slow.sent,
        [fast.sent[0]._replace(text=text, parameters=()) for text in literals],
        [each._replace(at=float(int(each.at)), session="s") for each in slow.sent],
        [each._replace(at=each.at / 9).telling(library="psycopg") for each in slow.sent],
    ):
        [found] = patterns(sent)
        assert (found.confidence, found.may_be_pipeline) == (Confidence.LIKELY, False)


def test_most_occurrences_tell_whether_it_may_be_a_pipeline() -> None:
    streams = [Stream(session=str(n), now=1000.0 + n, gap_ms=0.03, ms=0.01) for n in range(3)]
    streams[0].gap_ms = 0.5
    for stream in streams:
        stream.run("begin")
        stream.each(INSERT, range(60))
    [found] = patterns(interleaved(*streams))
    assert (found.occurrences, found.may_be_pipeline) == (3, True)
    [found] = patterns(interleaved(*streams[:2]))
    assert (found.confidence, found.may_be_pipeline) == (Confidence.LIKELY, False)


def test_what_an_orm_tells() -> None:
    stream = Stream(common={"library": "sqlalchemy", "loads": "lazy Order.items"})
    stream.each(ITEMS, range(10))
    [found] = patterns(stream.sent)
    assert (found.libraries, found.loads) == (("sqlalchemy",), ("lazy Order.items",))
    assert found.confidence is Confidence.LIKELY


def test_a_batch_is_no_loop() -> None:
    stream = Stream()
    stream.each(INSERT, range(10), batch=100)
    assert not patterns(stream.sent)


def test_statements_without_a_duration() -> None:
    stream = Stream(ms=0.0, gap_ms=300)
    stream.run(ORDERS, 1)
    stream.each(ITEMS, range(10))
    [found] = patterns([e._replace(duration_ms=None) for e in stream.sent])
    assert told([found]) == [(N_PLUS_ONE, "orders", ("items",), 10)]
    assert (found.confidence, found.share) == (Confidence.POSSIBLE, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("select * from items where tags @> $1", N_PLUS_ONE),
        ("select * from items where order_id is not distinct from $1", N_PLUS_ONE),
        ("insert into items select * from old_items where order_id = $1", WRITES),
        ("insert into items select $1 where not exists (select 1 from items)", WRITES),
        ("merge into t using (values ($1)) v (a) on t.a = v.a when matched then delete", WRITES),
    ],
)  # fmt: skip
def test_keys_of_many_forms(text: str, kind: LoopKind) -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    stream.each(text, range(10))
    assert [(p.kind, p.executions) for p in patterns(stream.sent)] == [(kind, 10)]


def test_single_rows_beside_rows_given_together() -> None:
    stream = Stream()
    for n in range(30):
        stream.run(f"insert into events (a) values ({n}), ({n + 1})")
        stream.run(f"insert into events (a) values ({n})")
    [found] = patterns(stream.sent)
    assert (found.kind, found.executions) == (WRITES, 30)


WORDS = [
    ORDERS, ITEMS, USER, INSERT, "begin", "commit", "rollback", "select * from settings",
    "update t set a = $1 where b = $2", "select * from jobs for update skip locked",
    "insert into events (a) values (1), (2)", "select * from t limit $1 offset $2",
]  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, 3),
        st.sampled_from([0.2, 0.2, 0.2, 30.0, 500.0]),
        st.sampled_from([None, None, None, "r1", "r2"]),
        st.sampled_from([(), None, ("1",), ("1", "2"), (None, "2")]),
        st.booleans(),
        st.integers(1, 12),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([7, 2000]))
def test_any_stream_is_accounted_for(steps: list[Any], limit: int) -> None:
    streams = [Stream(session=str(n)) for n in range(4)]
    for text, session, gap_ms, request, values, failed, times in steps:
        for n in range(times):
            parameters = values if n % 2 or values is None else (str(n), *values[1:])
            streams[session].run(
                text, gap_ms=gap_ms, request=request, parameters=parameters, failed=failed
            )
    executions = interleaved(*streams)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "MAX_UNIT", limit)
        found = patterns(executions)
    for pattern in found:
        assert 5 <= pattern.largest <= pattern.executions <= len(executions)
        assert 0 <= pattern.round_trips_saved < pattern.executions
        assert pattern.occurrences >= 1
        assert pattern.share is not None
        assert 0 <= pattern.share <= 1


@pytest.mark.parametrize(
    "text",
    [
        "select f($1)",
        "select * from shop.f($1) as t (a, b)",
        "call p($1)",
        "select f($1, 'x', now())",
        "select upper(f($1))",
    ],
)
@pytest.mark.parametrize("unit", ["begin", "nothing"])
def test_a_function_called_for_each_row(text: str, unit: str) -> None:
    for spell in (str, "'{}'".format):
        stream = Stream()
        stream.run("begin" if unit == "begin" else "show x")
        stream.run(ORDERS, 1)
        for key in range(10):
            stream.run(text.replace("$1", spell(key)))
        [found] = patterns(stream.sent)
        assert (found.kind, found.executions, found.confidence) == (
            N_PLUS_ONE, 10, Confidence.LIKELY,
        )  # fmt: skip
        assert found.parent is not None
        assert found.parent.tables == ("orders",)


def test_rows_of_a_function_lead_a_loop() -> None:
    stream = Stream()
    stream.run("select * from orders_of($1)", 1)
    stream.each(ITEMS, range(10))
    [found] = patterns(stream.sent)
    assert found.parent is not None
    assert found.parent.functions == ("orders_of",)


def test_a_function_among_other_lookups() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for key in range(10):
        stream.run(ITEMS, key)
        stream.run("select price($1)", key)
    [found] = patterns(stream.sent)
    assert [child.functions for child in found.children] == [(), ("price",)]


LOCK = "select * from items where sku = $1 for update"
UPSERTS = [
    ("begin", LOCK, "update items set price = $2 where sku = $1", "commit"),
    ("begin", "select id from items where sku = $1", "insert into items values ($1, $2)", "commit"),
    ("select id from items where sku = $1", "begin", "insert into items values ($1, $2)", "commit"),
]


def upsert(stream: Stream, turn: Sequence[str], key: object, value: object) -> None:
    for text in turn:
        stream.run(text, *(key, value)[: text.count("$")])


@pytest.mark.parametrize("turn", UPSERTS)
@pytest.mark.parametrize("gap_ms", [0.1, 0.5, 12])
def test_rows_looked_up_and_written_one_by_one(turn: Sequence[str], gap_ms: float) -> None:
    stream = Stream(gap_ms=gap_ms)
    for n in range(30):
        upsert(stream, turn, f"s{n}", n)
    [found] = patterns(stream.sent)
    assert told([found]) == [(WRITES, None, ("items", "items"), 30)]
    assert (found.confidence, found.may_be_pipeline) == (Confidence.POSSIBLE, False)
    assert found.costliest.kind in ("update", "insert")
    assert not patterns(in_seconds(stream.sent))


def test_rows_of_which_some_are_new() -> None:
    stream = Stream()
    for n in range(40):
        upsert(stream, ("begin", LOCK), f"s{n}", n)
        if (n + 1) % 4:
            stream.run("update items set price = $2 where sku = $1", f"s{n}", n)
        else:
            stream.run("savepoint x")
            stream.run("insert into items values ($1, $2)", f"s{n}", n)
            stream.run("release savepoint x")
        stream.run("commit")
    [found] = patterns(stream.sent)
    assert (found.kind, found.children[0].locks, found.largest) == (WRITES, True, 40)
