"""A query on the target: planned, executed and rolled back, with nothing behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dbaudit.errors import QueryError
from dbaudit.query import BoundQuery, Query
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session, connect
from dbaudit.targets.timed import ExecutionOptions, execute_timed, execute_watched, plan_verbosely
from tests.conftest import create_database

WAYS: dict[str, Callable[[Session, BoundQuery], object]] = {
    "explain": lambda session, query: explain(session, query, ExplainOptions()),
    "analyze": lambda session, query: explain(session, query, ExplainOptions(analyze=True)),
    "plan": plan_verbosely,
    "timed": lambda session, query: execute_timed(session, query, ExecutionOptions(1000)),
    "watched": lambda session, query: execute_watched(session, query, ExecutionOptions(1000), []),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_second_statement_is_refused(any_pg: Cluster, way: str) -> None:
    """It would be out of the transaction that is rolled back."""
    dsn = create_database(any_pg, "create table t (id int);\n")
    sql = "select 1; rollback; drop table t"
    with connect(PostgresTarget(dsn)) as session:
        with pytest.raises(QueryError, match="multiple commands"):
            WAYS[way](session, BoundQuery(Query("q", sql, sql), sql, "given"))
        assert session.rows("select count(*) from t") == [(0,)]
