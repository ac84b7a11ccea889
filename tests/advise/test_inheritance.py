"""Tables that inherit from the one in a query: each needs an index of its own."""

from __future__ import annotations

from tests.advise.workloads import advise_on, bodies, gain
from tests.conftest import NewDatabase

SETUP = """
create table event (at timestamp, who int);
create table login (ip text) inherits (event);
create table purchase (amount int) inherits (event);
create table note (who int, body text);
create view noted as select event_1.who as writer from note as event_1 where event_1.body = 'b7';
insert into event
    select timestamp '2025-01-01' + i * interval '1 min',
        i % 3000 from generate_series(1, 20000) i;
insert into login
    select timestamp '2025-01-01' + i * interval '1 min',
        i % 3000, 'x' from generate_series(1, 50000) i;
insert into purchase
    select timestamp '2025-01-01' + i * interval '1 min',
        i % 3000, 5 from generate_series(1, 40000) i;
insert into note select i, 'b' || i from generate_series(1, 40000) i;
vacuum analyze;
"""


def test_they_are_ordered_as_the_query_asks_of_all(new_database: NewDatabase) -> None:
    query = "select at, who from event where who = 77 order by at desc limit 5"
    advice = advise_on(new_database(SETUP), f"-- name: latest\n{query};")
    assert bodies(advice) == ["event (who, at)", "login (who, at)", "purchase (who, at)"]
    assert gain(advice, "latest") > 50


def test_another_table_with_such_an_alias_is_asked_what_it_is_asked(
    new_database: NewDatabase,
) -> None:
    query = "select * from only event, noted where event.who = writer and event.at > '2025-01-14'"
    advice = advise_on(new_database(SETUP), f"-- name: join\n{query};")
    assert "note (body)" in bodies(advice)
    assert not any(body.startswith("note (at") for body in bodies(advice))
