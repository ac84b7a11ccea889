"""What is added to the cost of a plan that hangs on a guess."""

from __future__ import annotations

from typing import Any

import pytest

from dbaudit.advise.catalog import ColumnFacts, TableFacts
from dbaudit.advise.guesses import scan_risk
from dbaudit.index_definition import IndexDefinition, IndexKey

FULL_TEXT = "(to_tsvector('english'::regconfig, content) @@ '''word'''::tsquery)"


def limited(filter_: str | None, *between: str, **more: Any) -> dict[str, Any]:
    """A LIMIT of cost 50 over an index scan of cost 3,000."""
    node: dict[str, Any] = {
        "Node Type": "Index Scan",
        "Index Name": "t_created_at_idx",
        "Total Cost": 3000.0,
        **({"Filter": filter_} if filter_ else {}),
        **more,
    }
    for kind in between:
        node = {"Node Type": kind, "Total Cost": 3100.0, "Plans": [node]}
    return {"Node Type": "Limit", "Total Cost": 50.0, "Plans": [node]}


@pytest.mark.parametrize("filter_", [FULL_TEXT, "(lower(t) = 'x'::text)", "((m ->> 'k') = '1')"])
@pytest.mark.parametrize("between", [(), ("Result", "Gather Merge")])
def test_an_early_end_by_a_guessed_filter_costs_a_third_of_the_scan(
    filter_: str, between: tuple[str, ...]
) -> None:
    inside = {"Node Type": "Sort", "Total Cost": 60.0, "Plans": [limited(filter_, *between)]}
    assert scan_risk(inside, frozenset(), {}) == pytest.approx(950)


@pytest.mark.parametrize(
    "plan",
    [
        limited(None),
        limited("(kind = 7)"),
        limited("(content ~~* '%x%'::text)"),
        limited(FULL_TEXT, "Sort"),
        limited(FULL_TEXT, **{"Index Cond": "(owner = 1)"}),
        limited(FULL_TEXT, **{"Node Type": "Seq Scan"}),
    ],
)
def test_what_the_planner_knows_or_reads_in_full_is_no_risk(plan: dict[str, Any]) -> None:
    assert scan_risk(plan, frozenset(), {}) == 0


@pytest.mark.parametrize(
    ("condition", "is_risk"),
    [
        ("(during @> '2026-05-05'::timestamptz)", True),
        ("((vehicle = 7) AND (during && '[1,2)'::tstzrange))", False),
        ("(vehicle = 7)", False),
    ],
)
def test_a_search_of_gist_without_its_first_key_reads_much_of_it(
    condition: str, is_risk: bool
) -> None:
    types = {"vehicle": "int4", "during": "tstzrange"}
    columns = {
        name: ColumnFacts(name, typname, 8.0, has_statistics=True)
        for name, typname in types.items()
    }
    table = TableFacts("public", "trips", 1000, 90_000, columns)
    index = IndexDefinition("public", "trips", tuple(map(IndexKey, types)), method="gist")
    plan = {"Node Type": "Index Scan", "Index Name": index.name, "Index Cond": condition}
    risk = scan_risk(plan, frozenset([index]), {table.key: table})
    assert risk == (pytest.approx(225) if is_risk else 0)
