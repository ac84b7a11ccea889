from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbaudit.errors import QueryError, ShadowError
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.hypopg import HypoPG
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from tests.conftest import create_database
from tests.shadow.agreement import bound

pytestmark = pytest.mark.pg15

SETUP = """
create extension hypopg;
create table t (id int primary key, kind int, body jsonb);
insert into t select i, i % 1000, '{}' from generate_series(1, 50000) as i;
vacuum analyze;
"""
KIND = IndexDefinition("public", "t", (IndexKey("kind"),))
GIN = IndexDefinition("public", "t", (IndexKey("body"),), "gin")
BROKEN = IndexDefinition("public", "t", (IndexKey("nope"),))
QUERY = "select * from t where kind = 7"


@pytest.fixture
def session(pg15: Cluster) -> Iterator[Session]:
    with connect(PostgresTarget(create_database(pg15, SETUP))) as session:
        yield session


def test_candidates_are_seen_only_when_asked_for(session: Session) -> None:
    with HypoPG(session) as planner:
        refused = planner.prepare([KIND, GIN, BROKEN])
        assert set(refused) == {GIN, BROKEN}
        assert "shadow" in refused[GIN]
        before = planner.plan(bound(QUERY))
        after = planner.plan(bound(QUERY), [KIND])
        assert after["Total Cost"] < before["Total Cost"] / 2
        assert KIND.name in str(after)
        assert planner.plan(bound(QUERY)) == before
        assert planner.size_bytes(KIND) > 8192
        assert (planner.kind, planner.version[:3], planner.what_if_calls) == ("hypopg", "15.", 3)


def test_failed_statement_leaves_no_candidate_behind(session: Session) -> None:
    with HypoPG(session) as planner:
        planner.prepare([KIND])
        with pytest.raises(QueryError):
            planner.plan(bound("select nope"), [KIND])
        assert planner.not_covered(bound("select nope")) is not None
        assert session.rows("select count(*) from hypopg()") == [(0,)]


def test_hiding_needs_a_newer_hypopg_or_works(session: Session) -> None:
    with HypoPG(session) as planner:
        version = session.rows("select extversion from pg_extension where extname = 'hypopg'")
        point = bound("select * from t where id = 5")
        if version[0][0] < "1.4":
            with pytest.raises(ShadowError, match=r"1\.4"):
                planner.plan(point, hidden=[("public", "t_pkey")])
        else:
            assert "Seq Scan" in str(planner.plan(point, hidden=[("public", "t_pkey")]))


def test_without_the_extension(pg15: Cluster) -> None:
    with (
        connect(PostgresTarget(create_database(pg15))) as session,
        pytest.raises(ShadowError, match="CREATE EXTENSION hypopg"),
        HypoPG(session),
    ):
        pass
