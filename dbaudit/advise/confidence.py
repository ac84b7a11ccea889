"""How far a what-if result can be believed before the index is built."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.guesses import is_guessed
from dbaudit.advise.workload import Item
from dbaudit.findings import Confidence
from dbaudit.index_definition import IndexDefinition


def confidence(index: IndexDefinition, table: TableFacts, served: Sequence[Item]) -> Confidence:
    """Likely when the planner knows the data, possible when it guesses; never certain.

    It guesses for expressions without statistics and for parameters without values.
    """
    if is_guessed(index, table):
        return Confidence.POSSIBLE
    variants = [v for item in served for s in item.statements[:1] for v in s.variants]
    only_generic = variants and all(v.is_generic for v in variants)
    return Confidence.POSSIBLE if only_generic else Confidence.LIKELY
