"""Existing indexes that others make needless."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dbaudit.advise.catalog import ExistingIndex, TableFacts
from dbaudit.advise.roles import is_same_index, plays_role_of
from dbaudit.index_definition import IndexDefinition


@dataclass(frozen=True, slots=True)
class Redundant:
    """An existing index, and what makes it needless: the index named `by`, of the same table."""

    index: ExistingIndex
    reason: str
    by: str


def redundant_indexes(
    table: TableFacts, new: Collection[tuple[str, IndexDefinition]]
) -> Iterator[Redundant]:
    """The indexes of a table whose role another one plays: `new` are (name, index) to be built.

    Never one that backs a constraint, enforces uniqueness or is a replica identity. Of two that are
    the same the older stays. Partitioned tables are left alone: their indexes cannot be
    dropped concurrently.
    """
    if table.is_partitioned:
        return
    staying = sorted((i for i in table.indexes if i.is_valid), key=_stays_first)
    for index in reversed(staying[:]):
        others = [(other.name, other.definition) for other in staying if other is not index]
        found = _reason(index, [*others, *sorted(new, key=lambda pair: pair[0])])
        if index.kept_because is None and found:
            staying.remove(index)
            yield Redundant(index, *found)


def _stays_first(index: ExistingIndex) -> tuple[bool, int, int]:
    """What must stay, then the wider ones, then the older, as the rule duplicate-index has it."""
    return index.kept_because is None, -len(index.definition.keys), index.oid


def _reason(
    index: ExistingIndex, others: Sequence[tuple[str, IndexDefinition]]
) -> tuple[str, str] | None:
    """Why it is needless, and the name of the index that makes it so."""
    for name, other in others:
        if is_same_index(other, index.definition):
            return f"exact duplicate of {name}", name
    for name, other in others:
        if plays_role_of(other, index.definition):
            return f"its keys begin those of {name}, which serves the same queries", name
    return None
