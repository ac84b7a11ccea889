"""BRIN indexes: small ones for ranges over a large table whose rows lie in that order."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.proposal import Proposal
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.table_use import COLUMN, TableUse

#: 128 MB: below it a B-tree is small enough.
_MIN_PAGES = 16_384

#: |pg_stats.correlation| below which ranges of pages overlap too much.
_MIN_CORRELATION = 0.9


def brin_proposals(use: TableUse, table: TableFacts) -> Iterator[Proposal]:
    """A BRIN index for each range condition on a column that the table is ordered by."""
    if table.pages < _MIN_PAGES:
        return
    for condition in use.conditions:
        if not condition.is_range or condition.shape != COLUMN or condition.in_or:
            continue
        facts = table.columns.get(condition.column or "")
        if facts is None or abs(facts.correlation or 0) < _MIN_CORRELATION:
            continue
        index = IndexDefinition(table.schema, table.name, (IndexKey(facts.name),), method="brin")
        why = f"the rows lie in the order of {facts.name} (correlation {facts.correlation:.2f})"
        yield Proposal((index,), why, 1)
