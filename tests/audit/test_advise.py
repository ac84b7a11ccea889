"""Advice on queries that only the server knows, and on those that it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.audit.advise import advise
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.steps import SilentSteps
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from dbaudit.workload.query_file import parse_queries
from tests.advise.workloads import bodies
from tests.conftest import create_database

TABLES = """
create table docs (id int primary key, owner int, status text, area box, note text);
insert into docs select n, n % 3000, case when n % 50 = 0 then 'open' else 'done' end,
    box(point(n % 1000, n % 997), point(n % 1000 + 1, n % 997 + 1)), md5(n::text)
from generate_series(1, 60000) as n;
create table parts (doc_id int, kind int, line int);
insert into parts select n % 60000, n % 900, n from generate_series(1, 60000) as n;
create schema only_views;
create view only_views.open_docs as select id, owner as whose from docs where status = 'open';
create function parts_of(int) returns setof parts
    language sql stable as 'select * from parts where kind = $1';
create table secrets (id int, tenant text, note text);
insert into secrets select n, 't' || n % 2000, md5(n::text) from generate_series(1, 60000) as n;
alter table secrets enable row level security;
create policy own on secrets using (tenant = current_setting('app.tenant', true));
create role clerk;
grant select on secrets to clerk;
vacuum analyze;
"""


@pytest.fixture(scope="module", params=["pg15", "pg18"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    cluster: Cluster = request.getfixturevalue(request.param)
    with connect(PostgresTarget(create_database(cluster, TABLES))) as opened:
        yield opened


def advised(session: Session, queries: str) -> Advice:
    registered = parse_queries(queries)
    made = advise(session, registered, ProposeOptions(), SilentSteps(), is_registered_only=True)
    return made.advice


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select id from docs where area <@ box '((0,0),(1,1))'", "docs USING gist (area)"),
        ("select note from docs where owner = :o and |/ id > 3", "docs (owner)"),
        ("select * from only_views.open_docs where whose = 7", "docs (owner)"),
        ("select * from parts_of(7)", "parts (kind)"),
    ],
)
def test_the_plan_tells_what_the_text_does_not(session: Session, sql: str, wanted: str) -> None:
    advice = advised(session, f"-- name: q\n{sql};")
    assert [body.split(" WHERE ")[0] for body in bodies(advice)] == [wanted]
    assert advice.not_covered == ()


def test_a_policy_is_a_condition(session: Session) -> None:
    header = "-- name: q\n-- role: clerk\n-- set: app.tenant = t7\n"
    advice = advised(session, f"{header}select note from secrets;")
    assert bodies(advice) == ["secrets (tenant)"]


def test_a_parameter_that_only_the_plan_tells_gets_values(session: Session) -> None:
    sql = "select id from docs where owner = :owner and not area && box '((0,0),(1,1))'"
    advice = advised(session, f"-- name: q\n{sql};")
    assert bodies(advice) == ["docs (owner)"]
    assert advice.indexes[0].confidence == "likely"


def test_a_parameter_of_a_view_gets_values(session: Session) -> None:
    advice = advised(session, "-- name: q\nselect * from only_views.open_docs where whose = :o;")
    assert [body.split(" WHERE ")[0] for body in bodies(advice)] == ["docs (owner)"]
    assert advice.indexes[0].confidence == "likely"


def test_what_the_target_cannot_plan_is_not_covered(session: Session) -> None:
    advice = advised(
        session,
        "-- name: gone\nselect * from nowhere;\n"
        "-- name: typeless\nselect pg_typeof(:x);\n"
        "-- name: typed\n-- param: x int\nselect note from docs where :x is null or owner = 5;\n"
        "-- name: good\nselect * from docs where owner = 5;\n",
    )
    reasons = {missed.query: missed.reason for missed in advice.not_covered}
    assert 'relation "nowhere" does not exist' in reasons["gone"]
    assert {"good", "typed"}.isdisjoint(reasons)
    if session.version_num < 160000:
        assert "declare its type in the query's file: -- param: x text" in reasons["typeless"]
    assert bodies(advice) == ["docs (owner)"]
