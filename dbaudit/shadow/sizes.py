"""The size of an index before it is built, right after CREATE INDEX, by access method.

All from column widths, row and distinct counts: no I/O. Page and tuple layouts are those of
PostgreSQL's storage documentation (https://www.postgresql.org/docs/current/storage-page-layout.html)
and of the source files named at each function. Pages are of 8192 bytes, alignment is 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dbaudit.shadow.distinct_keys import KeyClass

PAGE_BYTES = 8192
_HEADER = 24  # SizeOfPageHeaderData
_LINE_POINTER = 4
_INDEX_TUPLE = 8  # IndexTupleData, itup.h
_NULL_BITMAP = 8  # 32 bits of bitmap after the header, then aligned: IndexInfoFindDataOffset
_TID = 6

_BTREE_USABLE = PAGE_BYTES - _HEADER - 16  # less BTPageOpaqueData
_BTREE_INTERNAL_FILLFACTOR = 70  # BTREE_NONLEAF_FILLFACTOR, nbtree.h
#: maxpostingsize of a build (_bt_load in nbtsort.c), aligned down: 808.
_MAX_POSTING = (PAGE_BYTES * 10 // 100 // 8 * 8 - _LINE_POINTER) // 8 * 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an index: `length` is pg_type.typlen, negative when it varies.

    `alignment` and `avg_width` (pg_stats) are in bytes, `null_frac` is a share of the rows.
    """

    length: int
    alignment: int
    avg_width: float
    null_frac: float = 0.0


@dataclass(frozen=True, slots=True)
class BTree:
    """What a B-tree's size depends on. `rows` and `groups` (distinct keys) are those it holds.

    `classes` are its keys by a sample; without them all keys count as equally frequent.
    """

    columns: tuple[Column, ...]
    rows: float
    groups: float
    deduplicates: bool = True
    fillfactor: int = 90
    classes: tuple[KeyClass, ...] = ()


@dataclass(frozen=True, slots=True)
class BTreeSize:
    """Pages with the metapage, and the level of the root (0 when it is a leaf)."""

    pages: int
    level: int


def btree_size(index: BTree) -> BTreeSize:
    """Pages of a fresh B-tree: leaves filled to the fill factor, others to 70 % (nbtsort.c)."""
    leaf_tuples = _leaf_tuples(index)
    filled = sum(t.count / btree_fan_out(t.size, index.fillfactor, t.tids) for t in leaf_tuples)
    if filled == 0:
        return BTreeSize(1, 0)
    leaves = math.ceil(filled)
    pivot = pivot_bytes(index.columns, _has_equal_leaf_tuples(index))
    levels = _internal_levels(leaves, pivot)
    return BTreeSize(1 + leaves + sum(levels), len(levels))


def btree_level(pages: int, columns: Sequence[Column]) -> int:
    """The level of the root of a B-tree with so many pages, by its fan-out.

    The leaves are found by taking the internal pages off, one level after the other.
    """
    pivot = pivot_bytes(columns, has_duplicates=False)
    leaves = max(1, pages - 1)
    for _ in range(4):
        leaves = max(1, pages - 1 - sum(_internal_levels(leaves, pivot)))
    return len(_internal_levels(leaves, pivot))


def pivot_bytes(columns: Sequence[Column], has_duplicates: bool) -> float:
    """The size of a downlink's tuple; equal keys are told apart by a heap TID behind the key
    (pivot tuples in nbtree.h)."""
    return tuple_bytes(columns) + (8 if has_duplicates else 0)


def tuple_bytes(columns: Sequence[Column]) -> float:
    """The mean size of an index tuple (index_form_tuple in indextuple.c), without line pointer.

    How far widths spread is not known: values of one width round up to the next multiple of 8,
    values of many lose 3.5 bytes on average. The mean of both is never far off.
    """
    data = 0.0
    varies = False
    for column in columns:
        if column.length > 0 and not varies:
            data = _align(data, column.alignment)
        data += (column.length if column.length > 0 else column.avg_width) * (1 - column.null_frac)
        varies = varies or column.length < 0 or column.null_frac > 0
    some_null = 1 - math.prod(1 - column.null_frac for column in columns)
    size = _INDEX_TUPLE + _NULL_BITMAP * some_null + data
    return (_align(size, 8) + size + 3.5) / 2 if varies and data else _align(size, 8)


def _has_equal_leaf_tuples(index: BTree) -> bool:
    """Whether many keys stand in several leaf tuples: those of few rows fit one posting list."""
    rows = index.rows / max(index.groups, 1.0)
    if not index.deduplicates:
        return rows > 1
    return rows > (_MAX_POSTING - tuple_bytes(index.columns)) / _TID


def btree_fan_out(tuple_size: float, fillfactor: int, tids: float = 0.0) -> float:
    """Tuples that a page keeps (_bt_buildadd in nbtsort.c).

    It fills up until the free space falls below the fill factor's, then moves the last tuple to the
    next page and leaves a truncated copy as the high key, whose line pointer was set aside: what
    `tids` take of a tuple, its posting list, counts as free in the last one.
    """
    reserve = PAGE_BYTES * (100 - fillfactor) // 100
    room = _BTREE_USABLE - 2 * _LINE_POINTER
    size = tuple_size + _LINE_POINTER
    by_fillfactor = math.floor((room - reserve + tids) / size) + 1
    by_space = math.floor((room - 4) / size)
    return max(2.0, min(by_fillfactor, by_space) - 1.0 if size < reserve else by_space - 0.5)


