"""What looks like a loop and is none."""

from __future__ import annotations

import random

import pytest

from tests.traffic.stream import Stream, in_seconds, interleaved, patterns
from tests.traffic.test_loops import INSERT, ITEMS, ORDERS, UPSERTS, USER, upsert


def test_pagination() -> None:
    for text in (
        "select * from items where shop_id = 7 order by id limit 20 offset $1",
        "select * from items where shop_id = 7 and id > $1 order by id limit 20",
        "select * from items where (created_at, id) < ($1, 5) limit 20",
    ):
        stream = Stream()
        stream.run(ORDERS, 1)
        stream.each(text, range(0, 400, 20))
        assert not patterns(stream.sent), text


def test_pages_whose_keyset_is_written_out() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for n in range(20):
        text = "select * from items where price > $1 or price = $2 and id > $3 limit 9"
        stream.run(text, n, n, 7 * n)
    assert not patterns(stream.sent)


def test_rows_given_together() -> None:
    for text, values in (
        ("insert into events (a, b) values ($1, 'x'), ($2, 'y')", 2),
        ("insert into events (a) values (%s), (%s)", 2),
        ("insert into events (a) values (%(a__0)s, 1), (%(a__1)s, 1) returning id", 2),
        ("insert into events values (nextval('s'), (lower($1))), (nextval('s'), (''))", 1),
        ("update items i set a = v.a from (values ($1, $2), ($3, $4)) v (id, a) where 1 = 1", 4),
        ("insert into events (a) select a from items where id between $1 and $2", 2),
    ):
        stream = Stream()
        for n in range(20):
            stream.run(text, *range(n, n + values))
        assert not patterns(stream.sent), text


def test_arrays_given_together() -> None:
    for text in (
        "insert into events select * from unnest($1)",
        "insert into events (a) select a from items where order_id = any($1)",
    ):
        stream = Stream()
        stream.each(text, (f"{{{n},{n + 1}}}" for n in range(20)))
        assert not patterns(stream.sent), text


def test_rows_moved_in_batches() -> None:
    for text in (
        "insert into old select * from events where at < now() order by id limit 100",
        "delete from events where id in (select id from events where kind = $1 limit 100)",
        "update events set a = 1 where id in (select id from events where kind = $1 limit 9)",
    ):
        stream = Stream()
        for _ in range(20):
            stream.run(text, "scan") if "$1" in text else stream.run(text)
        assert not patterns(stream.sent), text


def test_batches_by_key_range() -> None:
    stream = Stream()
    stream.run("select min(id), max(id) from items")
    for n in range(0, 10_000, 1000):
        stream.run("update items set a = 1 where id between $1 and $2", n, n + 999)
        stream.run("delete from items where id >= $1 and id < $2", n, n + 1000)
    assert not patterns(stream.sent)


def test_batches_of_keys() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for n in range(10):
        stream.run(f"select * from items where order_id in ({n}, {n + 1}, {n + 2})")
        stream.run("select * from items where order_id = any($1)", f"{{{n},{n + 1}}}")
        stream.run(f"insert into t (a) values ({n}), ({n + 1})")
    assert not patterns(stream.sent)


def test_polling() -> None:
    stream = Stream(gap_ms=1000)
    for _ in range(100):
        stream.run("select * from jobs where state = 'new'")
    assert not patterns(stream.sent)


def test_traffic_in_a_log_that_tells_seconds_only() -> None:
    for text, gap_ms in (
        ("select * from jobs where state = 'new'", 150),
        (USER, 30),
        (USER, 100),
        (INSERT, 60),
        (INSERT, 300),
    ):
        stream = Stream(gap_ms=gap_ms)
        for n in range(200):
            stream.run(text, n) if "$" in text else stream.run(text)
        assert not patterns(in_seconds(stream.sent)), (text, gap_ms)


def test_a_queue_worked_off_one_at_a_time() -> None:
    stream = Stream()
    for n in range(50):
        stream.run("begin")
        stream.run("select * from jobs where state = 'new' for update skip locked limit 1")
        stream.run("update jobs set state = 'done' where id = $1", n)
        stream.run("commit")
    assert not patterns(stream.sent)


def test_waiting_within_a_request() -> None:
    stream = Stream(gap_ms=50)
    for _ in range(20):
        stream.run("select done from jobs where id = $1", 1, request="r1")
    assert not patterns(stream.sent)


