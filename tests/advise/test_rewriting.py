"""Queries that no index helps, in other words: priced by the shadow, compared on the target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dbaudit.advise.advice import Rewrite
from dbaudit.audit.advise import advise
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.rewritten import compared
from dbaudit.audit.steps import SilentSteps
from dbaudit.query import Query
from dbaudit.targets.cluster import Cluster
from dbaudit.workload.query_file import load_queries, parse_queries
from tests.advise.workloads import Bench, bench
from tests.conftest import create_database

SCHEMA = """
create table users (id int primary key, name varchar(40) not null, code text);
create table events (id bigint primary key, user_id int not null, at timestamptz not null,
    state int, tags text[], "Own Key" uuid not null default gen_random_uuid());
insert into users select g, 'user ' || g, to_char(g, 'FM000000') from generate_series(1, 5000) g;
insert into events (id, user_id, at, state, tags)
select g, g % 4000 + 1, timestamptz '2025-01-01' + g * interval '10 minutes',
    case when g % 50 = 0 then g / 50 % 100 end, array['t' || g % 900, 'u' || g % 7]
from generate_series(1, 60000) g;
create index on events (at);
create index on events (user_id);
vacuum analyze;
"""


@pytest.fixture(scope="module")
def opened(pg18: Cluster) -> Iterator[Bench]:
    with bench(create_database(pg18, SCHEMA)) as found:
        yield found


def rewrites(opened: Bench, text: str) -> list[Rewrite]:
    return list(opened.advise(f"-- name: q\n{text};").rewrites)


def checked(opened: Bench, rewrite: Rewrite, text: str) -> tuple[list[Rewrite], list[str]]:
    query: Query = parse_queries(f"-- name: q\n{text};")[0]
    kept, notes = compared(opened.session, [rewrite], {"q": query})
    return list(kept), list(notes)


def test_a_day_is_read_by_the_index_that_is_there(opened: Bench) -> None:
    text = "select * from events e where e.at::date = '2025-02-10' and state is null"
    (found,) = rewrites(opened, text)
    assert found.sql == (
        "select * from events e where (e.at >= ('2025-02-10')::date "
        "AND e.at < ('2025-02-10')::date + 1) and state is null"
    )
    assert found.cost_after < found.cost_before / 10
    assert found.index is None
    (kept,), notes = checked(opened, found, text)
    assert notes == []
    assert re.fullmatch(r"the same for (2\d|30),\d\d\d rows of the target", kept.checked)


def test_values_are_those_of_the_file_and_names_those_of_the_query(opened: Bench) -> None:
    text = "-- param: day date = '2025-02-10'\nselect * from events where at::date = :day"
    (found,) = rewrites(opened, text)
    assert "at >= (:day)::date" in found.sql
    assert found.reason.endswith("instead of at::date = :day")
    assert found.check is not None
    assert "'2025-02-10'" in found.check


def test_an_index_for_the_new_words_comes_with_them(opened: Bench) -> None:
    (found,) = rewrites(opened, "select id from events where 't5' = any (tags)")
    assert "tags @> ARRAY['t5']::text[]" in found.sql
    assert found.index is not None
    assert "USING gin (tags)" in found.index
    assert found.cost_after < found.cost_before / 5


def test_the_index_may_be_one_that_another_query_did_without(opened: Bench) -> None:
    """Of the tags there is one, but all rows have some of those that the other one looks for."""
    rewritten = "select id from events where 't5' = any (tags)"
    other = "select id from events where tags && '{u0,u1,u2,u3,u4,u5,u6}'"
    advice = opened.advise(f"-- name: q\n{rewritten};\n-- name: r\n{other};")
    assert not [index for index in advice.indexes if index.method == "gin"]
    (found,) = (one for one in advice.rewrites if one.query == "q")
    assert found.index is not None
    assert "USING gin (tags)" in found.index


ANTI_JOIN = (
    "-- set: work_mem = 64kB\n"
    "select name from users where id > 4980 and id not in (select user_id from events)"
)


def test_other_words_may_spare_the_index_of_an_expression(opened: Bench) -> None:
    (found,) = rewrites(opened, "select * from events where id::text = '4242'")
    assert found.sql == "select * from events where id = 4242"
    assert found.reason.endswith("; it needs no events_id_text_idx")
    assert (found.cost_before > 1000, found.cost_after < 10, found.index) == (True, True, None)


def test_an_index_that_the_new_words_want_instead_spares_nothing(opened: Bench) -> None:
    assert rewrites(opened, "select at from events where state::text = '42'") == []


def test_an_anti_join(opened: Bench) -> None:
    (found,) = rewrites(opened, ANTI_JOIN)
    assert "NOT EXISTS (SELECT from events WHERE events.user_id = users.id)" in found.sql
    assert found.check is None
    (kept,), _ = checked(opened, found, ANTI_JOIN)
    assert kept.checked.startswith("not compared")


def test_the_result_of_a_registered_query_is_compared(opened: Bench, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text(ANTI_JOIN)
    (query,) = load_queries([file], tmp_path)
    options = ProposeOptions()
    made = advise(opened.session, [query], options, SilentSteps(), is_registered_only=True)
    (found,) = made.advice.rewrites
    assert found.checked == "the same for 20 rows of the target"


def test_nothing_volatile_is_called(opened: Bench) -> None:
    text = "select *, lo_create(0) from events where at::date = '2025-02-10'"
    (found,) = rewrites(opened, text)
    (kept,), _ = checked(opened, found, text)
    assert kept.checked == "not compared: it calls the volatile function lo_create"


def test_a_rewrite_that_a_row_speaks_against_is_withdrawn(opened: Bench) -> None:
    text = "select * from events where at::date = '2025-02-10'"
    (found,) = rewrites(opened, text)
    assert found.check is not None
    wrong = replace(found, check=found.check.replace("+ 1", "+ 2"))
    kept, notes = checked(opened, wrong, text)
    assert kept == []
    assert "other rows" in notes[0]


def test_what_cannot_be_compared_says_why(opened: Bench) -> None:
    text = "select * from events where at::date = '2025-02-10'"
    (found,) = rewrites(opened, text)
    (kept,), _ = checked(opened, replace(found, check="select pg_sleep(60), 1 / 0"), text)
    assert kept.checked == "not compared: division by zero"


def test_comparisons_end_in_time(opened: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "select * from events where at::date = '2025-02-10'"
    (found,) = rewrites(opened, text)
    monkeypatch.setattr("dbaudit.audit.rewritten._SECONDS", -1.0)
    (kept,), _ = checked(opened, found, text)
    assert kept.checked == "not compared: those before took too long"


@pytest.mark.parametrize(
    "text",
    [
        "select * from events where at >= '2025-02-10' and at < '2025-02-11'",
        "select * from users where id + 1 = 5 and lower(name) = 'user 4'",
        "select name from users where code not in (select tags[1] from events)",
        "select * from events where at::date >= '2025-01-02'",
    ],
    ids=["is a range", "quick", "nullable", "most rows"],
)
def test_silent_where_other_words_gain_nothing(opened: Bench, text: str) -> None:
    assert rewrites(opened, text) == []
