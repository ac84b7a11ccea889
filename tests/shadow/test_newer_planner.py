"""Plans that an older planner cannot make are known by what EXPLAIN shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dbaudit.shadow.newer_planner import FEATURES, Statement, newer_features
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import create_database
from tests.shadow.agreement import bound

TABLES = """
create table big (id int primary key, k int, v int, w int);
insert into big select i, i / 10, i % 7, i * 7 % 60000 from generate_series(1, 60000) as i;
create index on big (k);
create index on big (v, w);
create table small (id int, k int);
insert into small select i, i from generate_series(1, 300) as i;
vacuum analyze;
"""
KEYS = {"big_k_idx": "k", "big_v_w_idx": "v"}
NO_STATEMENT = Statement("", {})

#: The features in the shadow's plan of a statement, for a target of this major version.
FeaturesOf = Callable[[str, int], list[str]]

QUERIES = {
    "right anti joins (since 16)": "select * from small where not exists"
    " (select from big where big.w = small.k)",
    "incremental sorts for DISTINCT and at a lower cost (since 16)": "select * from big"
    " order by k, w limit 9",
    "aggregates of sorted input (since 16)": "select count(distinct w) from big",
    "OR turned into a list of values (since 18)": "select * from big where k = 5 or k = 77",
    "a single B-tree scan for a list of values (since 17)": "select * from big where k in (5, 7)",
    "INTERSECT and EXCEPT of two inputs (since 18)": "select k from big except select k from small",
    "right semi joins (since 18)": "select * from small where k in (select w from big)",
    "skip scans of B-trees (since 18)": "select * from big where w = 77",
    "memoised inner sides of nested loops (since 14)": "select b.w"
    " from big a join big b on b.id = a.v where a.k < 1000",
}


@pytest.mark.parametrize("name", QUERIES)
def test_real_plans_show_their_features(name: str, features_of: FeaturesOf) -> None:
    assert name in features_of(QUERIES[name], 13)
    since = int(name.rstrip(")").split()[-1])
    assert name not in features_of(QUERIES[name], since)


@pytest.fixture(scope="module")
def features_of(pg18: Cluster) -> Iterator[FeaturesOf]:
    dsn = create_database(pg18, TABLES)
    with Shadow(PostgresTarget(dsn), [("public", "big"), ("public", "small")]) as shadow:

        def ask(sql: str, major: int) -> list[str]:
            return [
                str(f) for f in newer_features(shadow.plan(bound(sql)), Statement(sql, KEYS), major)
            ]

        yield ask


def test_nothing_is_newer_than_the_shadow_itself() -> None:
    assert max(feature.since for feature in FEATURES) <= 18
    assert newer_features({"Node Type": "Memoize"}, NO_STATEMENT, 18) == ()


def test_parallel_and_merged_plans() -> None:
    gather = {"Node Type": "Aggregate", "Plans": [{"Node Type": "Gather"}]}
    assert [f.since for f in newer_features(gather, NO_STATEMENT, 17)] == [18]
    assert newer_features({**gather, "Partial Mode": "Finalize"}, NO_STATEMENT, 17) == ()
    union = {"Node Type": "Unique", "Plans": [{"Node Type": "Merge Append"}]}
    assert [f.since for f in newer_features(union, NO_STATEMENT, 16)] == [17]
    full = {"Node Type": "Hash Join", "Join Type": "Full", "Parallel Aware": True}
    assert [f.since for f in newer_features(full, NO_STATEMENT, 15)] == [16]
