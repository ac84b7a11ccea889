"""Candidate indexes in the shadow: made as real, empty indexes and switched off."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.distinct_keys import KeyClass, key_classes
from dbaudit.shadow.index_facts import (
    Filling,
    IndexFacts,
    IndexSize,
    index_size,
    read_index_facts,
)
from dbaudit.shadow.shaping import RelationFile
from dbaudit.shadow.source import PAGE_BYTES
from dbaudit.shadow.sql import statement
from dbaudit.targets.sampled import IndexSample, LeafSample
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import explain_text, run

#: Statistics of a table whose rows differ by this share from those of a sample are out of date,
#: unless so many deviations of the number of pages that a sample happens to read explain it.
_OUTDATED, _DEVIATIONS = 0.1, 3.0

#: With 95 % of certainty no more would have been missed: "If Nothing Goes Wrong, Is Everything All
#: Right?", Hanley and Lippman-Hand (1983).
_UNSEEN = 3.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prepared candidate: `name` in the shadow, OIDs (its partitions' with it), sizes by OID."""

    definition: IndexDefinition
    name: str
    oids: tuple[int, ...]
    sizes: Mapping[int, IndexSize]
    files: tuple[RelationFile, ...]

    @property
    def size_bytes(self) -> int:
        """The estimated size on disk, of all partitions together."""
        return PAGE_BYTES * sum(size.pages for size in self.sizes.values())


def estimate_filling(
    session: Session,
    definition: IndexDefinition,
    heap_pages: Mapping[int, int],
    sample: IndexSample,
) -> dict[int, Filling]:
    """What the index would hold, by OID of each table with rows.

    As the sample has it, or else as the planner estimates it. The tables must have their shapes.
    Raises QueryError when a key or the predicate is not valid.
    """
    table = qualified(definition.schema, definition.table)
    fillings = {}
    for oid, schema, name, reltuples in run(session, statement("leaf_tables"), (table, table)):
        leaf = _Leaf(qualified(schema, name), reltuples, heap_pages.get(oid, 0))
        planned = _planned_filling(session, definition, leaf)
        sampled = sample.get((schema, name))
        fillings[oid] = _sampled_filling(planned, sampled, leaf) if sampled else planned
    return fillings


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A table with rows of its own; `reltuples` is negative when it was never analysed."""

    name: str
    reltuples: float
    pages: int


def _planned_filling(session: Session, definition: IndexDefinition, leaf: _Leaf) -> Filling:
    source = f"from only {leaf.name}"
    if definition.where:
        source += f" where {definition.where}"
    rows = _rows(session, f"select 1 {source}")
    # a table that was never analysed: 200 distinct values is the planner's guess, not a fact
    groups = rows if leaf.reltuples < 0 else _groups(session, definition, source, rows)
    table_rows = _rows(session, f"select 1 from only {leaf.name}")
    return Filling(rows, groups, leaf.pages, table_rows / max(leaf.pages, 1))


def _sampled_filling(planned: Filling, sample: LeafSample, leaf: _Leaf) -> Filling:
    """Shares are the sample's; the table's rows are its statistics' unless these are outdated."""
    counted = sample.rows / sample.fraction
    table_rows = planned.rows_per_page * max(planned.heap_pages, 1)
    noise = _DEVIATIONS / math.sqrt(max(sample.fraction * planned.heap_pages, 1))
    is_outdated = abs(counted / table_rows - 1) > max(_OUTDATED, noise)
    if sample.fraction >= 1 or leaf.reltuples < 0 or is_outdated:
        table_rows = counted
    share = min(sample.rows / table_rows, 1.0)
    if not sample.groups and share < 1:
        return replace(planned, rows=min(planned.rows, _UNSEEN / share))
    classes = key_classes(sample.groups, share)
    return replace(
        planned,
        rows=sample.kept / share,
        groups=sum(c.keys for c in classes),
        rows_per_page=table_rows / max(planned.heap_pages, 1),
        classes=classes,
        elements=tuple(_elements(part, table_rows) for part in sample.elements),
    )


