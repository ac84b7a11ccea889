"""Candidate indexes in the shadow: made as real, empty indexes and switched off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.index_facts import Filling, IndexSize, index_size, read_index_facts
from dbaudit.shadow.shaping import RelationFile
from dbaudit.shadow.source import PAGE_BYTES
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import explain_text, run


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
    session: Session, definition: IndexDefinition, heap_pages: Mapping[int, int]
) -> dict[int, Filling]:
    """What the index would hold, by OID of each table with rows, as the planner estimates it.

    The tables must have their shapes. Raises QueryError when a key or the predicate is not valid.
    """
    table = qualified(definition.schema, definition.table)
    fillings = {}
    for oid, schema, name, reltuples in run(session, statement("leaf_tables"), (table, table)):
        leaf = qualified(schema, name)
        source = f"from only {leaf}"
        if definition.where:
            source += f" where {definition.where}"
        rows = _rows(session, f"select 1 {source}")
        # a table that was never analysed: 200 distinct values is the planner's guess, not a fact
        groups = rows if reltuples < 0 else _groups(session, definition, source, rows)
        pages = heap_pages.get(oid, 0)
        table_rows = reltuples if reltuples >= 0 else _rows(session, f"table {leaf}")
        fillings[oid] = Filling(rows, groups, pages, table_rows / max(pages, 1))
    return fillings


def create_candidate(
    session: Session, name: str, definition: IndexDefinition, fillings: Mapping[int, Filling]
) -> Candidate:
    """Make the index, give it its statistics, switch it off. Raises QueryError when refused."""
    run(session, definition.ddl(name, concurrently=False))
    full_name = qualified(definition.schema, name)
    tree = run(session, statement("index_tree"), (full_name, full_name))
    with_file = {oid: table for oid, table, has_file in tree if has_file}
    facts = read_index_facts(session, list(with_file))
    sizes = {oid: index_size(facts[oid], fillings[table]) for oid, table in with_file.items()}
    oids = tuple(oid for oid, _, _ in tree)
    set_planner_counts(
        session,
        [(oid, size.pages, fillings[with_file[oid]].rows, 0) for oid, size in sizes.items()],
    )
    switch_off(session, oids)
    files = tuple(
        RelationFile(
            oid,
            facts[oid].method,
            run(session, "select pg_relation_filepath(%s::oid)", (oid,))[0][0],
            size,
            fillings[with_file[oid]].heap_pages,
        )
        for oid, size in sizes.items()
    )
    return Candidate(definition, name, oids, sizes, files)


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
