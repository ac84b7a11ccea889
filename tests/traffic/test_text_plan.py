"""A plan in text is read as what EXPLAIN prints of the same plan in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbaudit.errors import PlanError
from dbaudit.plans.node import Plan, PlanNode, parse_plan
from dbaudit.targets.cluster import Cluster
from dbaudit.traffic.text_plan import text_plan
from tests.conftest import create_database, needs_version
from tests.plans.cases import CASES, SCHEMA, Case

#: What both forms print without ANALYZE.
KEYS = (
    *("Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter"),
    *("Sort Key", "Group Key", "Presorted Key", "Strategy", "Partial Mode", "Operation"),
    *("Function Name", "CTE Name", "Workers Planned", "Plan Width", "Subplans Removed"),
)


@pytest.fixture(scope="module", params=["pg15", "pg18"])
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    cluster: Cluster = request.getfixturevalue(request.param)
    with psycopg.connect(create_database(cluster, SCHEMA, "plans"), autocommit=True) as opened:
        yield opened


def explain(connection: psycopg.Connection[Any], case: Case, options: str) -> tuple[Plan, Plan]:
    with connection.transaction(force_rollback=True):
        for setting in case.settings:
            connection.execute(setting.encode())
        rows = connection.execute(f"EXPLAIN ({options}) {case.sql}".encode()).fetchall()
        row = connection.execute(f"EXPLAIN ({options}, FORMAT JSON) {case.sql}".encode()).fetchone()
    assert row is not None
    text = "\n".join(str(line[0]) for line in rows)
    return parse_plan(text_plan(text)), parse_plan(row[0])


def shape(node: PlanNode) -> dict[str, Any]:
    names = ("node_type", "relation", "alias", "index", "join_type", "startup_cost", "total_cost")
    names += ("plan_rows", "parent_relationship", "subplan_name", "is_parallel_aware")
    keys = {key: node.raw[key] for key in KEYS if node.raw.get(key)}
    return {**{name: getattr(node, name) for name in names}, **keys}


@pytest.mark.parametrize("name", CASES)
def test_the_text_tells_what_the_json_does(connection: psycopg.Connection[Any], name: str) -> None:
    if "ModifyTable" in CASES[name].expects:
        needs_version(connection.info.dsn, 14)  # whose children are named otherwise before
    from_text, from_json = explain(connection, CASES[name], "COSTS, SETTINGS")
    assert [shape(node) for node in from_text.nodes()] == [
        shape(node) for node in from_json.nodes()
    ]
    assert from_text.settings == from_json.settings


MEASURED = """\
Limit  (cost=0.29..8.31 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)
  Buffers: shared hit=3 read=2, temp read=5 written=6
  ->  Sort  (cost=1.00..2.00 rows=9 width=4) (actual time=0.010..0.011 rows=2.50 loops=2)
        Sort Key: a, (f(b, 'x,y')) DESC
        Sort Method: external merge  Disk: 1234kB
        ->  Bitmap Heap Scan on public.t "my t"  (cost=1.00..2.00 rows=9 width=4) (never executed)
              Rows Removed by Filter: 12
              Heap Blocks: exact=7 lossy=8
              SubPlan 1
                ->  Hash  (cost=1.00..2.00 rows=9 width=4) (actual rows=3 loops=1)
                      Buckets: 1024  Batches: 4  Memory Usage: 9kB
              ->  Bitmap Index Scan on "i.""x"  (cost=0.00..1.00 rows=9 width=0)
Settings: work_mem = '64kB', search_path = 'a, ''b'''
Trigger audit: time=1.500 calls=3
"""


def test_what_was_measured() -> None:
    plan = parse_plan(text_plan(MEASURED))
    limit, sort, heap, hashed, index = plan.nodes()
    assert (limit.actual_ms, limit.raw["Shared Read Blocks"]) == (0.02, 2)
    assert limit.raw["Temp Written Blocks"] == 6
    assert sort.raw["Sort Key"] == ["a", "(f(b, 'x,y')) DESC"]
    assert (sort.actual_rows, sort.actual_loops, sort.raw["Sort Space Used"]) == (2.5, 2, 1234)
    assert (heap.actual_loops, heap.schema, heap.alias) == (0, "public", "my t")
    assert (heap.raw["Rows Removed by Filter"], heap.raw["Lossy Heap Blocks"]) == (12, 8)
    assert (hashed.subplan_name, hashed.actual_ms, hashed.raw["Hash Batches"]) == (
        *("SubPlan 1", None, 4),
    )
    assert (index.index, index.parent_relationship) == ('i."x', "Outer")
    assert plan.settings["work_mem"] == "64kB"
    assert [(each.name, each.time_ms, each.calls) for each in plan.triggers] == [("audit", 1.5, 3)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(MEASURED.split("\n")) | st.text(max_size=20), max_size=15))
def test_any_lines_are_a_plan_or_refused(lines: list[str]) -> None:
    try:
        document = text_plan("\n".join(lines))
    except PlanError:
        return
    parse_plan(document)
