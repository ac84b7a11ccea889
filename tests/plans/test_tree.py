from __future__ import annotations

import pytest

from dbaudit.plans.label import label, one_line
from dbaudit.plans.node import parse_plan
from dbaudit.plans.shape import node_shape
from dbaudit.plans.tree import plan_tree


@pytest.mark.parametrize(
    ("stem", "line"),
    [
        ("external_sort.pg18", "Sort > Seq Scan orders"),
        ("limit.pg18", "Limit > Index Scan orders_pkey on orders"),
        (
            "hash_batches.pg18",
            "Aggregate > Hash Join (Seq Scan orders, Hash > Seq Scan orders)",
        ),
        ("odd_names.pg18", 'Index Only Scan "In dex.""🐘"" i" on "Tä.ble ""x"" 🐘"'),
        ("triggers.pg18", "Insert orders > Result"),
    ],
)
def test_one_line(saved_plan, stem, line):
    assert one_line(saved_plan(stem)) == line


def test_a_long_line_is_cut():
    members = [{"Node Type": "Seq Scan", "Relation Name": f"t{n}"} for n in range(100)]
    line = one_line(parse_plan({"Node Type": "Append", "Plans": members}))
    assert line.startswith("Append (Seq Scan t0, ")
    assert line.endswith(", Seq Scan t10, …)")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            {"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "o"},
            "Seq Scan on public.orders o",
        ),
        (
            {"Node Type": "Index Scan", "Relation Name": "a", "Index Name": "I x", "Alias": "a"},
            'Index Scan using "I x" on public.a',
        ),
        ({"Node Type": "Bitmap Index Scan", "Index Name": "i"}, "Bitmap Index Scan on i"),
        ({"Node Type": "Hash Join", "Join Type": "Right Anti"}, "Hash Right Anti Join"),
        ({"Node Type": "Hash Join", "Join Type": "Inner"}, "Hash Join"),
        ({"Node Type": "Nested Loop", "Join Type": "Left"}, "Nested Loop Left Join"),
        (
            {"Node Type": "Aggregate", "Strategy": "Hashed", "Partial Mode": "Partial"},
            "Partial HashAggregate",
        ),
        ({"Node Type": "CTE Scan", "CTE Name": "Big", "Alias": "b"}, 'CTE Scan on "Big" b'),
        ({"Node Type": "Values Scan", "Alias": "*VALUES*"}, 'Values Scan on "*VALUES*"'),
        (
            {"Node Type": "ModifyTable", "Operation": "Delete", "Relation Name": "t"},
            "Delete on public.t",
        ),
    ],
)
def test_labels(node, expected):
    root = parse_plan(node).root
    assert label(root, "public" if root.relation else None) == expected


def test_the_hot_node_is_the_one_with_the_most_time(saved_plan):
    lines = plan_tree(saved_plan("external_sort.pg18"), {"orders": "public"})
    assert [(line.label, line.is_hot) for line in lines] == [
        ("Sort", True),
        ("Seq Scan on public.orders", False),
    ]
    assert lines[0].share > 0.5


def test_without_times_it_is_the_one_with_the_most_cost(saved_plan):
    lines = plan_tree(saved_plan("no_analyze.pg18"))
    (hot,) = [line for line in lines if line.is_hot]
    assert hot.label == "Seq Scan on orders o"
    assert hot.share == pytest.approx(1282.0 / 1480.33, rel=0.01)


def test_a_plan_without_figures_has_no_hot_node():
    (line,) = plan_tree(parse_plan({"Node Type": "Result"}))
    assert not line.is_hot
    assert line.share is None


@pytest.mark.parametrize(
    ("stem", "position", "notes"),
    [
        ("external_sort.pg18", 0, ("spilled 13 MB to disk",)),
        ("nested_loop.pg18", 1, ("removed 1,800 rows",)),
        ("bitmap_and_or.pg18", 0, ("estimate 20 x too low",)),
        ("cte.pg18", 0, ("estimate 20,000 x too high",)),
        ("odd_names.pg18", 0, ("fetched 1 row from the heap",)),
        ("runtime_pruning.pg18", 2, ("scanned 1 partition",)),
        ("runtime_pruning.pg18", 3, ("never executed",)),
    ],
)
def test_notes(saved_plan, stem, position, notes):
    assert plan_tree(saved_plan(stem))[position].notes == notes


def test_conditions(saved_plan):
    lines = plan_tree(saved_plan("nested_loop.pg18"))
    assert [line.conditions for line in lines] == [
        (),
        ("Filter: (region = 3)",),
        ("Index Cond: (customer_id = c.id)",),
    ]


def test_a_shape_has_no_figures(saved_plan):
    assert node_shape(saved_plan("runtime_pruning.pg15").root) == node_shape(
        saved_plan("runtime_pruning.pg18").root
    )
    assert node_shape(saved_plan("limit.pg18").root) == (
        *("Limit", None, None, None),
        (("Index Scan", "orders", "orders_pkey", None, ()),),
    )
