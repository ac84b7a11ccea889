"""The size of a GIN index before it is built: entries with posting lists, and posting trees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dbaudit.shadow.distinct_keys import KeyClass
from dbaudit.shadow.sizes import PAGE_BYTES

_ENTRY_ROOM = PAGE_BYTES - 24 - 8  # less the page header and GinPageOpaqueData
_LINE_POINTER = 4
_FIRST_TID = 6
_MAX_ITEM = (PAGE_BYTES - 40 - 8) // 3 // 8 * 8  # GinMaxItemSize, ginblock.h
_DATA_PAGE = 8100  # GinDataPageMaxDataSize less the headers of its segments
_ENTRY_FILL = 0.55  # pages split in the middle are half full, and some split again


@dataclass(frozen=True, slots=True)
class Gin:
    """What a GIN index's size depends on: its distinct elements as keys, and the table's pages."""

    elements: tuple[KeyClass, ...]
    heap_pages: int


@dataclass(frozen=True, slots=True)
class GinSize:
    """Pages in all, those of the entry tree, those of posting trees, and the distinct entries."""

    pages: int
    entry_pages: int
    data_pages: int
    entries: int


def gin_size(index: Gin) -> GinSize:
    """Pages of a GIN index, roughly: an entry tuple with its posting list, or a posting tree.

    Posting lists move to a tree of their own above a third of a page (GinMaxItemSize, ginblock.h).
    Pages of the entry tree split in the middle while it is built in key order (entrySplitPage in
    ginentrypage.c).
    """
    entry_bytes = 0.0
    data_pages = 0.0
    for element in index.elements:
        posting = posting_bytes(element, index.heap_pages)
        in_tree = posting > _MAX_ITEM
        tuple_ = element.bytes + (0 if in_tree else posting)
        entry_bytes += element.keys * (math.ceil(tuple_ / 8) * 8 + _LINE_POINTER)
        leaves = math.ceil(posting / _DATA_PAGE) if in_tree else 0
        data_pages += element.keys * (leaves + (leaves > 1))
    entry_pages = max(1, math.ceil(entry_bytes / (_ENTRY_FILL * _ENTRY_ROOM)))
    entries = max(1, round(sum(element.keys for element in index.elements)))
    pages = 1 + entry_pages + math.ceil(data_pages)
    return GinSize(pages, entry_pages, math.ceil(data_pages), entries)


def posting_bytes(element: KeyClass, heap_pages: int) -> float:
    """The rows of one element: differences of TIDs in groups of 7 bits (ginpostinglist.c).

    To a row on the same page it is one byte. The pages between two rows stand above 11 bits: three
    bits of the second byte are left for them, and seven of each byte more.
    """
    pages = min(max(element.pages, 1.0), element.rows, max(heap_pages, 1.0))
    gap = max(1.0, heap_pages / pages)
    across = 2 + sum(math.exp(-(2**bits) / gap) for bits in (3, 10, 17))
    return _FIRST_TID + max(0.0, element.rows - pages) + (pages - 1) * across


def scattered_pages(rows: float, heap_pages: int) -> float:
    """In how many pages so many rows are when each is anywhere by chance."""
    return heap_pages * -math.expm1(-rows / heap_pages) if heap_pages > 0 else 1.0
