from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.errors import DbauditError, PlanError
from dbaudit.plans.derive import derive, rows_read
from dbaudit.plans.node import MAX_DEPTH, Plan, Trigger, parse_plan
from dbaudit.plans.shape import node_shape
from dbaudit.plans.table import plan_node_rows
from dbaudit.plans.tree import one_line, plan_tree


def test_the_list_its_object_and_the_bare_node_are_the_same_plan():
    node = {"Node Type": "Result", "Total Cost": 0.01}
    for document in ([{"Plan": node}], {"Plan": node}, node):
        plan = parse_plan(document)
        assert plan.root.node_type == "Result"
        assert plan.root.total_cost == 0.01
        assert not plan.was_measured


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "is a NoneType, not an object"),
        ("Seq Scan on orders", "is a str, not an object"),
        ([], "holds 0 plans"),
        ([{"Plan": {}}, {"Plan": {}}], "holds 2 plans"),
        (["Utility Statement"], "is a str, not an object"),
        ({}, "has no Node Type"),
        ({"Plan": None}, "a plan node is a NoneType"),
        ({"Node Type": 7}, '"Node Type" of a plan node is no text'),
        ({"Node Type": "Sort", "Plans": {}}, '"Plans" of a plan node is no list'),
        ({"Node Type": "Sort", "Plans": [1]}, "a plan node is a int"),
        ({"Node Type": "Sort", "Total Cost": "1"}, '"Total Cost" of a plan node is no positive'),
        ({"Node Type": "Sort", "Total Cost": True}, '"Total Cost" of a plan node is no positive'),
        ({"Node Type": "Sort", "Plan Rows": -1}, '"Plan Rows" of a plan node is no positive'),
        ({"Node Type": "Sort", "Plan Rows": math.nan}, '"Plan Rows" of a plan node is no'),
        ({"Node Type": "Sort", "Plan Rows": 10**400}, '"Plan Rows" of a plan node is no'),
    ],
)
def test_nonsense_is_refused_in_one_line(document: object, reason: str):
    with pytest.raises(PlanError) as refused:
        parse_plan(document)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def _nested(depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"Node Type": "Seq Scan", "Startup Cost": 0, "Total Cost": 1}
    for _ in range(depth):
        node = {"Node Type": "Append", "Startup Cost": 0, "Total Cost": 1, "Plans": [node]}
    return node


def test_a_deep_plan_is_read_whole():
    plan = parse_plan(_nested(MAX_DEPTH))
    assert len(plan_tree(plan)) == MAX_DEPTH + 1
    assert node_shape(plan.root) == node_shape(parse_plan(_nested(MAX_DEPTH)).root)
    assert one_line(plan).endswith("…")


def test_a_deeper_plan_is_refused():
    with pytest.raises(PlanError, match="deep"):
        parse_plan(_nested(MAX_DEPTH + 1))


def test_triggers_settings_and_times_of_the_statement(saved_plan):
    plan = saved_plan("triggers.pg18")
    (trigger,) = plan.triggers
    assert trigger == Trigger("orders_customer_id_fkey", trigger.time_ms, 1)
    assert trigger.time_ms > 0
    assert plan.planning_ms > 0
    assert plan.execution_ms > trigger.time_ms
    assert saved_plan("external_sort.pg18").settings == {"work_mem": "64kB"}
    assert plan.jit_ms is None


def test_jit_time_is_read(saved_plan):
    assert 0 < saved_plan("sub_plan.pg15").jit_ms < saved_plan("sub_plan.pg15").execution_ms


def test_fractional_rows_of_postgresql_18(saved_plan):
    inner = saved_plan("semi_join.pg18").root.children[1]
    assert inner.actual_rows == 0.9


def test_a_plan_without_analyze_has_no_measured_figure(saved_plan):
    plan = saved_plan("no_analyze.pg18")
    assert not plan.was_measured
    assert plan.execution_ms is None
    assert {node.actual_rows for node in plan.nodes()} == {None}


KEYS = st.sampled_from(
    """Plan|Plans|Node Type|Total Cost|Startup Cost|Plan Rows|Actual Rows|Actual Loops
    |Actual Total Time|Parent Relationship|Subplan Name|CTE Name|Settings|Triggers|JIT|Alias|Workers
    |Relation Name|Index Name|Filter|Temp Written Blocks|Workers Planned|Sort Space Used
    |Heap Fetches|Planning Time|Execution Time|Sort Key|Full-sort Groups""".replace(
        "\n    ", ""
    ).split("|")
)
WORDS = st.sampled_from(
    ["Limit", "Gather", "Append", "CTE Scan", "CTE a", "InitPlan", "SubPlan", "Inner", "Outer"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=8)
    ),
    max_leaves=30,
)


@given(JSON)
def test_arbitrary_json_is_a_plan_or_a_plan_error(document: object):
    try:
        plan = parse_plan(document)
    except DbauditError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(plan, Plan)


FIGURES = st.floats(min_value=0, allow_infinity=False) | st.integers(min_value=0, max_value=10**6)
LOOSE = {
    "Startup Cost": FIGURES,
    "Total Cost": FIGURES,
    "Plan Rows": FIGURES,
    "Actual Total Time": FIGURES,
    "Actual Rows": FIGURES,
    "Actual Loops": FIGURES,
    "Parent Relationship": st.sampled_from(["Outer", "Inner", "Member", "InitPlan", "SubPlan"]),
    "Subplan Name": st.sampled_from(["CTE a", "CTE b", "InitPlan 1 (returns $0)", "SubPlan 2", ""]),
    "CTE Name": st.sampled_from(["a", "b"]),
    "Filter": st.sampled_from(["(x = $0)", "(SubPlan 2)", "(hashed SubPlan 2)"]),
    "Alias": st.text(max_size=3),
    "Relation Name": st.text(max_size=3),
    "Temp Written Blocks": SCALARS,
    "Rows Removed by Filter": SCALARS,
    "Sort Space Used": SCALARS,
    "Sort Space Type": st.just("Disk"),
    "Hash Batches": SCALARS,
    "Workers Planned": SCALARS,
    "Workers": JSON,
    "Sort Key": JSON,
}
NODE_TYPES = st.sampled_from(
    """Seq Scan|Limit|Gather|Gather Merge|Append|CTE Scan|Nested Loop|Merge Join|ModifyTable|Hash
    |Recursive Union|Aggregate|Sort""".replace("\n    ", "").split("|")
)


def _inner(children: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    plans = {"Plans": st.lists(children, min_size=1, max_size=3)}
    return st.fixed_dictionaries({"Node Type": NODE_TYPES, **plans}, optional=LOOSE)


LEAVES = st.fixed_dictionaries({"Node Type": NODE_TYPES}, optional=LOOSE)
NODES = st.recursive(LEAVES, _inner, max_leaves=8)


@given(NODES)
def test_whatever_parses_can_be_derived_tabled_and_drawn(node: dict[str, Any]):
    plan = parse_plan(node)
    figures = derive(plan)
    nodes = len(list(plan.nodes()))
    assert len(figures) == len(plan_node_rows("q", "given", plan, {})) == nodes
    assert len(plan_tree(plan)) == nodes
    assert one_line(plan)
    rows_read(figures)
    for each in figures:
        assert each.self_ms is None or not each.self_ms < 0
        assert each.self_cost is None or not each.self_cost < 0
