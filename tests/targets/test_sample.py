"""What a sample may read, and what is said where it may not."""

from __future__ import annotations

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.sample_pages import SampleLimits, read_tables
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, create_database

SQL = """
create table "Odd %s table" (id int, "Key %" text);
insert into "Odd %s table" select i, 'k' || i % 10 from generate_series(1, 1000) as i;
analyze;
"""
GUARDED = """
create table hidden (id int);
insert into hidden select generate_series(1, 1000);
alter table hidden enable row level security;
create table secret (id int);
create role "sample reader" login;
grant select on "Odd %s table", hidden to "sample reader";
"""


def index(table: str, *columns: str, where: str | None = None) -> IndexDefinition:
    return IndexDefinition("public", table, tuple(IndexKey(c) for c in columns), where=where)


ODD = index("Odd %s table", "Key %")
HIDDEN = index("hidden", "id")
SECRET = index("secret", "id")


def test_counts_of_a_small_table_are_exact(any_pg: Cluster) -> None:
    partial = index("Odd %s table", "id", where="\"Key %\" = 'k3'")
    dsn = create_database(any_pg, SQL)
    with connect(PostgresTarget(dsn)) as session:
        found = TargetSample(session).sample([ODD, partial])
    (leaf,) = found[ODD].values()
    assert (leaf.rows, leaf.fraction, sum(g.keys for g in leaf.groups)) == (1000, 1.0, 10)
    assert [leaf.kept for leaf in found[partial].values()] == [100]


def test_what_the_role_may_not_see_is_left_out_and_said(new_database: NewDatabase) -> None:
    dsn = PostgresTarget(new_database(SQL + GUARDED) + " user='sample reader'")
    with connect(dsn) as session:
        sampler = TargetSample(session)
        found = sampler.sample([ODD, HIDDEN, SECRET])
    assert set(found) == {ODD}
    assert sampler.notes == [
        "not every index on public.hidden was sized by a sample: "
        "row-level security hides rows from the role",
        "not every index on public.secret was sized by a sample: "
        "permission denied for table secret",
    ]


def test_an_expression_that_fails_costs_only_its_own_sample(new_database: NewDatabase) -> None:
    fails = IndexDefinition("public", "Odd %s table", (IndexKey("1 / (id - 5)", True),))
    with connect(PostgresTarget(new_database(SQL))) as session:
        sampler = TargetSample(session)
        assert set(sampler.sample([fails, ODD])) == {ODD}
    assert sampler.notes == [
        "not every index on public.Odd %s table was sized by a sample: division by zero"
    ]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SampleLimits(seconds=0), "the time for samples is over"),
        (SampleLimits(statement_seconds=0.05), "canceling statement due to statement timeout"),
    ],
)
def test_a_sample_ends_in_time(
    new_database: NewDatabase, limits: SampleLimits, reason: str
) -> None:
    slow = IndexDefinition(
        "public", "Odd %s table", (IndexKey("id"),), where="pg_sleep(0.01) is not null"
    )
    with connect(PostgresTarget(new_database(SQL))) as session:
        sampler = TargetSample(session, limits)
        assert sampler.sample([slow]) == {}
    assert sampler.notes == [
        f"not every index on public.Odd %s table was sized by a sample: {reason}"
    ]


def test_its_statements_are_marked_as_ours(new_database: NewDatabase) -> None:
    words = IndexDefinition(
        "public", "Odd %s table", (IndexKey("to_tsvector('simple', \"Key %\")", True),), "gin"
    )
    upper = IndexDefinition("public", "Odd %s table", (IndexKey('upper("Key %")', True),))
    dsn = new_database("create extension pg_stat_statements;\n" + SQL)
    with psycopg.connect(dsn) as connection:
        connection.execute("select pg_stat_statements_reset()")
    with connect(PostgresTarget(dsn)) as session:
        sampler = TargetSample(session)
        sampler.sample([ODD, words])
        assert len(sampler.expressions([words, upper])) == 2
    with psycopg.connect(dsn) as connection:
        texts = connection.execute(
            "select query from pg_stat_statements where query like '%Odd%'"
            " and dbid = (select oid from pg_database where datname = current_database())"
        ).fetchall()
    assert len(texts) >= 4
    assert [text for (text,) in texts if OWN_STATEMENT not in text] == []


def test_a_unique_key_is_not_counted_again(new_database: NewDatabase) -> None:
    """Only one without NULLs: of these there may be many."""
    sql = """
        create table "U t" (id int primary key, n int, m int unique);
        insert into "U t" select i, i % 7, case when i % 2 = 0 then i end
        from generate_series(1, 900) as i;
    """
    with connect(PostgresTarget(new_database(sql))) as session:
        (table,) = read_tables(session, [("public", "U t")], SampleLimits()).values()
        found = TargetSample(session).sample([index("U t", "n", "id"), index("U t", "m")])
    assert table.has_unique(["n", "id"])
    assert not table.has_unique(["m"])
    keys = [{(g.keys, g.rows) for g in leaf.groups} for i in found.values() for leaf in i.values()]
    assert keys == [{(900, 900)}, {(450, 450), (1, 450)}]
