from __future__ import annotations

import pytest

from dbaudit.plans.derive import derive, rows_read
from dbaudit.plans.estimate import Misestimate
from dbaudit.plans.node import parse_plan

NOISE_MS = 0.02
STARTING_AND_ENDING_MS = 0.2


def test_own_times_add_up_to_the_statement(any_plan):
    figures = derive(any_plan)
    own = sum(each.self_ms or 0.0 for each in figures)
    fired = sum(trigger.time_ms or 0.0 for trigger in any_plan.triggers)
    if any_plan.execution_ms is None:
        assert own == 0.0
        return
    assert own + fired <= any_plan.execution_ms + NOISE_MS
    if any_plan.jit_ms is None:  # the first use of JIT loads a library, in no node's time
        assert own + fired >= 0.9 * any_plan.execution_ms - STARTING_AND_ENDING_MS


def test_own_times_add_up_to_the_root_where_it_ran_everything(any_plan):
    figures = derive(any_plan)
    unread = [each for each in figures if each.node.node_type == "ModifyTable" and each.parent_id]
    if figures[0].total_ms is None or unread:
        pytest.skip("nothing was timed, or a modifying CTE ran after the root")
    assert sum(each.self_ms for each in figures) == pytest.approx(figures[0].total_ms)
    assert sum(each.time_share for each in figures) <= 1.0


def test_own_costs_add_up_to_the_root(any_plan):
    figures = derive(any_plan)
    assert sum(each.self_cost for each in figures) == pytest.approx(any_plan.root.total_cost)
    assert sum(each.cost_share for each in figures) == pytest.approx(1.0)
    assert min(each.self_cost for each in figures) >= 0.0


def test_ids_run_depth_first(saved_figures):
    places = [(f.node_id, f.parent_id, f.depth) for f in saved_figures("cte.pg18")]
    assert places == [
        *[(1, None, 0), (2, 1, 1), (3, 2, 2)],
        *[(4, 1, 1), (5, 4, 2), (6, 1, 1), (7, 6, 2)],
    ]


def test_a_cte_is_taken_from_the_scan_that_ran_it(saved_figures):
    join, cte, seq_scan, sort, first, _, second = saved_figures("cte.pg18")
    assert cte.self_ms == pytest.approx(cte.total_ms - seq_scan.total_ms)
    assert first.self_ms == pytest.approx(first.total_ms - cte.total_ms)
    assert second.self_ms == pytest.approx(second.total_ms)
    assert sort.self_ms == pytest.approx(sort.total_ms - first.total_ms)
    assert join.self_ms < 0.1 * join.total_ms


@pytest.mark.parametrize("stem", ["init_plan.pg15", "init_plan.pg18"])
def test_an_init_plan_is_taken_from_the_node_that_asked(saved_figures, stem):
    heap_scan, init_plan, _, index_scan = saved_figures(stem)
    assert index_scan.self_ms == pytest.approx(index_scan.total_ms - init_plan.total_ms)
    assert heap_scan.self_ms == pytest.approx(heap_scan.total_ms - index_scan.total_ms)


@pytest.mark.parametrize("stem", ["gather_merge_init_plan.pg15", "gather_merge_init_plan.pg18"])
def test_an_init_plan_for_workers_is_taken_from_the_gather(saved_figures, stem):
    gather, init_plan, *_, sort, seq_scan = saved_figures(stem)
    assert gather.self_ms == pytest.approx(gather.total_ms - init_plan.total_ms - sort.total_ms)
    assert seq_scan.self_ms == pytest.approx(seq_scan.node.actual_ms)


def test_workers_count_as_loops_of_rows_but_not_of_time(saved_figures):
    _, gather, partial, *_, hash_, scan = saved_figures("parallel_hash.pg18")
    assert scan.node.actual_loops == 3
    assert scan.total_rows == scan.rows_read == 60_000
    assert scan.total_ms == pytest.approx(scan.node.actual_ms)
    assert hash_.misestimate == Misestimate(1.0, is_underestimate=False)
    assert gather.total_ms > partial.total_ms


