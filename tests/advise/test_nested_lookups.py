"""Lookups by another table's key of several columns, with and without what tells the planner."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dbaudit.advise.catalog import Catalog
from dbaudit.advise.nested_lookups import nested_lookups
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.shadow.planner import PlanJson
from dbaudit.snapshot.collect import collect
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.advise.workloads import advise_on

ACCOUNTS = """
create table accounts (tenant int, "Id" int, name text, primary key (tenant, "Id"));
create table events (tenant int, "account Id" int, payload text);
create table notes (tenant int, "account Id" int, note text);
"""
#: Each account is of one tenant: the second column tells the first.
OF_ONE_TENANT = """
insert into accounts select g % 20, g, 'n' || g from generate_series(1, 4000) g;
insert into events select g % 20, g % 4000 + 1, repeat('x', 60) from generate_series(0, 39999) g;
update events set tenant = "account Id" % 20;
insert into notes select tenant, "Id", 'x' from accounts where "Id" % 40 = 0;
"""
#: Every tenant has accounts of the same numbers.
IN_EVERY_TENANT = """
insert into accounts select t, g, 'n' || g from generate_series(0, 19) t, generate_series(1, 200) g;
insert into events
select g % 20, g / 20 % 200 + 1, repeat('x', 60) from generate_series(0, 39999) g;
insert into notes select tenant, "Id", 'x' from accounts where "Id" % 40 = 0;
"""
INDEXED = 'create index on events (tenant, "account Id"); analyze;'
FOREIGN_KEY = 'alter table events add foreign key (tenant, "account Id") references accounts;'
UNIQUE = 'create unique index on notes (tenant, "account Id"); drop table events;'

SQL = """select payload from accounts a
join events e on e.tenant = a.tenant and a."Id" = e."account Id" where a.name < 'n12'"""
#: The key stands in accounts, the lookups take their values from notes.
BY_ANOTHER = """select payload from notes n
join accounts a on a.tenant = n.tenant and a."Id" = n."account Id"
join events e on e.tenant = n.tenant and e."account Id" = n."account Id" where a.name < 'n2'"""
OF_NOTES = SQL.replace("payload", "note").replace("events", "notes")


def planned(dsn: str, sql: str) -> tuple[PlanJson, Catalog]:
    """The plan by lookups, with what came of it, and the catalog."""
    with psycopg.connect(dsn) as connection:
        connection.execute("set enable_hashjoin = off; set enable_mergejoin = off")
        connection.execute("set enable_material = off; set enable_memoize = off")
        row = connection.execute(f"explain (analyze, format json) {sql}".encode()).fetchone()
    assert row is not None
    with connect(PostgresTarget(dsn)) as session:
        return row[0][0]["Plan"], read_catalog(collect(session))


def lookups_of(plan: PlanJson, table: str) -> dict[str, Any]:
    """The inner scan of the table."""
    todo = [plan]
    while todo:
        node = todo.pop()
        if node.get("Relation Name") == table and node["Parent Relationship"] == "Inner":
            return dict(node)
        todo += node.get("Plans", ())
    raise AssertionError(f"no lookups of {table}")


@pytest.mark.parametrize("sql", [SQL, BY_ANOTHER])
def test_a_key_of_two_columns_is_found_oftener_than_the_planner_thinks(
    new_database: Callable[..., str], sql: str
) -> None:
    plan, catalog = planned(new_database(ACCOUNTS + OF_ONE_TENANT + INDEXED), sql)
    scan = lookups_of(plan, "events")
    assert (scan["Plan Rows"], scan["Actual Rows"]) == (1, pytest.approx(10))
    lookup = next(found for found in nested_lookups(plan, catalog) if found.key is not None)
    assert (lookup.expected, lookup.rows) == (1, pytest.approx(10))
    assert lookup.risk(catalog) == pytest.approx(9 * lookup.loops * scan["Total Cost"])
    assert lookup.missing_foreign_key == (
        'ALTER TABLE public.events ADD FOREIGN KEY (tenant, "account Id") '
        'REFERENCES public.accounts (tenant, "Id")'
    )


@pytest.mark.parametrize(
    ("data", "sql"),
    [
        (OF_ONE_TENANT + FOREIGN_KEY + INDEXED, SQL),
        (IN_EVERY_TENANT + INDEXED, SQL),
        (OF_ONE_TENANT + UNIQUE + "analyze;", OF_NOTES),
    ],
    ids=["foreign key", "independent", "own key"],
)
def test_what_the_planner_knows_is_charged_once(
    new_database: Callable[..., str], data: str, sql: str
) -> None:
    plan, catalog = planned(new_database(ACCOUNTS + data), sql)
    found = list(nested_lookups(plan, catalog))
    assert found
    assert [lookup.missing_foreign_key for lookup in found] == [None] * len(found)
    assert sum(lookup.risk(catalog) for lookup in found) == 0


@pytest.mark.parametrize(
    ("data", "is_told"), [(OF_ONE_TENANT, True), (OF_ONE_TENANT + FOREIGN_KEY, False)]
)
def test_the_foreign_key_that_would_tell_the_planner_is_named(
    new_database: Callable[..., str], data: str, *, is_told: bool
) -> None:
    of_a_few = SQL.replace("n12", "n101")
    advice = advise_on(new_database(f"{ACCOUNTS}{data}analyze;"), f"-- name: q\n{of_a_few};")
    assert advice.indexes
    told = [note for note in advice.notes if "FOREIGN KEY" in note]
    assert bool(told) is is_told
    if is_told:
        assert (
            'ALTER TABLE public.events ADD FOREIGN KEY (tenant, "account Id") '
            'REFERENCES public.accounts (tenant, "Id")'
        ) in told[0]


SCATTERED = """
create table parents (id int primary key, kind int);
create table children (parent_id int, note text);
insert into parents select g, g % 10 from generate_series(1, 2000) g;
insert into children select g * 7919 % 2000 + 1, repeat('x', 400) from generate_series(1, 40000) g;
create index on children (parent_id);
analyze;
"""
IN_ORDER = SCATTERED.replace("g * 7919 % 2000 + 1", "(g + 19) / 20")
OF_A_KIND = "select note from parents p join children c on c.parent_id = p.id where kind < 9"


@pytest.mark.parametrize(
    ("data", "pages"), [(SCATTERED, 20), (IN_ORDER, 0)], ids=["scattered", "in order"]
)
def test_scattered_rows_are_read_again_where_the_buffers_do_not_hold_the_table(
    new_database: Callable[..., str], data: str, pages: float
) -> None:
    plan, catalog = planned(new_database(data), OF_A_KIND)
    (lookup,) = nested_lookups(plan, catalog)
    assert lookup.pages == pytest.approx(pages, abs=0.5)
    assert lookup.risk(catalog) == 0
    small = replace(catalog, shared_buffers_pages=lookup.child.pages / 4)
    descent = (math.ceil(math.log2(40_000)) + 50 * 2) * 0.0025
    each = lookup.pages * 0.75 + descent + 20 * 0.0175
    more = max(0.0, lookup.loops * (each - lookup.units))
    assert lookup.risk(small) == pytest.approx(more)
    assert bool(more) is bool(pages)


def test_where_the_first_row_is_enough_no_more_are_read(new_database: Callable[..., str]) -> None:
    sql = "select id from parents p where not exists (select from children where parent_id = p.id)"
    plan, catalog = planned(new_database(SCATTERED + "alter table children add kind int;"), sql)
    (lookup,) = nested_lookups(plan, catalog)
    assert (lookup.expected, lookup.rows) == (20, 1)


def test_lookups_out_of_order_read_a_leaf_of_the_index_too(
    new_database: Callable[..., str],
) -> None:
    sql = OF_A_KIND.replace("parents p", "(select * from parents order by random()) p")
    plan, catalog = planned(new_database(IN_ORDER), sql)
    (lookup,) = nested_lookups(plan, catalog)
    assert lookup.pages == pytest.approx(3, abs=0.1)
