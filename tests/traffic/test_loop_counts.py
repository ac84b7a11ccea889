"""Loops told by what pg_stat_statements counted."""

from __future__ import annotations

from dataclasses import replace

from dbaudit.findings import Confidence
from dbaudit.traffic.counted import CountedStatement, Counters
from dbaudit.traffic.loop_counts import n_plus_one_by_counts
from dbaudit.traffic.loop_links import ForeignKey
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


def test_a_foreign_key_links_whatever_its_name() -> None:
    parent = counted("select title, written_by from book where shelf = $1", 100, 2000)
    child = counted("select name from person where no = $1", 2000, 2000)
    assert not n_plus_one_by_counts([parent, child])
    key = ForeignKey("book", "written_by", "person", "no")
    assert len(n_plus_one_by_counts([parent, child], [key])) == 1
    assert not n_plus_one_by_counts([parent, child], [replace(key, column="owned_by")])
    back = counted("select title from book where written_by = $1", 2000, 9000)
    people = counted("select no from person where town = $1", 100, 2000)
    assert len(n_plus_one_by_counts([people, back], [key])) == 1


def test_equal_numbers_are_none_where_nothing_links_them() -> None:
    for parent, child in (
        ("select * from t", "select * from u where k = $1"),
        ("select * from u", "select * from u where id = $1"),
        ("select x from t order by x", 'select * from "order" where id = $1'),
        ("select x, u_id from t", "select * from u where town = $1"),
    ):
        assert not n_plus_one_by_counts([counted(parent, 100, 5000), counted(child, 5000, 5000)])


def test_among_many_pairs_only_numbers_that_are_hardly_chance() -> None:
    parent = counted(ORDERS, 100, 5000)
    others = [
        counted(f"select a{n} from orders where shop_id = $1", 10, 100 + n) for n in range(200)
    ]
    assert n_plus_one_by_counts([parent, counted(ITEMS, 5040, 5040)])
    assert not n_plus_one_by_counts([parent, *others, counted(ITEMS, 5040, 5040)])
    assert n_plus_one_by_counts([parent, *others, counted(ITEMS, 5000, 5000)])


def test_what_is_none() -> None:
    parent = counted(ORDERS, 100, 5000)
    for child in (
        counted(ITEMS, 7000, 7000),
        counted("select * from items where order_id = $1 and at > $2", 5000, 5000),
        counted("select * from items where order_id = $1 and kind = $2", 5000, 5000),
        counted("select * from items limit $1 offset $2", 5000, 5000),
        counted("select * from items where order_id in ($1 /*, ... */)", 5000, 5000),
        counted("insert into items (order_id) values ($1)", 5000, 5000),
    ):
        assert not n_plus_one_by_counts([parent, child])
    assert not n_plus_one_by_counts([counted(ORDERS, 10, 100), counted(ITEMS, 100, 100)])
    assert not n_plus_one_by_counts([counted(ORDERS, 5000, 5000), counted(ITEMS, 5000, 5000)])
