"""What the planner cannot do costs the advice that one thing, and the rest goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from dbaudit.advise.failures import plan_without_failures
from dbaudit.errors import QueryError
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery, Query
from dbaudit.shadow.hypopg import HypoPG
from dbaudit.shadow.planner import PlanJson
from dbaudit.snapshot.collect import collect
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.advise.workloads import Bench, bodies
from tests.conftest import create_database

GOOD, BAD, WORSE = (IndexDefinition("public", "t", (IndexKey(name),)) for name in "abc")
QUERY = BoundQuery(Query("q", "select", "select"), "select")


class Fragile:
    """A planner that fails with certain indexes; with `together` only when it has them all."""

    kind, version, what_if_calls, limits = "shadow", "18.6", 0, ()

    def __init__(self, *failing: IndexDefinition, together: bool = False) -> None:
        self.failing, self.together = set(failing), together

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[tuple[str, str]] = (),
    ) -> PlanJson:
        met = self.failing.intersection(indexes)
        if met and (not self.together or met == self.failing):
            raise QueryError("division by zero")
        return {"Total Cost": 10.0 - len(indexes)}

    def prepare(self, candidates: Sequence[IndexDefinition]) -> Mapping[IndexDefinition, str]:
        return {}

    def size_bytes(self, index: IndexDefinition) -> int:
        return 0

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        return [index.name]

    def verbose_plan(self, query: BoundQuery) -> PlanJson:
        return self.plan(query)

    def not_covered(self, query: BoundQuery) -> str | None:
        return None


def test_a_candidate_that_fails_is_left_out_from_then_on() -> None:
    failed: dict[IndexDefinition, str] = {}
    plan = plan_without_failures(Fragile(BAD, WORSE), QUERY, [GOOD, BAD, WORSE], failed)
    assert plan == {"Total Cost": 9.0}
    assert failed == dict.fromkeys((BAD, WORSE), "q cannot be planned with it: division by zero")
    again = plan_without_failures(Fragile(), QUERY, [GOOD, BAD, WORSE], failed)
    assert again == {"Total Cost": 9.0}


def test_candidates_that_fail_together_are_not_blamed_each() -> None:
    failed: dict[IndexDefinition, str] = {}
    planner = Fragile(BAD, WORSE, together=True)
    assert plan_without_failures(planner, QUERY, [GOOD, BAD, WORSE], failed) == {"Total Cost": 10.0}
    assert failed == {}


def test_a_query_that_fails_alone_is_an_error() -> None:
    class Broken(Fragile):
        def plan(self, *_: object, **__: object) -> PlanJson:
            raise QueryError("division by zero")

    with pytest.raises(QueryError, match="division"):
        plan_without_failures(Broken(), QUERY, [], {})


def test_a_hypopg_that_hides_no_index_proposes_no_drop_and_says_so(pg15: Cluster) -> None:
    dsn = create_database(
        pg15,
        """
        create extension hypopg;
        create table t (a int, b int, c int);
        insert into t select i % 5000, i % 7, i % 6000 from generate_series(1, 50000) as i;
        create index t_a on t (a);
        create index t_a_b on t (a, b);
        vacuum analyze;
        """,
    )
    queries = "-- name: by_c\nselect * from t where c = 7"
    with connect(PostgresTarget(dsn)) as session, HypoPG(session) as planner:
        advice = Bench(session, collect(session), planner).advise(queries)
    assert bodies(advice) == ["t (c)"]
    assert advice.drops == ()
    assert any("HypoPG" in note and "cannot hide" in note for note in advice.notes)
