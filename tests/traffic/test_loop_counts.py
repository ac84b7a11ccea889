"""Loops told by what pg_stat_statements counted."""

from __future__ import annotations

from dbaudit.findings import Confidence
from dbaudit.traffic.counted import CountedStatement, Counters
from dbaudit.traffic.loop_counts import n_plus_one_by_counts
from dbaudit.workload.fingerprint import fingerprint, normalised

ORDERS = "select id, name from orders where shop_id = $1"
ITEMS = "select * from items where order_id = $1"


def counted(sql: str, calls: int, rows: int, ms: float = 10.0) -> CountedStatement:
    counters = Counters(calls=calls, rows=rows, total_exec_time=ms)
    return CountedStatement(fingerprint(sql), hash(sql), normalised(sql), sql, counters)


def test_a_child_for_each_row_of_the_parent() -> None:
    statements = [counted(ORDERS, 100, 5000), counted(ITEMS, 5010, 20000, 90.0)]
    [found] = n_plus_one_by_counts(statements)
    assert found.parent is not None
    assert (found.parent.tables, found.children[0].tables) == (("orders",), ("items",))
    assert (found.occurrences, found.executions, found.typical) == (100, 5010, 50)
    assert (found.confidence, found.share) == (Confidence.POSSIBLE, 0.9)


def test_the_key_may_be_the_parents() -> None:
    parent = counted("select id, author_id from books limit $1", 100, 2000)
    child = counted("select * from authors where id = $1 limit $2", 1995, 1995)
    assert len(n_plus_one_by_counts([parent, child])) == 1
    parent = counted("select * from public.category", 100, 2000)
    child = counted("select * from t where t.category_id in ($1)", 1995, 1995)
    assert len(n_plus_one_by_counts([parent, child])) == 1


def test_only_equal_numbers_where_nothing_else_links_them() -> None:
    child = counted("select * from u where k = $1", 5000, 5000)
    assert n_plus_one_by_counts([counted("select * from t", 100, 5002), child])
    assert not n_plus_one_by_counts([counted("select * from t", 100, 5040), child])
    several = [counted("select * from t", 100, 5000), counted("select * from v", 100, 5000)]
    assert not n_plus_one_by_counts([*several, child])


def test_what_is_none() -> None:
    parent = counted(ORDERS, 100, 5000)
    for child in (
        counted(ITEMS, 7000, 7000),
        counted("select * from items where order_id = $1 and at > $2", 5000, 5000),
        counted("select * from items where order_id = $1 and kind = $2", 5000, 5000),
        counted("select * from items limit $1 offset $2", 5000, 5000),
        counted("insert into items (order_id) values ($1)", 5000, 5000),
    ):
        assert not n_plus_one_by_counts([parent, child])
    assert not n_plus_one_by_counts([counted(ORDERS, 10, 100), counted(ITEMS, 100, 100)])
    assert not n_plus_one_by_counts([counted(ORDERS, 5000, 5000), counted(ITEMS, 5000, 5000)])