def test_a_modifying_cte_that_nothing_reads_runs_after_the_root(saved_figures):
    root, modify, *_ = saved_figures("modifying_cte.pg18")
    assert modify.total_ms > root.total_ms == root.self_ms
    assert modify.misestimate is None


def test_loops_multiply_an_inner_side(saved_figures):
    join, outer, inner = saved_figures("nested_loop.pg18")
    assert outer.rows_removed_by_filter == 1800
    assert outer.rows_read == 2000
    assert inner.total_rows == inner.rows_read == 6000
    assert inner.total_ms == pytest.approx(200 * inner.node.actual_ms)
    assert inner.self_cost == pytest.approx(200 * inner.node.total_cost)
    assert join.self_cost == pytest.approx(
        join.node.total_cost - outer.node.total_cost - inner.self_cost
    )


def test_a_sub_plan_in_a_filter_has_the_cost_that_the_scan_leaves(saved_figures):
    seq_scan, aggregate, heap_scan, index_scan = saved_figures("sub_plan_in_filter.pg18")
    below = aggregate.self_cost + heap_scan.self_cost + index_scan.self_cost
    assert below == pytest.approx(seq_scan.node.total_cost)
    assert heap_scan.cost_share > 0.9
    assert heap_scan.rows_read == 60_000


def test_a_parent_whose_time_rounds_to_nothing_keeps_its_childs():
    def node(node_type: str, ms: float, loops: int, *plans: object) -> dict[str, object]:
        times = {"Actual Total Time": ms, "Actual Loops": loops}
        return {"Node Type": node_type, **times, "Plans": list(plans)}

    memoize = node("Memoize", 0.0, 6000, node("Index Scan", 0.01, 2000))
    loop = node("Nested Loop", 100.0, 1, node("Seq Scan", 1.0, 1), memoize)
    own = [each.self_ms for each in derive(parse_plan(loop))]
    assert own == pytest.approx([79.0, 1.0, 0.0, 20.0])


def test_rows_of_an_append_are_divided_as_its_members_are():
    def node(node_type: str, rows: int, loops: int, **more: object) -> dict[str, object]:
        counts = {"Plan Rows": 100, "Actual Rows": rows, "Actual Loops": loops}
        return {"Node Type": node_type, **counts, **more}

    member = {"Parent Relationship": "Member", "Parallel Aware": True}
    scan = node("Seq Scan", 80, 3, **member)
    append = node("Append", 80, 3, Plans=[scan], **{"Parent Relationship": "Outer"})
    gather = node("Gather", 240, 1, Plans=[append], **{"Workers Planned": 2})
    factors = [each.misestimate.factor for each in derive(parse_plan(gather))]
    assert factors == pytest.approx([2.4, 1.0, 1.0])


def test_a_hashed_sub_plan_runs_once(saved_figures):
    seq_scan, sub_plan = saved_figures("hashed_sub_plan.pg18")
    assert sub_plan.self_cost == sub_plan.node.total_cost
    assert seq_scan.self_cost == pytest.approx(seq_scan.node.total_cost - sub_plan.node.total_cost)


def test_a_limit_leaves_its_child_only_the_cost_of_the_rows_it_takes(saved_figures):
    limit, scan = saved_figures("limit.pg18")
    assert scan.self_cost == pytest.approx(limit.node.total_cost)
    assert scan.self_cost < 0.1 * scan.node.total_cost


def test_what_a_limit_cut_short_is_no_misestimate(saved_figures):
    limit, scan = saved_figures("limit.pg18")
    assert scan.node.actual_rows < 0.1 * scan.node.plan_rows
    assert scan.misestimate is None
    assert limit.misestimate == Misestimate(1.0, is_underestimate=False)


def _limit(*, returned: int) -> list[Misestimate | None]:
    counts = {"Plan Rows": 1000, "Actual Rows": returned, "Actual Loops": 1}
    scan = {"Node Type": "Seq Scan", "Parent Relationship": "Outer", **counts}
    plan = parse_plan({"Node Type": "Limit", **counts, "Plan Rows": 50, "Plans": [scan]})
    return [each.misestimate for each in derive(plan)]


