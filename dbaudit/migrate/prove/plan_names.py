"""The names in a plan: the indexes that it scans and the tables that it modifies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dbaudit.migrate.prove.watched import IndexName


def plan_indexes(plan: Mapping[str, Any], schema: str = "") -> Iterator[IndexName]:
    """The indexes in a plan, by schema and name.

    A Bitmap Index Scan does not name its table: the index is in the schema of the table of the
    Bitmap Heap Scan above it.
    """
    schema = str(plan.get("Schema", schema))
    if "Index Name" in plan:
        yield schema, str(plan["Index Name"])
    for child in plan.get("Plans", ()):
        yield from plan_indexes(child, schema)


def plan_writes(plan: Mapping[str, Any]) -> Iterator[IndexName]:
    """The tables that a plan inserts into, updates or deletes from, by schema and name."""
    if plan["Node Type"] == "ModifyTable":
        yield str(plan.get("Schema", "")), str(plan.get("Relation Name", ""))
    for child in plan.get("Plans", ()):
        yield from plan_writes(child)
