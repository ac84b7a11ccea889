from __future__ import annotations

from dbaudit.plans.table import plan_node_rows
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import frame_of


def test_the_columns_are_those_of_the_vocabulary(any_plan):
    expected = schema()["plan_nodes"].column_names
    rows = plan_node_rows("q", "given", any_plan, {})
    assert [set(row) for row in rows] == [set(expected)] * len(list(any_plan.nodes()))
    assert len(frame_of("plan_nodes", rows)) == len(rows)


def test_a_schema_is_found_by_the_relation(saved_plan):
    plan = saved_plan("nested_loop.pg18")
    rows = plan_node_rows("q", "rare", plan, {"orders": "sales"})
    assert [row["schemaname"] for row in rows] == [None, None, "sales"]
    assert [row["relation_name"] for row in rows] == [None, "customers", "orders"]
    assert {(row["query"], row["variant"]) for row in rows} == {("q", "rare")}


def test_the_schema_that_explain_printed_wins(saved_plan):
    name = 'Tä.ble "x" 🐘'
    (row,) = plan_node_rows("q", "given", saved_plan("odd_names.pg18"), {name: "public"})
    assert (row["schemaname"], row["relation_name"], row["alias"]) == ("Odd Schema", name, "al ias")
    assert row["index_name"] == 'In dex."🐘" i'
    assert row["heap_fetches"] == 1


def test_figures_stand_in_their_columns(saved_plan):
    sort, scan = plan_node_rows("q", "given", saved_plan("external_sort.pg18"), {})
    assert sort["sort_method"] == "external merge"
    assert sort["sort_key"] == ["note", "id"]
    assert sort["spill_bytes"] == sort["temp_written_blocks"] * 8192
    assert sort["parent_id"] is None
    assert (scan["parent_id"], scan["depth"], scan["parent_relationship"]) == (1, 1, "Outer")
    assert (scan["total_rows"], scan["misestimate_factor"]) == (60_000, 1.0)


def test_without_analyze_the_measured_columns_are_null(saved_plan):
    rows = plan_node_rows("q", "given", saved_plan("no_analyze.pg18"), {})
    measured = ["actual_rows", "total_ms", "self_ms", "time_share", "misestimate_factor"]
    assert {row[column] for row in rows for column in measured} == {None}
    assert all(row["cost_share"] is not None for row in rows)