@pytest.mark.parametrize("request_", [None, "job 1"])
def test_long_work_between(request_: str | None) -> None:
    stream = Stream(common={"request": request_})
    stream.run("select id from jobs")
    for n in range(50):
        stream.run("select * from files where id = $1", n, gap_ms=800)
        stream.run("update files set a = $2 where id = $1", n, n, gap_ms=400)
    assert not patterns(stream.sent)


def test_retries_after_errors() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for _ in range(10):
        stream.run("update items set a = 1 where id = $1", 5, failed=True)
    stream.run("update items set a = 1 where id = $1", 5)
    assert not patterns(stream.sent)


def test_many_sessions_each_once() -> None:
    streams = []
    for n in range(200):
        stream = Stream(session=str(n), now=1000 + n / 1000)
        stream.run(USER, n)
        stream.run(ITEMS, n)
        streams.append(stream)
    assert not patterns(interleaved(*streams))


def test_chatter() -> None:
    stream = Stream()
    for n in range(50):
        for text in (
            "select 1",
            "begin",
            "set local a = 'b'",
            "show x",
            f"savepoint s{n}",
            f"release s{n}",
            "commit",
            "discard all",
            "select version()",
        ):
            stream.run(text)
    assert not patterns(stream.sent)


def test_catalog_queries() -> None:
    stream = Stream()
    stream.run("select * from pg_catalog.pg_class")
    stream.each("select * from pg_catalog.pg_attribute where attrelid = $1", range(100))
    stream.each("select * from information_schema.columns where table_name = $1", range(100))
    assert not patterns(stream.sent)


def test_migrations_and_dumps() -> None:
    stream = Stream()
    for n in range(50):
        stream.run(f"create table t{n} (id int)")
        stream.run(f"create index on t{n} (id)")
        stream.run(f"copy t{n} to stdout")
        stream.run(f"insert into t{n} (a) values (1)")
    assert not patterns(stream.sent)


def test_requests_of_a_pool_without_a_pause() -> None:
    stream = Stream()
    for n in range(300):
        stream.run("begin")
        stream.run(USER, n)
        stream.run("select * from carts where user_id = $1", n)
        stream.run("update carts set a = $2 where user_id = $1", n, n)
        stream.run("commit")
    assert not patterns(stream.sent)


def test_a_pools_mixed_requests() -> None:
    chance = random.Random(7)
    stream = Stream(gap_ms=30)
    kinds = [f"select * from t{n} where id = $1" for n in range(12)]
    for n in range(1000):
        stream.run(USER, n)
        for text in chance.sample(kinds, 3):
            stream.run(text, chance.randrange(1000), gap_ms=1)
    assert not patterns(stream.sent)


def test_events_of_a_pool_far_apart() -> None:
    stream = Stream(gap_ms=60)
    stream.each(INSERT, range(100))
    assert not patterns(stream.sent)


def test_events_of_a_pool_in_transactions() -> None:
    stream = Stream(gap_ms=0.1)
    for n in range(100):
        stream.run("begin", gap_ms=30)
        stream.run(INSERT, n)
        stream.run("commit")
    assert not patterns(stream.sent)


def test_other_keys_in_other_requests() -> None:
    stream = Stream()
    for n in range(100):
        stream.run(USER, n, request=f"r{n}")
        stream.run("select * from settings", request=f"r{n}")
    assert not patterns(stream.sent)


def test_rows_of_a_portal_fetched_in_parts() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    for _ in range(50):
        stream.run(ITEMS, 1, continues=True)
    for n in (100, 50, 100, 20, 100, 100, 30):
        stream.run(f"fetch forward {n} from c1")
    assert not patterns(stream.sent)


def test_a_loop_inside_a_function() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    stream.each("update items set a = 1 where id = $1", range(50), context="PL/pgSQL function f()")
    assert not patterns(stream.sent)


def test_a_few_are_no_loop() -> None:
    stream = Stream()
    stream.run(ORDERS, 1)
    stream.each(ITEMS, range(4))
    assert not patterns(stream.sent)


def test_prepared_statements_warming_up() -> None:
    stream = Stream()
    for n in range(30):
        stream.run(f"prepare p{n} as select * from t where id = $1")
        stream.run(f"deallocate p{n}")
    assert not patterns(stream.sent)


