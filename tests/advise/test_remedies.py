"""What is said where no index helps, and that it is true on a real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from dbaudit.advise.advice import StatisticsAdvice
from dbaudit.audit.guessed import mistaken
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.query_file import parse_queries
from tests.advise.workloads import Bench, bench, script
from tests.conftest import create_database, run_sql

TABLES = [("public", "orders"), ("public", "parts")]

PAGE = "select id, total from orders order by note, id limit 20 offset 50000"
COUNT = "select count(*) from orders"
GUESSED = (
    "select o.id, p.line from orders o join parts p on p.order_id = o.id "
    "where to_char(o.placed_at, 'Dy') = 'Mon'"
)
TOGETHER = (
    "select o.*, p.line from orders o join parts p on p.order_id = o.id "
    "where o.status = :status and o.state = :state and o.phase = :phase"
)

APART = """
create table pairs (k int, a int, b int, note text);
insert into pairs select n, n % 50, n / 50 % 50, md5(n::text) from generate_series(1, 60000) as n;
create index on pairs (a, b);
create table others (k int);
insert into others select n from generate_series(1, 20000) as n;
vacuum analyze;
"""


@pytest.fixture(scope="module")
def shop_dsn(pg18: Cluster) -> str:
    return create_database(pg18, script("remedies"))


@pytest.fixture(scope="module")
def shop(shop_dsn: str) -> Iterator[Bench]:
    with bench(shop_dsn, TABLES) as opened:
        yield opened


def notes(shop: Bench, sql: str) -> list[str]:
    return [note for note in shop.advise(f"-- name: q\n{sql};").notes if note.startswith("q: ")]


def statistics(shop: Bench, sql: str) -> list[StatisticsAdvice]:
    """What is left of the advice when the guess is held against the target's rows."""
    text = f"-- name: q\n{sql};"
    queries = {query.name: query for query in parse_queries(text)}
    return list(mistaken(shop.session, shop.advise(text).statistics, queries))


def plan(dsn: str, sql: str) -> dict[str, float]:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"explain (format json) {sql}".encode()).fetchone()
    assert row is not None
    found: dict[str, float] = row[0][0]["Plan"]
    return found


def test_paging_by_the_last_row_seen(shop: Bench, shop_dsn: str) -> None:
    (note,) = notes(shop, PAGE)
    assert "WHERE (note, id) > (:last_note, :last_id)" in note
    with psycopg.connect(shop_dsn) as connection:
        before = connection.execute(PAGE.replace("50000", "49999").encode()).fetchall()
        last = connection.execute(b"select note, id from orders where id = %s", before[0][:1])
        keyset = b"where (note, id) > (%s, %s) order by note, id limit 20"
        after = connection.execute(b"select id, total from orders " + keyset, last.fetchone())
        assert after.fetchall() == connection.execute(PAGE.encode()).fetchall()


def test_a_descending_order_is_paged_downward(shop: Bench) -> None:
    (note,) = notes(shop, PAGE.replace("note, id", "note desc"))
    assert "WHERE note < :last_note" in note


def test_a_mixed_order_has_no_row_comparison(shop: Bench) -> None:
    (note,) = notes(shop, PAGE.replace("note, id", "note desc, id"))
    assert "WHERE" not in note


def test_a_count_of_a_whole_table_is_kept_elsewhere(shop: Bench, shop_dsn: str) -> None:
    (note,) = notes(shop, COUNT)
    assert "aggregates about 60000 rows of orders (100% of it)" in note
    assert "counter" in note
    run_sql(shop_dsn, f"create materialized view kept as {COUNT};\nanalyze kept;\n")
    assert plan(shop_dsn, "table kept")["Total Cost"] < plan(shop_dsn, COUNT)["Total Cost"] / 100


def test_groups_of_a_whole_table_are_kept_in_a_view(shop: Bench) -> None:
    (note,) = notes(shop, "select left(status, 8), max(note) from orders group by phase, 1")
    assert "materialised view" in note


@pytest.mark.parametrize(
    ("sql", "keys", "rows"),
    [
        (GUESSED, "ON (to_char(placed_at, 'Dy')) FROM", 60_000 / 7),
        (TOGETHER, "(dependencies) ON phase, state, status FROM", 60_000 / 5),
    ],
)
def test_statistics_mend_the_estimate(
    shop: Bench, shop_dsn: str, sql: str, keys: str, rows: float
) -> None:
    (advised,) = statistics(shop, sql)
    assert keys in advised.ddl
    where = re.sub(r":(\w+)", r"'\1 3'", sql.split(" where ")[1])
    condition = f"select 1 from orders o where {where}"
    assert plan(shop_dsn, condition)["Plan Rows"] < rows / 5
    run_sql(shop_dsn, advised.ddl.replace("; ", ";\n") + ";\n")
    assert plan(shop_dsn, condition)["Plan Rows"] == pytest.approx(rows, rel=0.3)


def test_no_statistics_on_expressions_where_the_server_has_none(shop: Bench) -> None:
    databases = shop.snapshot.frame("databases").assign(server_version_num=130023)
    older = replace(shop, snapshot=shop.snapshot.with_frames({"databases": databases}, []))
    assert statistics(older, GUESSED) == []
    assert len(statistics(older, TOGETHER)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select id from orders order by note, id limit 20 offset 5",
        "select count(*) from orders where id = 5",
        "select * from orders",
        "select * from orders where note like '%ab%'",
        "select * from orders where to_char(placed_at, 'Dy') = 'Mon'",
        "select * from orders where id = 7 and status = 'status 1'",
    ],
    ids=["first page", "one row", "all rows", "pattern", "no join", "quick"],
)
def test_silent_when_nothing_is_known_to_help(shop: Bench, sql: str) -> None:
    assert notes(shop, sql) == []
    assert statistics(shop, sql) == []


def test_a_guess_is_held_against_the_target(shop: Bench) -> None:
    params = "".join(f"-- param: {name} = {name} 3\n" for name in ("status", "state", "phase"))
    (advised,) = statistics(shop, params + TOGETHER)
    found = re.match(r"([\d,]+) of ([\d,]+) rows of the target satisfy", advised.checked)
    assert found is not None
    kept, rows = (int(number.replace(",", "")) for number in found.groups())
    assert kept / rows == pytest.approx(0.2, abs=0.03)
    assert advised.expected_share == pytest.approx(1 / 125, rel=0.2)


def test_a_guess_that_is_right_is_not_told(pg18: Cluster) -> None:
    text = (
        "-- name: q\n-- param: a = 3\n-- param: b = 7\n"
        "select p.k from pairs p join others o on o.k <> p.k where a = :a and b = :b;"
    )
    queries = {query.name: query for query in parse_queries(text)}
    with bench(create_database(pg18, APART)) as opened:
        advised = opened.advise(text).statistics
        assert len(advised) == 1
        assert mistaken(opened.session, advised, queries) == ()


def test_a_text_search_without_a_configuration_has_no_index(shop: Bench) -> None:
    (note,) = notes(shop, "select id from orders where to_tsvector(note) @@ to_tsquery('x')")
    assert "to_tsvector(note) goes by default_text_search_config" in note
    named = "select id from orders where to_tsvector('simple', note) @@ to_tsquery('simple', 'x')"
    assert not [note for note in notes(shop, named) if "default_text_search_config" in note]
