"""Plans of real servers, of each version: they parse, and their figures add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dbaudit.errors import PlanError
from dbaudit.plans.derive import derive
from dbaudit.plans.node import parse_plan
from dbaudit.plans.table import plan_node_rows
from dbaudit.plans.tree import plan_tree
from dbaudit.targets.cluster import Cluster
from tests.conftest import create_database, needs_version
from tests.plans.cases import CASES, SCHEMA, Case


@pytest.fixture(scope="module", params=["pg15", "pg16", "pg18"])
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    cluster: Cluster = request.getfixturevalue(request.param)
    dsn = create_database(cluster, SCHEMA, "plans")
    with psycopg.connect(dsn, autocommit=True) as opened:
        yield opened


def explain(connection: psycopg.Connection[Any], case: Case) -> object:
    with connection.transaction(force_rollback=True):
        for setting in case.settings:
            connection.execute(setting.encode())
        statement = f"EXPLAIN ({case.options}, FORMAT JSON) {case.sql}"
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("name", CASES)
def test_the_figures_add_up(connection, name):
    case = CASES[name]
    if "Memoize" in case.expects:
        needs_version(connection.info.dsn, 14)
    plan = parse_plan(explain(connection, case))
    assert set(case.expects.split(", ")) <= {node.node_type for node in plan.nodes()}
    figures = derive(plan)
    if plan.root.total_cost is not None:
        own_cost = sum(each.self_cost for each in figures)
        assert own_cost == pytest.approx(plan.root.total_cost)
    own_ms = sum(each.self_ms or 0.0 for each in figures)
    fired_ms = sum(trigger.time_ms or 0.0 for trigger in plan.triggers)
    if plan.execution_ms is not None:
        assert own_ms + fired_ms <= plan.execution_ms * 1.01 + 0.02
    assert len(plan_node_rows(name, "given", plan, {})) == len(plan_tree(plan)) == len(figures)


def test_a_generic_plan(connection):
    if connection.info.server_version < 160000:
        pytest.skip("GENERIC_PLAN came with PostgreSQL 16")
    case = Case("SELECT * FROM orders WHERE id = $1", "Index Scan", options="GENERIC_PLAN")
    plan = parse_plan(explain(connection, case))
    assert plan.root.text("Index Cond") == "(id = $1)"


def test_a_statement_without_a_plan_is_refused_in_one_line(connection):
    needs_version(connection.info.dsn, 14)
    case = Case("CREATE TABLE IF NOT EXISTS orders AS SELECT 1", "", options="COSTS")
    with pytest.raises(PlanError, match="not an object"):
        parse_plan(explain(connection, case))