@pytest.mark.parametrize(
    "text",
    [
        "select nextval($1)", "select pg_advisory_xact_lock($1)",
        "select set_config('a', $1, true)", "select pg_notify('c', $1)",
        "select to_tsvector($1)", "select pg_catalog.md5($1)", "select $1",
        "select * from unnest($1) as t (a)",
    ],
)  # fmt: skip
def test_functions_of_the_server(text: str) -> None:
    stream = Stream(common={"request": "r"})
    stream.run(ORDERS, 1)
    stream.each(text, range(30))
    assert not patterns(stream.sent)


def test_calls_of_functions_that_are_no_loop() -> None:
    lists = [f"{{{n},{n + 1}}}" for n in range(20)]
    for text, values in (
        ("select f($1)", [7] * 20),  # whether it gives the same again nothing tells
        ("select next_number()", [None] * 20),
        ("select f($1)", lists),
        ("select f($1)", [f'[{{"a": {n}}}, {n}]' for n in range(20)]),
        ("select * from page_of_items(20, $1)", range(0, 400, 20)),
        ("select * from items(1) limit 20 offset $1", range(20)),
        ("select * from items(1) where id > $1 limit 20", range(20)),
    ):
        stream = Stream(common={"request": "r"})
        stream.run(ORDERS, 1)
        for value in values:
            stream.run(text, *() if value is None else (value,))
        assert not patterns(stream.sent), text


def test_an_application_of_functions() -> None:
    for turn in (
        ["select * from api.user($1)"],
        ["begin", "select * from api.user($1)", "commit"],
        ["select set_tenant($1)", "select * from api.user($1)"],
        ["select * from dequeue('w')", "select finish($1)"],
        ["update jobs set state = 'x' where state = 'new' returning id", "select finish($1)"],
    ):
        stream = Stream(gap_ms=2)
        stream.run("select * from settings")
        stream.run("begin")
        stream.run("commit")
        for name in "abcdefghijk":
            stream.run(f"select * from {name} where a = 1")
            stream.run(f"update {name} set a = 2")
        for name in "abcdefghijk":
            stream.run(f"update {name} set a = 2")
        for n in range(300):
            for text in turn:
                stream.run(text, *(n,) * ("$1" in text))
        found = patterns(stream.sent)
        assert not [p for p in found if any(c.functions for c in p.children)], turn


@pytest.mark.parametrize("turn", UPSERTS)
@pytest.mark.parametrize("pause_ms", [4, 30])
def test_requests_that_each_write_a_row(turn: list[str], pause_ms: float) -> None:
    chance = random.Random(7)
    stream = Stream()
    for n in range(200):
        stream.pause(chance.expovariate(1000 / pause_ms) + 0.002)
        upsert(stream, turn, f"s{n}", n)
    assert not patterns(stream.sent)


@pytest.mark.parametrize("turn", UPSERTS)
def test_requests_of_which_some_write_the_same_row(turn: list[str]) -> None:
    chance = random.Random(7)
    stream = Stream()
    for n in range(200):
        upsert(stream, turn, f"s{chance.randrange(300)}", n)
    assert not patterns(stream.sent)


@pytest.mark.parametrize("turn", UPSERTS)
def test_requests_of_a_busy_pool_that_each_write_another_row(turn: list[str]) -> None:
    keys = list(range(5000))
    random.Random(7).shuffle(keys)
    stream = Stream()
    for key in keys:
        upsert(stream, turn, f"s{key}", key)
    assert not patterns(stream.sent)


def test_transactions_that_are_no_upserts() -> None:
    begin, lock, *_, commit = UPSERTS[0]
    update = "update items set price = $2 where sku = $1"
    for turn in (
        [begin, lock, "update items set state = 'done' where sku = $1", commit],  # a job is done
        [begin, lock, "update stock set n = $2 where sku = $1", commit],
        [begin, lock, update, "insert into log values ($1)", commit],
        [begin, lock, USER, update, commit],
        [begin, "select * from items where state = 'new' limit 1 for update", update, commit],
        [begin, "select id from items where state = 'new'", commit, begin, lock, update, commit],
        [begin, lock, "select f($1)", update, commit],
        [begin, lock, update, commit, begin, "rollback"],
    ):
        stream = Stream()
        for n in range(60):
            upsert(stream, turn, f"s{n}", n)
        assert not patterns(stream.sent), turn


def test_few_upserts() -> None:
    stream = Stream()
    for n in range(9):
        upsert(stream, UPSERTS[0], n, n)
    assert not patterns(stream.sent)
