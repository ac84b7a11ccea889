"""Where a careless advisor would propose something, or overlook something odd."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.advise.advisor import AdviseOptions
from dbaudit.advise.candidates import CandidateOptions
from dbaudit.advise.problem import SearchOptions
from dbaudit.targets.cluster import Cluster
from tests.advise.workloads import Bench, advise_on, bench, bodies, gain, script, served_by
from tests.conftest import NewDatabase, create_database

RELATIONS = [
    ("public", "orders"),
    ("public", "parts"),
    ("public", "metrics"),
    ('Odd "schema"', "Tàble. one"),
]


@pytest.fixture(scope="module")
def shop_dsn(pg18: Cluster) -> str:
    return create_database(pg18, script("near_misses"))


@pytest.fixture(scope="module")
def shop(shop_dsn: str) -> Iterator[Bench]:
    with bench(shop_dsn, RELATIONS) as opened:
        yield opened


def advised(shop: Bench, sql: str, options: AdviseOptions | None = None) -> Advice:
    return shop.advise(f"-- name: q\n{sql};", options)


def test_nothing_where_an_existing_index_serves_well(shop: Bench) -> None:
    advice = advised(shop, "select * from orders where customer_id = 7 order by placed_at limit 3")
    assert advice.indexes == ()
    assert advice.drops == ()


def test_nothing_for_a_condition_that_most_rows_meet(shop: Bench) -> None:
    assert advised(shop, "select * from orders where status <> 'none'").indexes == ()


def test_nothing_for_an_expression_of_a_volatile_function(shop: Bench) -> None:
    advice = advised(shop, "select * from orders where to_char(placed_at, 'YYYY') = '2024'")
    assert advice.indexes == ()
    assert any("IMMUTABLE" in rejected.reason for rejected in advice.rejected)


def test_an_expression_gets_its_index(shop: Bench) -> None:
    advice = advised(shop, "select * from orders where lower(note) = 'x'")
    assert bodies(advice) == ["orders ((lower(note)))"]
    assert advice.indexes[0].confidence == "possible"


def test_a_prefix_pattern_needs_byte_order(shop: Bench) -> None:
    advice = advised(shop, "select * from orders where code like 'code 123%'")
    assert bodies(advice) == ["orders (code text_pattern_ops)"]


def test_missing_trigrams_are_named_in_a_note(shop: Bench) -> None:
    advice = advised(shop, "select * from orders where note ilike '%abc%'")
    assert advice.indexes == ()
    assert any("pg_trgm is not installed" in note for note in advice.notes)


def test_odd_names_are_quoted_everywhere(shop: Bench) -> None:
    table = '"Odd ""schema"""."Tàble. one"'
    advice = advised(shop, f'select v from {table} where "Käy ""x""" = 5 and "group" = \'g5\'')
    assert len(advice.indexes) == 1
    assert table in advice.indexes[0].ddl
    assert gain(advice, "q") > 50


def test_a_partitioned_table_gets_the_index_on_the_parent(shop: Bench) -> None:
    advice = advised(shop, "select * from metrics where device = 5")
    assert bodies(advice) == ["metrics (device)"]
    assert served_by(advice, "metrics (device)") == ["q"]


def test_a_query_on_a_view_is_planned(shop_dsn: str) -> None:
    advice = advise_on(shop_dsn, "-- name: q\nselect * from open_orders where total = 12;")
    assert advice.not_covered == ()
    assert [body.split(" WHERE ")[0] for body in bodies(advice)] == ["orders (total)"]
    assert gain(advice, "q") > 5


def test_a_key_update_looks_the_children_up(shop: Bench) -> None:
    advice = advised(shop, "update orders set id = id + 100000 where id = 7")
    assert bodies(advice) == ["parts (order_id)"]


def test_an_update_of_other_columns_does_not(shop: Bench) -> None:
    assert advised(shop, "update orders set note = '' where id = 7").indexes == ()


def test_a_join_gets_its_inner_side(shop: Bench) -> None:
    sql = "select p.line from orders o join parts p on p.order_id = o.id where o.id = 9"
    assert bodies(advised(shop, sql))[0].startswith("parts (order_id)")


def test_a_query_that_cannot_be_planned_is_not_covered(shop: Bench) -> None:
    advice = advised(shop, "select * from nowhere where id = 1")
    assert [missed.query for missed in advice.not_covered] == ["q"]
    assert "nowhere" in advice.not_covered[0].reason
    assert (advice.indexes, advice.ratio) == ((), 1.0)


def test_a_statement_without_tables_is_no_trouble(shop: Bench) -> None:
    assert advised(shop, "select 1").indexes == ()


def test_a_budget_smaller_than_any_index(shop: Bench) -> None:
    options = AdviseOptions(search=SearchOptions(budget_bytes=1000))
    advice = advised(shop, "select * from orders where total = 5 and region = 'r1'", options)
    assert advice.indexes == ()
    assert any("more than the budget of 1000" in r.reason for r in advice.rejected)


def test_the_most_columns_of_an_index(shop: Bench) -> None:
    options = AdviseOptions(candidates=CandidateOptions(max_columns=1))
    advice = advised(shop, "select id from orders where total = 5 and region = 'r1'", options)
    assert advice.indexes
    assert all(", " not in body.split(")")[0] for body in bodies(advice))


def test_a_literal_that_names_one_row_makes_no_partial_index(shop: Bench) -> None:
    advice = advised(shop, f"select * from orders where note = '{'0' * 32}'")
    assert bodies(advice) == ["orders (note)"]
    assert all("WHERE note" not in rejected.ddl for rejected in advice.rejected)


def test_ctrl_c_gives_the_best_set_so_far(shop: Bench) -> None:
    def interrupt(what: str, _done: int, _total: int) -> None:
        if what == "choosing":
            raise KeyboardInterrupt

    advice = shop.advise("-- name: q\nselect * from orders where total = 5;", on_progress=interrupt)
    assert bodies(advice) == ["orders (total)"]
    assert any("cut short" in note for note in advice.notes)


def test_the_same_input_gives_the_same_advice(shop: Bench) -> None:
    sql = "select region, count(*) from orders where total = 5 group by region order by region"
    first, second = advised(shop, sql), advised(shop, sql)
    assert (first.indexes, first.rejected) == (second.indexes, second.rejected)


def test_a_redundant_index_that_a_query_misses_stays_with_its_price(
    new_database: NewDatabase,
) -> None:
    dsn = new_database("""
        create table v (place int, day int, note text);
        insert into v select i % 4, i, repeat('x', 60) from generate_series(1, 60000) as i;
        create index v_place on v (place);
        create index v_place_day on v (place, day);
        vacuum analyze v;
    """)
    advice = advise_on(dsn, "-- name: of_place\nselect count(*) from v where place = 3;")
    (kept,) = (one for one in advice.rejected if one.ddl.startswith("DROP INDEX"))
    assert (advice.drops, kept.ddl) == ((), "DROP INDEX CONCURRENTLY public.v_place")
    assert re.search(r"those of v_place_day.*, but of_place would cost \d+% more", kept.reason)
