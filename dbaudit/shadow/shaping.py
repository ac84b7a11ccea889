"""Which file of the shadow gets which shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import ShadowError
from dbaudit.shadow import relation_files as files
from dbaudit.shadow.index_facts import IndexSize, read_index_facts
from dbaudit.shadow.ranges import Ends
from dbaudit.shadow.sizes import btree_level
from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import run


@dataclass(frozen=True, slots=True)
class RelationFile:
    """A file of the shadow: `method` is the access method (heap, btree …), `path` is in the data
    folder, `heap_pages` the pages of the table (an index's table)."""

    oid: int
    method: str
    path: str
    size: IndexSize
    heap_pages: int

    @property
    def is_table(self) -> bool:
        """Whether it is a table's file, which must be empty while indexes are made."""
        return self.method == "heap"


def existing_files(
    session: Session, pages: Mapping[RelationName, int], metapages: Mapping[RelationName, bytes]
) -> list[RelationFile]:
    """The tables and indexes that the dump made, with the sizes that they have on the target."""
    rows = run(session, statement("relation_files"))
    by_oid = {row[0]: pages.get((row[1], row[2]), 0) for row in rows}
    btrees = read_index_facts(session, [row[0] for row in rows if row[3] == "btree"])
    found = []
    for oid, schema, name, method, path, table in rows:
        metapage = metapages.get((schema, name), b"")
        level = files.btree_fast_level(metapage, by_oid[oid]) if oid in btrees else 0
        if level is None:
            level = btree_level(by_oid[oid], btrees[oid].keys)
        gin = files.gin_counters(metapage) if method == "gin" else None
        size = IndexSize(by_oid[oid], level, gin)
        found.append(RelationFile(oid, method, path, size, by_oid[table or oid]))
    return found


def empty_tables(data: Path, shapes: Iterable[RelationFile]) -> None:
    """Cut the tables' files to nothing, so that CREATE INDEX does not read what is not there."""
    for shape in shapes:
        if shape.is_table:
            files.truncate(data / shape.path)


def apply_shapes(data: Path, shapes: Iterable[RelationFile], ends: Ends) -> None:
    """Give each file the size and the metapage that the planner is to see, and B-trees their ends.

    Raises ShadowError where the file system takes no large sparse files.
    """
    for shape in shapes:
        try:
            _apply(data, shape, ends)
        except OSError as error:
            raise ShadowError(
                f"cannot make a sparse file of {shape.size.pages} pages in {data}: "
                f"{error.strerror}; set TMPDIR to a folder on another file system"
            ) from error


def _apply(data: Path, shape: RelationFile, ends: Ends) -> None:
    path, size = data / shape.path, shape.size
    if shape.method == "btree" and size.pages > 1:
        twin = ends.leaves.get(shape.oid)
        leaf = files.leaf_page(data / twin) if twin else None
        files.hollow_btree(path, size.pages, size.level, leaf)
        return
    files.extend(path, size.pages)
    if shape.oid in ends.columns:
        files.see_first_page(path)
    if shape.method == "gin" and size.gin is not None:
        files.fill_gin_metapage(path, size.gin)
    elif shape.method == "brin":
        files.fill_brin_metapage(path, shape.heap_pages)
