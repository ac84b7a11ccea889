"""CREATE STATISTICS decides estimates: as superuser all of it, as the tables' owner all but MCV."""

from __future__ import annotations

import pytest

from dbaudit.shadow.correlation_bytes import (
    dependencies_of_text,
    ndistinct_of_text,
    renumbered_dependencies,
    renumbered_ndistinct,
)
from dbaudit.shadow.dump import Entry
from dbaudit.shadow.limits import limits
from dbaudit.shadow.restore import Failure
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import NewDatabase, create_database
from tests.shadow.agreement import bound, real_plan

PLACES = """
drop role if exists "stats owner";
create role "stats owner" login;
grant create on schema public to "stats owner";
set role "stats owner";
create table place (gone int, city int, region int, kind text, span int4range)
with (autovacuum_enabled = off);
alter table place drop column gone;
create statistics place_stats (ndistinct, dependencies) on city, region from place;
create statistics place_values (mcv) on city, kind from place;
create statistics "place ""e" on (city % 7), lower(kind), region from place;
create statistics place_one on (city / 9) from place;
insert into place
select i % 100, i % 100 / 10, 'X' || i % 30, int4range(i, i + i % 20)
from generate_series(1, 50000) as i;
reset role;
vacuum analyze;
"""
BY_OWNER = (
    "select 1 from place group by city, region",
    "select * from place where city = 5 and region = 0",
    "select * from place where city % 7 = 3",
    "select * from place where lower(kind) = 'x3'",
    "select * from place where city / 9 = 2",
    "select 1 from place group by city % 7, lower(kind), region",
)
BY_SUPERUSER = (*BY_OWNER, "select * from place where city = 5 and kind = 'X5'")
RANGES = "select * from place where span && int4range(100, 120)"


def rows(dsn: str, shadow: Shadow, queries: tuple[str, ...]) -> list[tuple[str, float, float]]:
    """The queries whose estimates differ."""
    pairs = [
        (sql, real_plan(dsn, sql)["Plan Rows"], shadow.plan(bound(sql))["Plan Rows"])
        for sql in queries
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


@pytest.mark.parametrize("version", ["pg15", "pg18"])
def test_a_superuser_sees_all(request: pytest.FixtureRequest, version: str) -> None:
    dsn = create_database(request.getfixturevalue(version), PLACES, "places")
    with Shadow(PostgresTarget(dsn), [("public", "place")]) as shadow:
        assert rows(dsn, shadow, (*BY_SUPERUSER, RANGES)) == []
        assert shadow.limits == ()


def test_an_owner_is_told_what_is_not_seen(new_database: NewDatabase) -> None:
    dsn = new_database(PLACES, "places")
    target = PostgresTarget(f"{dsn} user='stats owner'")
    with Shadow(target, [("public", "place")]) as shadow:
        assert rows(dsn, shadow, BY_OWNER) == []
        assert [limit.split(" (")[0] for limit in shadow.limits] == [
            'the role may not read all data of the extended statistics public."place ""e"',
            "the role may not read all data of the extended statistics public.place_values",
        ]


def test_coefficients_keep_their_columns() -> None:
    ndistinct = ndistinct_of_text('{"2, 3": 400, "2, -1": 7}')
    assert renumbered_ndistinct(ndistinct, {2: 1, 3: 2}) == ndistinct_of_text(
        '{"1, 2": 400, "1, -1": 7}'
    )
    dependencies = dependencies_of_text('{"2 => 3": 1.000000, "2, 5 => 3": 0.25}')
    assert renumbered_dependencies(dependencies, {2: 1, 3: 2, 5: 4}) == dependencies_of_text(
        '{"1 => 2": 1.0, "1, 4 => 2": 0.25}'
    )


def test_what_plans_hang_on_is_named_when_it_cannot_be_copied() -> None:
    policy = Failure(Entry("kept own", "POLICY", "public", ""), "no such function")
    owner = Failure(Entry("kept", "TABLE", "public", ""), "unrecognized parameter")
    lost = Failure(Entry("lost lost_idx", "INDEX", "public", ""), "no such table")
    elsewhere = Failure(
        Entry("kept kept_fkey", "FK CONSTRAINT", "public", ""),
        'relation "public.unread" does not exist',
    )
    found = [policy, policy, owner, lost, elsewhere]
    assert limits(found, [], [("public", "lost")]) == (
        "the shadow lacks the target's policy kept own: no such function",
    )