@dataclass(frozen=True, slots=True)
class _Tuples:
    """Leaf tuples alike: `size` without line pointer, `tids` the bytes of it in a posting list."""

    size: float
    count: float
    tids: float = 0.0


def _leaf_tuples(index: BTree) -> list[_Tuples]:
    """The leaf tuples; those of NULL keys of a single column apart."""
    if index.classes:
        return [
            tuples
            for c in index.classes
            for tuples in _tuples(c.bytes, c.keys * c.rows, c.keys, index.deduplicates)
        ]
    if len(index.columns) == 1 and index.columns[0].null_frac > 0:
        column = index.columns[0]
        nulls = index.rows * column.null_frac
        present = Column(column.length, column.alignment, column.avg_width)
        null_key = float(_INDEX_TUPLE + _NULL_BITMAP)
        return [
            *_tuples(null_key, nulls, 1, index.deduplicates),
            *_tuples(
                tuple_bytes((present,)),
                index.rows - nulls,
                max(1, index.groups - 1),
                index.deduplicates,
            ),
        ]
    return _tuples(tuple_bytes(index.columns), index.rows, index.groups, index.deduplicates)


def _tuples(base: float, rows: float, groups: float, deduplicates: bool) -> list[_Tuples]:
    """Plain tuples, or posting lists (_bt_dedup_save_htid in nbtdedup.c): a key and its TIDs.

    Where the rows of a group are no whole number, some groups have one more than others.
    """
    groups = min(max(groups, 1.0), rows)
    if rows <= 0:
        return []
    if not deduplicates or rows <= groups:
        return [_Tuples(base, rows)]
    most = max(2, math.floor((_MAX_POSTING - base) / _TID))
    full, rest = divmod(rows / groups, most)
    fewer, share = divmod(rest, 1.0)
    return [
        _posting(base, most, groups * full),
        _posting(base, fewer, groups * (1 - share) * (fewer > 0)),
        _posting(base, fewer + 1, groups * share),
    ]


def _posting(base: float, tids: float, count: float) -> _Tuples:
    if tids <= 1:
        return _Tuples(base, count)
    size = _align(base + _TID * tids, 8)
    return _Tuples(size, count, size - base)


def _internal_levels(leaves: int, pivot: float) -> list[int]:
    """Pages of each level above the leaves, up to the root."""
    levels = []
    fan_out = btree_fan_out(pivot, _BTREE_INTERNAL_FILLFACTOR)
    pages = leaves
    while pages > 1:
        pages = math.ceil(pages / fan_out)
        levels.append(pages)
    return levels


def hash_pages(rows: float, groups: float, fillfactor: int = 75) -> int:
    """Pages of a hash index: buckets as _hash_init() makes them (hashpage.c), and overflow.

    An item is a tuple of 16 bytes with a 4-byte hash and its line pointer.
    """
    item = 20
    target = PAGE_BYTES * fillfactor // 100 // item
    buckets = _hash_buckets(math.ceil(rows / target))
    per_page = (PAGE_BYTES - _HEADER - 16) // item
    used = max(1.0, min(buckets, groups))
    overflow = used * max(0, math.ceil(rows / used / per_page) - 1)
    return 2 + buckets + math.ceil(overflow)


def _hash_buckets(wanted: int) -> int:
    """Rounded up to a split point: whole powers of two up to 512, then quarters (hashutil.c)."""
    if wanted <= 2:
        return 2
    power: int = 1 << (wanted - 1).bit_length()
    if power <= 512:
        return power
    quarter = power // 8
    return power // 2 + quarter * math.ceil((wanted - power // 2) / quarter)


def brin_pages(heap_pages: int, pages_per_range: int, columns: Sequence[Column]) -> int:
    """Pages of a BRIN index: metapage, revmap of 1,360 pointers a page, one tuple a range.

    A minmax tuple holds two values a column after 8 bytes of header (brin_tuple.c).
    """
    ranges = math.ceil(max(heap_pages, 1) / pages_per_range)
    values = sum(2 * (c.length if c.length > 0 else c.avg_width) for c in columns)
    summary = _align(8 + values, 8) + _LINE_POINTER
    per_page = (PAGE_BYTES - _HEADER - 8) // summary
    revmap = math.ceil(ranges / ((PAGE_BYTES - _HEADER - 8) // _TID))
    return int(1 + revmap + math.ceil(ranges / per_page))


def tree_pages(rows: float, columns: Sequence[Column], fill: float = 0.65) -> int:
    """Pages of an SP-GiST tree, roughly: its pages split in the middle, about 65 % full."""
    size = tuple_bytes(columns) + _LINE_POINTER
    return 1 + max(1, math.ceil(rows * size * 1.02 / (_BTREE_USABLE * fill)))


def _align(size: float, alignment: int) -> float:
    return math.ceil(size / alignment) * alignment
