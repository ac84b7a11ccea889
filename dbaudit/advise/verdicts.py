"""What `apply` has measured of earlier proposals: plain values, whoever keeps them.

An index that was taken back is proposed again when a query gains by it that it was not measured
by, or when its table has grown or shrunk by so much that the measurement tells nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dbaudit.advise.advice import Advice, Rejected
from dbaudit.advise.catalog import Catalog
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.roles import essence
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition
from dbaudit.workload.fingerprint import fingerprint

#: A table with so many times the rows, or so small a part of them, is another one to an index.
_OTHER_SIZE = 2.0


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why an index that was built and measured was dropped again.

    `queries` are the fingerprints of those that it was measured by, None where nobody kept them;
    `table_rows` are those of its table then.
    """

    reason: str
    queries: frozenset[str] | None = None
    table_rows: float | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`taken_back` are indexes by their `essence`; `missed` tells, by schema and name, why existing
    indexes stay that were dropped, or were to be."""

    taken_back: Mapping[IndexDefinition, TakenBack] = field(default_factory=dict)
    missed: Mapping[tuple[str, str], str] = field(default_factory=dict)


def still_told(
    verdicts: Verdicts, tried: Iterable[Candidate], catalog: Catalog
) -> dict[IndexDefinition, TakenBack]:
    """Of the indexes that are tried, those taken back when their table was about as large."""
    counts = still_taken_back(verdicts, catalog)
    indexes = {index for candidate in tried for index in candidate.indexes}
    return {index: counts[essence(index)] for index in indexes if essence(index) in counts}


def still_taken_back(verdicts: Verdicts, catalog: Catalog) -> dict[IndexDefinition, TakenBack]:
    """The indexes, by their `essence`, that were taken back when their table was about as large."""
    return {
        index: taken
        for index, taken in verdicts.taken_back.items()
        if (index.schema, index.table) in catalog.tables
        and _is_about_as_large(taken, catalog.table_of(index).rows)
    }


def objection(
    indexes: Iterable[IndexDefinition],
    served: Iterable[Item],
    told: Mapping[IndexDefinition, TakenBack],
) -> str | None:
    """Why indexes that serve these queries must not be built again; None when they may."""
    items = list(served)
    for index in sorted(told.keys() & set(indexes), key=IndexDefinition.ddl):
        if all(_was_measured(item, told[index].queries) for item in items):
            return told[index].reason
    return None


def without_missed(advice: Advice, verdicts: Verdicts) -> Advice:
    """The advice without drops of indexes that were missed; those are among the rejected."""
    why = {drop: verdicts.missed.get((drop.schema, drop.name)) for drop in advice.drops}
    rejected = [Rejected(drop.ddl, reason) for drop, reason in why.items() if reason is not None]
    drops = tuple(drop for drop, reason in why.items() if reason is None)
    return replace(advice, drops=drops, rejected=(*rejected, *advice.rejected))


def _is_about_as_large(taken: TakenBack, rows: float) -> bool:
    if taken.table_rows is None:
        return True
    return 1 / _OTHER_SIZE < max(rows, 1.0) / max(taken.table_rows, 1.0) < _OTHER_SIZE


def _was_measured(item: Item, queries: Collection[str] | None) -> bool:
    variants = item.statements[0].variants
    return queries is None or any(fingerprint(variant.sql) in queries for variant in variants)
