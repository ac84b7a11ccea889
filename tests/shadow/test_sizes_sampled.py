"""Sizes estimated by a sample of the target against real builds on PostgreSQL 18."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.sample_pages import SampleLimits
from dbaudit.targets.session import connect
from tests.conftest import create_database

SHARDS = "".join(
    f"create table shards_{n} partition of shards for values with (modulus 16, remainder {n});\n"
    for n in range(16)
)
VARIED = """
select setseed(0.5);
create table varied as
select
    i::bigint as id, (i / 7)::int as clustered, i / 3000 as long_run,
    (random() ^ 4 * 100000)::int as skewed, floor(exp(random() * 12))::int as zipf,
    (random() * 50000)::int as "Rnd %s", (random() * 1000)::int as few,
    case when random() < 0.3 then null else (random() * 20000)::int end as nullable,
    repeat(md5(i::text), 1 + i % 5) as wide_text,
    jsonb_build_object('status', case when random() < 0.02 then 'open' else 'done' end,
        'n', (random() * 3000)::int) as doc,
    date '2020-01-01' + i / 700 as day, (array['a', 'bb', 'ccc', 'dddd'])[1 + i % 4] as kind,
    round((random() * 1000)::numeric, 2) as amount,
    case when random() < 0.5 then (random() * 1000)::int else 1000 + i end as half_unique
from generate_series(1, 300000) as i;
vacuum analyze varied;
create table parts (id int, at date, kind int) partition by range (at);
create table parts_1 partition of parts for values from ('2025-01-01') to ('2025-02-01');
create table parts_2 partition of parts for values from ('2025-02-01') to ('2025-12-01');
insert into parts select i, date '2025-01-01' + i % 100, i % 7000
from generate_series(1, 200000) as i;
vacuum analyze parts;
create table shards (id uuid, owner int, body text) partition by hash (id);
$shards$
insert into shards select md5(i::text)::uuid, i % 20000, 'body ' || md5((i * 7)::text)
from generate_series(1, 200000) as i;
vacuum analyze shards;
create table never_analysed with (autovacuum_enabled = false) as select i as id, i % 500 as few
from generate_series(1, 200000) as i;
""".replace("$shards$\n", SHARDS)


def index(*columns: str, table: str = "varied", **more: object) -> IndexDefinition:
    """An index on columns, or on expressions in brackets."""
    keys = tuple(
        IndexKey(c[1:-1], is_expression=True) if c.startswith("(") else IndexKey(c) for c in columns
    )
    return IndexDefinition("public", table, keys, **more)  # type: ignore[arg-type]


CASES = {
    "unique": index("id"),
    "clustered": index("clustered"),
    "long runs": index("long_run"),
    "skewed": index("skewed"),
    "zipf": index("zipf"),
    "zipf and kind": index("zipf", "kind"),
    "skewed and few": index("skewed", "few"),
    "half unique": index("half_unique"),
    "two independent": index("Rnd %s", "few"),
    "independent and correlated": index("few", "day"),
    "functionally dependent": index("clustered", "day"),
    "nulls": index("nullable"),
    "nulls and text": index("nullable", "kind"),
    "wide text": index("wide_text"),
    "lower wide text": index("(lower(wide_text))"),
    "jsonb field": index("(doc ->> 'n')"),
    "cast jsonb field": index("((doc ->> 'n')::int)", "kind"),
    "no deduplication of numeric": index("amount", "day"),
    "partial by jsonb": index("id", where="doc ->> 'status' = 'open'"),
    "partial by null": index("Rnd %s", "few", where="nullable is null"),
    "partial by range": index("few", where="day > '2020-10-01'"),
    "partial by arithmetic": index("few", where="id % 10 = 3"),
    "include": index("few", include=("nullable", "kind")),
    "partitioned": index("kind", "at", table="parts"),
    "of few pages each": index("id", table="shards"),
    "never analysed": index("few", table="never_analysed"),
}

#: Few enough that the tables are sampled, not read whole.
LIMITS = SampleLimits(rows=20_000, least_pages=100)


@pytest.fixture(scope="module")
def varied(pg18: Cluster) -> str:
    return create_database(pg18, VARIED)


@pytest.fixture(scope="module")
def shadow(varied: str) -> Iterator[Shadow]:
    target = PostgresTarget(varied)
    tables = [("public", name) for name in ("varied", "parts", "shards", "never_analysed")]
    with connect(target) as session:
        sampler = TargetSample(session, LIMITS)
        with Shadow(target, tables, sampler=sampler) as shadow:
            assert shadow.prepare(list(CASES.values())) == {}
            assert sampler.notes == []
            yield shadow


@pytest.mark.parametrize("name", CASES)
def test_size_is_near_the_real_build(varied: str, shadow: Shadow, name: str) -> None:
    case = CASES[name]
    with psycopg.connect(varied) as connection:
        connection.execute(case.ddl("built", concurrently=False).encode())
        row = connection.execute(
            "select sum(pg_relation_size(oid)) from (select 'built'::regclass::oid union"
            " select relid::oid from pg_partition_tree('built')) as members (oid)"
        ).fetchone()
        connection.rollback()
    assert row is not None
    print(f"{name}: real {row[0] // 8192}, estimated {shadow.size_bytes(case) // 8192}")
    assert shadow.size_bytes(case) == pytest.approx(float(row[0]), rel=0.15)
