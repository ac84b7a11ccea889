"""From the shadow's catalog to the size of an index."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from dbaudit.shadow import sizes
from dbaudit.shadow.distinct_keys import KeyClass
from dbaudit.shadow.gin_size import Gin, gin_size, scattered_pages
from dbaudit.shadow.gist_size import gist_pages
from dbaudit.shadow.relation_files import GinCounters
from dbaudit.shadow.sizes import Column
from dbaudit.shadow.sql import statement
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import run

#: Distinct trigrams that texts use: of 37 cubed (letters, digits, blank) most never occur.
#: Hexadecimal digits make 4,600.
_TRIGRAMS = 5_000.0


@dataclass(frozen=True, slots=True)
class Elements:
    """Elements of a column under GIN, by pg_stats: most_common_elems with their frequencies (share
    of the rows), and the mean count a row (None where PostgreSQL does not keep it)."""

    operator_class: str
    frequencies: tuple[float, ...]
    mean_count: float | None


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What an index is made of; `deduplicates` holds for a B-tree whose keys are all equalimage."""

    method: str
    table: int
    columns: tuple[Column, ...]
    fillfactor: int
    pages_per_range: int
    deduplicates: bool
    elements: tuple[Elements, ...]

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns without those of INCLUDE."""
        return self.columns[: len(self.elements)]


@dataclass(frozen=True, slots=True)
class Filling:
    """What an index holds: its rows, its distinct keys, and its table's pages and rows a page.

    `classes` are the keys by a sample, empty without one; `elements` those of each key of a GIN
    index, None for keys whose elements the sample does not tell.
    """

    rows: float
    groups: float
    heap_pages: int
    rows_per_page: float
    classes: tuple[KeyClass, ...] = ()
    elements: tuple[tuple[KeyClass, ...] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexSize:
    """Pages in all; the B-tree's level, the GIN's counters."""

    pages: int
    level: int = 0
    gin: GinCounters | None = None


def read_index_facts(session: Session, oids: Collection[int]) -> dict[int, IndexFacts]:
    """The facts of these indexes of the shadow by OID."""
    grouped: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in run(session, statement("index_columns"), (list(oids),)):
        grouped[row[0]].append(row[1:])
    return {oid: _facts(rows) for oid, rows in grouped.items()}


def index_size(facts: IndexFacts, filling: Filling, version_num: int) -> IndexSize:
    """The estimated size of an index right after CREATE INDEX on a server of this version."""
    match facts.method:
        case "btree":
            tree = sizes.btree_size(
                sizes.BTree(
                    facts.columns,
                    filling.rows,
                    filling.groups,
                    facts.deduplicates,
                    facts.fillfactor or 90,
                    filling.classes,
                )
            )
            return IndexSize(tree.pages, tree.level)
        case "hash":
            pages = sizes.hash_pages(filling.rows, filling.groups, facts.fillfactor or 75)
            return IndexSize(pages)
        case "brin":
            return IndexSize(
                sizes.brin_pages(filling.heap_pages, facts.pages_per_range, facts.columns)
            )
        case "gin":
            return _gin_size(facts, filling)
        case "gist":
            classes = [elements.operator_class for elements in facts.elements]
            return IndexSize(gist_pages(filling.rows, facts.columns, classes, version_num))
        case _:
            return IndexSize(sizes.tree_pages(filling.rows, facts.columns))


def _facts(rows: list[tuple[Any, ...]]) -> IndexFacts:
    keys = [row for row in rows if row[2]]
    method, table = rows[0][0], rows[0][1]
    return IndexFacts(
        method=method,
        table=table,
        columns=tuple(Column(row[3], row[4], float(row[5]), row[6]) for row in rows),
        fillfactor=rows[0][8],
        pages_per_range=rows[0][9],
        # nbtutils.c, _bt_allequalimage: an index with INCLUDE columns never deduplicates
        deduplicates=len(keys) == len(rows) and all(row[10] for row in keys),
        elements=tuple(
            Elements(row[7], tuple((row[12] or [])[: row[11]]), row[13]) for row in keys
        ),
    )


def _gin_size(facts: IndexFacts, filling: Filling) -> IndexSize:
    """GIN of several columns is the sum of one for each: entries of each column are apart."""
    sampled = filling.elements or (None,) * len(facts.elements)
    parts = [
        gin_size(Gin(found or guessed_elements(column, elements, filling), filling.heap_pages))
        for column, elements, found in zip(facts.columns, facts.elements, sampled, strict=True)
    ]
    pages = 1 + sum(part.pages - 1 for part in parts)
    counters = GinCounters(
        pages,
        sum(part.entry_pages for part in parts),
        sum(part.data_pages for part in parts),
        sum(part.entries for part in parts),
    )
    return IndexSize(pages, gin=counters)


def guessed_elements(column: Column, elements: Elements, filling: Filling) -> tuple[KeyClass, ...]:
    """Elements a row and distinct elements, from statistics where there are any, else by width.

    The widths behind the guesses: a tsvector's lexeme takes about 14 bytes (entry, text, position),
    a key and value in jsonb about 20, text has a trigram a byte.
    """
    rows = filling.rows * (1 - column.null_frac)
    name = elements.operator_class
    if "trgm" in name:
        per_row, key_width = column.avg_width + 1, 4.0
    elif name == "jsonb_path_ops":
        per_row, key_width = column.avg_width / 20, 4.0
    elif name == "jsonb_ops":
        per_row, key_width = column.avg_width / 10, 10.0
    elif name == "tsvector_ops":
        per_row, key_width = max(column.avg_width / 14, sum(elements.frequencies)), 8.0
    else:
        per_row, key_width = elements.mean_count or max(1.0, column.avg_width / 8), 8.0
    per_row = max(1.0, per_row)
    most = _TRIGRAMS if "trgm" in name else math.inf
    entries = min(distinct_elements(elements.frequencies, per_row, rows), most)
    known = [(1.0, rows * frequency) for frequency in elements.frequencies]
    others = max(entries - len(known), 0.0)
    if others:
        left = rows * max(per_row - sum(elements.frequencies), 0.0)
        known.append((others, max(1.0, left / others)))
    return tuple(
        KeyClass(keys, of_each, 8 + key_width, scattered_pages(of_each, filling.heap_pages))
        for keys, of_each in known
    )


def distinct_elements(frequencies: tuple[float, ...], per_row: float, rows: float) -> float:
    """Distinct elements of a column, from the most common ones.

    The rest goes on as the list ends: evenly when its frequencies are alike, else by Zipf's law,
    where the k-th has a frequency of f/k. Without a list, each row brings one of its own.
    """
    known = len(frequencies)
    if not known:
        return max(1.0, rows)
    last = min(frequencies)
    rest = max(0.0, per_row - sum(frequencies))
    if last <= 0:
        return float(known)
    if max(frequencies) < 3 * last:
        return min(known + rest / last, rows * per_row)
    growth = min(rest / (last * known), 20.0)
    return min(known * math.exp(growth), rows * per_row)
