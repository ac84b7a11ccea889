"""What a query writes: from its text which columns, from its plan how many rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbaudit.advise.catalog import TableName
from dbaudit.query import Query
from dbaudit.shadow.planner import PlanJson
from dbaudit.workload.blocks import identifier
from dbaudit.workload.source_text import ParseError, source_text

INSERT, UPDATE, DELETE = "Insert", "Update", "Delete"


@dataclass(frozen=True, slots=True)
class Change:
    """Rows that one ModifyTable node changes; `operation` as EXPLAIN names it."""

    table: TableName
    operation: str
    rows: float


def changes(plan: PlanJson) -> Iterator[Change]:
    """The changes in a plan of EXPLAIN (VERBOSE), those in CTEs included."""
    if plan.get("Node Type") == "ModifyTable" and "Relation Name" in plan:
        rows = sum(
            float(child["Plan Rows"])
            for child in plan.get("Plans", ())
            if child.get("Parent Relationship") in ("Outer", "Member")
        )
        table = (plan["Schema"], plan["Relation Name"])
        yield Change(table, plan.get("Operation", ""), rows)
    for child in plan.get("Plans", ()):
        yield from changes(child)


def updated_columns(query: Query) -> frozenset[str]:
    """The columns that the statement's UPDATEs set, ON CONFLICT and MERGE included; by name only.

    Empty for a statement that the parser does not know.
    """
    try:
        tree = source_text(query.statement).parse()
    except ParseError:
        return frozenset()
    nodes = [*tree.find_all(exp.Update), *tree.find_all(exp.OnConflict)]
    return frozenset(
        name for node in nodes for item in node.expressions for name in _assigned(item)
    )


def _assigned(item: exp.Expr) -> Iterator[str]:
    """The names on the left of SET a = … or SET (a, b) = …."""
    if not isinstance(item, exp.EQ):
        return
    members = item.this.expressions if isinstance(item.this, exp.Tuple) else [item.this]
    for member in members:
        column = member.find(exp.Column)
        if column is not None:
            yield identifier(column.this)