def _elements(sample: LeafSample | None, table_rows: float) -> tuple[KeyClass, ...] | None:
    if sample is None:
        return None
    return key_classes(sample.groups, 1.0 if sample.fraction >= 1 else sample.rows / table_rows)


def create_index(session: Session, name: str, definition: IndexDefinition) -> None:
    """Make the index under this name. Raises QueryError when refused."""
    run(session, definition.ddl(name, concurrently=False))


def finish_candidates(
    session: Session,
    names: Mapping[IndexDefinition, str],
    fillings: Mapping[IndexDefinition, Mapping[int, Filling]],
    version_num: int,
) -> list[Candidate]:
    """Give the indexes that were made their statistics, all at once, and switch them off.

    They are as large as a server of this version would build them.
    """
    trees = _trees(session, names)
    leaves = [leaf.oid for tree in trees.values() for leaf in tree if leaf.path is not None]
    facts = read_index_facts(session, leaves)
    made = [
        _candidate(definition, name, trees[name], fillings[definition], facts, version_num)
        for definition, name in names.items()
    ]
    counts = [
        (leaf.oid, one.sizes[leaf.oid].pages, fillings[one.definition][leaf.table].rows, 0)
        for one in made
        for leaf in trees[one.name]
        if leaf.path is not None
    ]
    set_planner_counts(session, counts)
    switch_off(session, [oid for one in made for oid in one.oids])
    return made


@dataclass(frozen=True, slots=True)
class _TreeIndex:
    """An index of a candidate's tree; `path` is its file's, None when it has partitions instead."""

    oid: int
    table: int
    path: str | None


def _trees(session: Session, names: Mapping[IndexDefinition, str]) -> dict[str, list[_TreeIndex]]:
    full_names = {qualified(index.schema, name): name for index, name in names.items()}
    trees: dict[str, list[_TreeIndex]] = {name: [] for name in names.values()}
    for full_name, *row in run(session, statement("candidate_trees"), (list(full_names),)):
        trees[full_names[full_name]].append(_TreeIndex(*row))
    return trees


def _candidate(
    definition: IndexDefinition,
    name: str,
    tree: Sequence[_TreeIndex],
    filling: Mapping[int, Filling],
    facts: Mapping[int, IndexFacts],
    version_num: int,
) -> Candidate:
    sizes = {
        leaf.oid: index_size(facts[leaf.oid], filling[leaf.table], version_num)
        for leaf in tree
        if leaf.path is not None
    }
    files = tuple(
        RelationFile(
            leaf.oid,
            facts[leaf.oid].method,
            leaf.path,
            sizes[leaf.oid],
            filling[leaf.table].heap_pages,
        )
        for leaf in tree
        if leaf.path is not None
    )
    return Candidate(definition, name, tuple(leaf.oid for leaf in tree), sizes, files)


def set_planner_counts(session: Session, counts: Sequence[tuple[int, int, float, int]]) -> None:
    """Set (oid, relpages, reltuples, relallvisible) in pg_class."""
    run(session, statement("set_planner_counts"), (json.dumps(counts),))


def switch_off(session: Session, oids: Sequence[int]) -> None:
    """Hide indexes from the planner until a what-if switches them on."""
    run(
        session,
        "update pg_catalog.pg_index set indisvalid = false where indexrelid = any(%s::oid[])",
        (list(oids),),
    )


def _rows(session: Session, query: str) -> float:
    return float(explain_text(session, query)["Plan Rows"])


def _groups(session: Session, definition: IndexDefinition, source: str, rows: float) -> float:
    """Distinct keys as GROUP BY estimates them; a type that cannot be grouped counts as unique."""
    if definition.method not in ("btree", "hash"):
        return rows
    keys = ", ".join(
        f"({key.text})" if key.is_expression else quote_ident(key.text) for key in definition.keys
    )
    try:
        return min(_rows(session, f"select 1 {source} group by {keys}"), rows)
    except QueryError as error:
        if error.sqlstate != "42883":  # undefined_function: there is no equality operator
            raise
        return rows
