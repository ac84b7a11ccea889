"""Plans with expression indexes as they are once these are built and analysed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.expression_statistics import n_distinct
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.expression_sample import ExpressionSample
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.sample_pages import SampleLimits
from dbaudit.targets.sampled import IndexSample, KeyGroup
from dbaudit.targets.session import connect
from tests.conftest import create_database
from tests.shadow.agreement import bound, real_plan, shape

NOTES = """
select setseed(0.75);
create table "Note %s" (
    id bigint primary key, "E mail" text, at timestamptz, meta jsonb, body text, price numeric
);
insert into "Note %s"
select
    i, 'User' || (random() * 2500)::int || '@Example.org',
    timestamptz '2025-01-01 00:00+00' + i * interval '7 minutes',
    jsonb_build_object(
        'kind', (array['web', 'a,"b', '{x}', 'nul\\l'])[1 + floor(random() ^ 3 * 4)::int], 'n', i,
        'k', case when i % 3 = 0 then i % 40 end,
        'in', jsonb_build_object('a', i % 7)),
    (select string_agg('w' || floor(exp(random() * 7))::int, ' ')
     from generate_series(1, 12 + 0 * i)),
    round((random() * 500)::numeric, 2)
from generate_series(1, 40000) as i;
vacuum analyze "Note %s";
"""


def index(expression: str, method: str = "btree", opclass: str | None = None) -> IndexDefinition:
    key = IndexKey(expression, is_expression=True, opclass=opclass)
    return IndexDefinition("public", "Note %s", (key,), method)


LOWER = index('lower("E mail")')
KIND = index("meta ->> 'kind'")
NUMBER = index("(meta ->> 'n')::int")
SPARSE = index("meta ->> 'k'")
NESTED = index("meta -> 'in'", "gin", "jsonb_path_ops")
WORDS = index("to_tsvector('simple', body)", "gin")
MONTH = index("date_trunc('month', at, 'UTC')")
ROUNDED = index("round(price)")
NOTHING = index("meta ->> 'nothing'")

FROM = 'from "Note %s"'
CASES = {
    "one of many": (f"select id {FROM} where lower(\"E mail\") = 'user77@example.org'", LOWER),
    "join": (
        f'select count(*) {FROM} as a join "Note %s" as b on lower(b."E mail") = a.meta ->> \'n\''
        " where a.id in (1, 7000, 14000, 21000, 28000)",
        LOWER,
    ),
    "common value": (f"select id {FROM} where meta ->> 'kind' = 'web'", KIND),
    "value with quotes": (f"select id {FROM} where meta ->> 'kind' = 'a,\"b'", KIND),
    "value with a backslash": (rf"select id {FROM} where meta ->> 'kind' = 'nul\l'", KIND),
    "no such value": (f"select id {FROM} where meta ->> 'kind' = 'none'", KIND),
    "groups": (f"select meta ->> 'kind', count(*) {FROM} group by 1", KIND),
    "range": (f"select * {FROM} where (meta ->> 'n')::int between 100 and 900", NUMBER),
    "order": (f"select id {FROM} order by (meta ->> 'n')::int limit 20", NUMBER),
    "mostly null": (f"select id {FROM} where meta ->> 'k' = '3'", SPARSE),
    "not null": (f"select id {FROM} where meta ->> 'k' is not null", SPARSE),
    "contained": (f"select id {FROM} where meta -> 'in' @> '{{\"a\": 3}}'", NESTED),
    "common word": (f"select id {FROM} where to_tsvector('simple', body) @@ 'w1'", WORDS),
    "less common word": (f"select id {FROM} where to_tsvector('simple', body) @@ 'w50'", WORDS),
    "month": (
        f"select count(*) {FROM} where date_trunc('month', at, 'UTC') = '2025-03-01 00:00+00'",
        MONTH,
    ),
    "number": (f"select id {FROM} where round(price) > 480", ROUNDED),
    "nothing": (f"select id {FROM} where meta ->> 'nothing' = 'x'", NOTHING),
}


@pytest.fixture(scope="module")
def notes(pg18: Cluster) -> str:
    return create_database(pg18, NOTES)


@pytest.fixture(scope="module")
def shadow(notes: str) -> Iterator[Shadow]:
    target = PostgresTarget(notes)
    with connect(target) as session:
        sampler = TargetSample(session, SampleLimits(rows=12_000))
        with Shadow(target, [("public", "Note %s")], sampler=sampler) as shadow:
            assert shadow.prepare([index for _, index in CASES.values()]) == {}
            assert sampler.notes == []
            yield shadow


@pytest.mark.parametrize("name", CASES)
def test_cost_is_near_that_of_the_analysed_index(notes: str, shadow: Shadow, name: str) -> None:
    sql, index = CASES[name]
    with psycopg.connect(notes, autocommit=True) as connection:
        connection.execute(index.ddl("built", concurrently=False).encode())
        connection.execute('analyze "Note %s"')
        real = real_plan(notes, sql)
        connection.execute("drop index built")
    planned = shadow.plan(bound(sql), [index])
    print(f"{name}: real {real['Total Cost']}, shadow {planned['Total Cost']}")
    assert planned["Total Cost"] == pytest.approx(real["Total Cost"], rel=0.15)
    assert [node[0] for node in shape(planned)] == [node[0] for node in shape(real)]


def test_without_the_index_the_plan_is_the_targets_own(shadow: Shadow) -> None:
    sql, _ = CASES["common value"]
    planned = shadow.plan(bound(sql))
    assert planned["Plan Rows"] == 200  # 0.5 %: nothing is known of the expression


class SlowSample(TargetSample):
    """The time for samples is over with the first that was taken."""

    def sample(self, indexes: Collection[IndexDefinition]) -> Mapping[IndexDefinition, IndexSample]:
        self.limits = SampleLimits(seconds=0)
        return super().sample(indexes)


def test_what_plans_hang_on_is_sampled_before_sizes(notes: str) -> None:
    target = PostgresTarget(notes)
    query = bound(f"select id {FROM} where meta ->> 'kind' = 'web'")
    tables = [("public", "Note %s")]
    with (
        connect(target) as session,
        Shadow(target, tables, sampler=SlowSample(session)) as planner,
    ):
        assert planner.prepare([KIND]) == {}
        rows = planner.plan(query, frozenset([KIND]))["Plan Rows"]
    assert rows > 10_000  # of a value that nobody looked at 200 are expected


def test_distinct_values_are_a_number_or_a_share_of_the_rows() -> None:
    few = ExpressionSample(1000, 900, 8, groups=(KeyGroup(11, 11, 1000, 16),))
    many = ExpressionSample(1000, 1000, 8, groups=(KeyGroup(500, 500, 1000, 16),))
    sampled = ExpressionSample(300, 300, 8, groups=(KeyGroup(50, 50, 100, 16),), fraction=0.1)
    assert n_distinct(few) == 10
    assert n_distinct(sampled) == pytest.approx(-0.5, abs=0.01)  # of 1,000 rows, not of 3,000
    assert n_distinct(many) == -0.5
    assert n_distinct(ExpressionSample(1000, 250, 8)) == -0.25
