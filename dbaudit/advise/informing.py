"""Indexes that tell the planner what it did not know.

ANALYZE keeps statistics of an index's expressions, and the planner goes by them wherever the
expression stands, whether or not it scans the index: those of indexes on the whole table alone
(`examine_variable` in src/backend/utils/adt/selfuncs.c passes by partial ones). So such an index
may change the estimates, and the cost, of plans that do not use it.
"""

from __future__ import annotations

from collections.abc import Iterable

from dbaudit.index_definition import IndexDefinition

#: Schema, table and expression.
Informed = tuple[str, str, str]


def informed(indexes: Iterable[IndexDefinition]) -> frozenset[Informed]:
    """The expressions that these indexes give the planner statistics of."""
    return frozenset(
        (index.schema, index.table, key.text)
        for index in indexes
        if index.where is None
        for key in index.keys
        if key.is_expression
    )
