"""Statements written so that the server does less: what they are, and that the result is equal."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest

from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.statement_forms import statement_forms
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.catalog import catalog_from_snapshot
from dbaudit.workload.predicates import query_uses
from dbaudit.workload.query_file import parse_queries
from tests.conftest import create_database

SCHEMA = """
create table users (id int primary key, email text not null unique, name text, boss int);
create table "My orders" (id int primary key, user_id int not null, other int, note text);
insert into users select g, 'mail ' || g, 'name ' || g % 5, nullif(g % 3, 0)
from generate_series(1, 40) g;
insert into "My orders" select g, g % 30, nullif(g % 4, 0), 'note ' || g % 6
from generate_series(1, 90) g;
analyze;
"""
SAME = {
    'select id from users u where (select count(*) from "My orders" o where user_id = u.id) > 0': (
        'select id from users u where EXISTS (SELECT from "My orders" o where user_id = u.id)'
    ),
    "select id, 0 = 0 from users u where not (select count(1) from users) = 0 and id > 3": (
        "select id, 0 = 0 from users u where not NOT EXISTS (SELECT from users) and id > 3"
    ),
    'select id from users where id not in (select user_id from "My orders")': (
        'select id from users where NOT EXISTS (SELECT from "My orders" '
        'WHERE "My orders".user_id = users.id)'
    ),
    "select u.id from users u where u.id not in "
    "(select o.user_id from public.\"My orders\" as o where o.id > 50 or note = 'note 1')": (
        'select u.id from users u where NOT EXISTS (SELECT from public."My orders" as o '
        "WHERE (o.id > 50 or note = 'note 1') AND o.user_id = u.id)"
    ),
    "select distinct id, name from users where boss = 1": (
        "select id, name from users where boss = 1"
    ),
    'select u.*, o.note from users u join "My orders" o on o.user_id = u.id '
    "where (u.name = 'name 3' or o.note = 'note 2') and o.id > 2;": (
        'select u.*, o.note from users u join "My orders" o on o.user_id = u.id '
        "where (u.name = 'name 3') and o.id > 2\nUNION ALL\n"
        'select u.*, o.note from users u join "My orders" o on o.user_id = u.id '
        "where (o.note = 'note 2') AND (u.name = 'name 3') IS NOT TRUE and o.id > 2"
    ),
    'select u.name, other from users u, "My orders" o where u.id = user_id and boss = 1 or '
    "o.other = 2": (
        'select u.name, other from users u, "My orders" o where (u.id = user_id and boss = 1)'
        "\nUNION ALL\n"
        'select u.name, other from users u, "My orders" o where (o.other = 2) '
        "AND (u.id = user_id and boss = 1) IS NOT TRUE"
    ),
    "SELECT DISTINCT u.name, u.email FROM users u ORDER BY 1 LIMIT 1000": (
        "SELECT u.name, u.email FROM users u ORDER BY 1 LIMIT 1000"
    ),
}
NONE = [
    "select id from users u where (select count(*) from users b where b.boss = u.id) > 1",
    "select id from users where (select count(boss) from users) > 0",
    "select id from users u where (select count(*) from users group by boss limit 1) > 0",
    "select id from users where 2 * (select count(*) from users) > 0",
    "select id from users where (select count(*) from users) > 0 + id",
    'select id from users where id not in (select other from "My orders")',
    'select id from users where boss not in (select user_id from "My orders")',
    'select id from users where id not in (select user_id from "My orders" limit 5)',
    'select id from users where id not in (select user_id + 1 from "My orders")',
    "select id from users where id not in (select id from users where boss = 1)",
    'select id from users where id + boss not in (select user_id from "My orders")',
    'select u.id from "My orders" o left join users u on u.id = o.other '
    'where u.id not in (select user_id from "My orders" p)',
    "select distinct name from users",
    "select distinct id, unnest(array[1, 1]) from users",
    'select distinct u.id from users u join "My orders" o on o.user_id = u.id',
    "select distinct on (id) id, name from users",
    "select id from users",
    "select id from users where name = 'a' or boss = 1",
    'select count(*) from users u, "My orders" o where u.boss = 1 or o.other = 2',
    'select u.id from users u, "My orders" o where u.boss = 1 or o.other = 2 limit 5',
    'select u.id from users u, "My orders" o where not (u.boss = 1 or o.other = 2)',
    'select u.id from users u, "My orders" o where u.boss > random() or o.other = 2',
]


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, SCHEMA)


@pytest.fixture(scope="module")
def snapshot(dsn: str) -> Snapshot:
    with connect(PostgresTarget(dsn)) as session:
        return collect(session)


def forms(snapshot: Snapshot, statement: str) -> list[str]:
    query = parse_queries(statement)[0]
    uses = query_uses(query, catalog_from_snapshot(snapshot))
    tables = read_catalog(snapshot).tables
    return [form.statement for form in statement_forms(query.statement, uses, tables)]


@pytest.mark.parametrize(("statement", "wanted"), SAME.items())
def test_the_form_has_the_same_result(
    snapshot: Snapshot, dsn: str, statement: str, wanted: str
) -> None:
    assert forms(snapshot, statement) == [wanted]
    with psycopg.connect(dsn) as connection:
        rows = [Counter(connection.execute(s.encode()).fetchall()) for s in (statement, wanted)]
    assert rows[0] == rows[1]
    assert rows[0]


@pytest.mark.parametrize("statement", NONE)
def test_no_form_where_it_might_differ(snapshot: Snapshot, statement: str) -> None:
    assert forms(snapshot, statement) == []