def test_an_overestimate_below_a_limit_that_was_not_reached_is_one():
    assert _limit(returned=2)[1] == Misestimate(500.0, is_underestimate=False)
    assert _limit(returned=50)[1] is None


def test_rows_that_are_not_counted_are_not_compared(saved_figures):
    heap_scan, bitmap_and, *index_scans = saved_figures("bitmap_and_or.pg18")
    assert heap_scan.misestimate == Misestimate(20.0, is_underestimate=True)
    assert [bitmap_and.misestimate, *(scan.misestimate for scan in index_scans)] == [None] * 3


def test_a_semi_join_stops_its_inner_side(saved_figures):
    join, _, inner = saved_figures("semi_join.pg18")
    assert inner.misestimate is None
    assert inner.total_rows == 1800
    assert join.misestimate == Misestimate(pytest.approx(2000 / 1800), is_underestimate=False)


def test_never_executed_nodes_have_no_misestimate_and_read_nothing(saved_figures):
    *_, append, pruned, scanned, _ = saved_figures("runtime_pruning.pg18")
    assert append.partitions_scanned == 1
    assert pruned.misestimate is None
    assert pruned.rows_read == 0
    assert scanned.rows_read == 1000


@pytest.mark.parametrize(
    ("stem", "position", "size"),
    [
        ("external_sort.pg18", 0, 1689 * 8192),
        ("external_sort.pg18", 1, 0),
        ("hash_batches.pg18", 0, 0),
        ("hash_batches.pg18", 1, (913 - 440) * 8192),
        ("hash_batches.pg18", 3, 440 * 8192),
        ("hash_aggregate_spill.pg18", 0, 661 * 8192),
        ("incremental_sort.pg18", 1, 0),
        ("no_analyze.pg18", 0, None),
    ],
)
def test_spill(saved_figures, stem, position, size):
    assert saved_figures(stem)[position].spill_bytes == size


def test_spill_without_buffers_is_what_leader_and_workers_report():
    disk = {"Sort Space Used": 100, "Sort Space Type": "Disk"}
    memory = {"Sort Space Used": 70, "Sort Space Type": "Memory"}
    sort = {"Node Type": "Sort", **disk, "Workers": [disk, memory]}
    assert derive(parse_plan(sort))[0].spill_bytes == 200 * 1024


def test_what_a_cte_spilled_is_not_its_readers():
    ran = {"Actual Loops": 1, "Actual Total Time": 5}
    sort = {"Node Type": "Sort", "Parent Relationship": "InitPlan", "Subplan Name": "CTE c"}
    scan = {"Node Type": "CTE Scan", "Parent Relationship": "Outer", "CTE Name": "c"}
    plan = parse_plan(
        {
            **{"Node Type": "Aggregate", "Temp Written Blocks": 30, **ran},
            "Plans": [
                {**sort, "Temp Written Blocks": 20, **ran},
                {**scan, "Temp Written Blocks": 30, **ran},
            ],
        }
    )
    assert [each.spill_bytes for each in derive(plan)] == [0, 20 * 8192, 10 * 8192]


def test_a_union_is_not_taken_for_partitions():
    def scan(relation: str, alias: str) -> dict[str, str]:
        node = {"Node Type": "Seq Scan", "Parent Relationship": "Member"}
        return {**node, "Relation Name": relation, "Alias": alias}

    def scanned(*members: dict[str, str]) -> int | None:
        plan = parse_plan({"Node Type": "Append", "Plans": list(members)})
        return derive(plan)[0].partitions_scanned

    assert scanned(scan("a", "a"), scan("b", "b")) is None
    assert scanned(scan("a", "a_1"), scan("a", "a_2")) is None
    assert scanned(scan("p1", "a_1"), scan("p2", "a_2")) == 2


def test_rows_read_without_analyze_are_expected(saved_plan):
    plan = saved_plan("no_analyze.pg18")
    assert rows_read(derive(plan)) == 60_000 + 200
    assert rows_read(derive(plan, {"orders": 60_000, "customers": 2000})) == 62_000


def test_rows_read_of_a_plan_without_scans_are_unknown():
    assert rows_read(derive(parse_plan({"Node Type": "Result"}))) is None
