"""Relation files of an empty shadow, shaped so that the planner sees production's sizes.

The planner asks the file system how many pages a relation has (RelationGetNumberOfBlocks), and the
metapages of B-tree, GIN and BRIN indexes for more. All layouts are those of PostgreSQL 18 on a
little-endian machine, without data checksums. Write only while the server is stopped.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from dbaudit.shadow.source import PAGE_BYTES

#: RELSEG_SIZE: pages in one file of 1 GiB; the next is named with the suffix `.1` (md.c).
SEGMENT_PAGES = 131_072

_HEADER_BYTES = 24  # SizeOfPageHeaderData, bufpage.h
_LAYOUT_VERSION = 4  # PG_PAGE_LAYOUT_VERSION, bufpage.h
_SPECIAL_BYTES = 16  # BTPageOpaqueData, nbtree.h

_BTREE_MAGIC = 0x053162
_BTP_LEAF, _BTP_ROOT = 1, 2
_LP_NORMAL = 1  # itemid.h
_PIVOT_BYTES = 8  # an IndexTuple's header alone: the "minus infinity" downlink
_INDEX_ALT_TID_MASK = 0x2000  # itup.h, nbtree.h

#: A pivot tuple takes 16 bytes at least, and 4 its line pointer.
_MOST_DOWNLINKS = (PAGE_BYTES - _HEADER_BYTES - _SPECIAL_BYTES) // 20

_ALL_VISIBLE = b"\x01"  # VISIBILITYMAP_ALL_VISIBLE, visibilitymapdefs.h

_GIN_PENDING_OFFSET = 12  # nPendingPages of GinMetaPageData, ginblock.h
_GIN_COUNTERS_OFFSET = 24  # from nTotalPages on
_GIN_COUNTERS = struct.Struct("<IIIxxxxq")

_BRIN_MAGIC = 0xA8109CFA  # BRIN_META_MAGIC, brin_page.h
#: REVMAP_PAGE_MAXITEMS, brin_page.h: (8192 - header 24 - special 8) / 6 bytes an item pointer.
REVMAP_PAGE_ITEMS = (PAGE_BYTES - _HEADER_BYTES - 8) // 6


@dataclass(frozen=True, slots=True)
class GinCounters:
    """What a GIN metapage tells the planner (GinMetaPageData, ginblock.h)."""

    total_pages: int
    entry_pages: int
    data_pages: int
    entries: int
    pending_pages: int = 0


def truncate(path: Path) -> None:
    """Cut a relation's main fork to nothing."""
    _resize(path, 0)


def extend(path: Path, pages: int) -> None:
    """Make a relation's main fork this many pages long, as a sparse file."""
    _resize(path, max(pages, path.stat().st_size // PAGE_BYTES))


def hollow_btree(path: Path, pages: int, level: int, leaf: bytes | None = None) -> None:
    """Make an empty B-tree look `pages` long with its root at `level` (0 is a root that is a leaf).

    A probe finds a well-formed tree: one page a level down to the leaf, an empty one by default.
    The metapage stays as CREATE INDEX wrote it but for the root (BTMetaPageData, nbtree.h).
    """
    extend(path, max(pages, level + 2))
    with path.open("r+b") as file:
        magic = struct.unpack("<I", _read(file.fileno(), _HEADER_BYTES, 4))[0]
        if magic != _BTREE_MAGIC:
            raise ValueError(f"{path} does not begin with a B-tree metapage")
        os.pwrite(file.fileno(), struct.pack("<IIII", 1, level, 1, level), _HEADER_BYTES + 8)
        for depth in range(level):
            page = btree_page(level - depth, is_root=depth == 0, child=depth + 2)
            os.pwrite(file.fileno(), page, (depth + 1) * PAGE_BYTES)
        last = _as_leaf(leaf or _empty_leaf(), is_root=level == 0)
        os.pwrite(file.fileno(), last, (level + 1) * PAGE_BYTES)


def leaf_page(path: Path) -> bytes | None:
    """The only leaf page of a small B-tree; None when it has none or more."""
    if path.stat().st_size != 2 * PAGE_BYTES:
        return None
    with path.open("rb") as file:
        return _read(file.fileno(), PAGE_BYTES, PAGE_BYTES)


def btree_page(level: int, *, is_root: bool, child: int) -> bytes:
    """The only page of its level above the leaf, with one downlink to block `child`.

    The downlink is a pivot tuple without attributes; t_tid holds the child's block and t_info its
    size and INDEX_ALT_TID_MASK (see "Notes About Data Representation" in nbtree/README).
    """
    special = PAGE_BYTES - _SPECIAL_BYTES
    upper = special - _PIVOT_BYTES
    tuple_ = struct.pack(
        "<HHHH", child >> 16, child & 0xFFFF, 0, _PIVOT_BYTES | _INDEX_ALT_TID_MASK
    )
    body = _page_header(_HEADER_BYTES + 4, upper, special) + _line_pointer(upper, _PIVOT_BYTES)
    return body.ljust(upper, b"\0") + tuple_ + _btree_special(level, _BTP_ROOT if is_root else 0)


def see_first_page(path: Path) -> None:
    """Set the visibility map's bit for the table's first page (visibilitymap.c): what an index says
    of it is believed without reading it."""
    vm = path.with_name(f"{path.name}_vm")
    owner = path.stat()
    vm.touch(mode=0o600)
    os.chown(vm, owner.st_uid, owner.st_gid)
    page = _page_header(_HEADER_BYTES, PAGE_BYTES, PAGE_BYTES) + _ALL_VISIBLE
    vm.write_bytes(page.ljust(PAGE_BYTES, b"\0"))


def fill_gin_metapage(path: Path, counters: GinCounters) -> None:
    """Write the counters that ginGetStats() reads."""
    packed = _GIN_COUNTERS.pack(
        counters.total_pages,
        counters.entry_pages,
        counters.data_pages,
        counters.entries,
    )
    pending = struct.pack("<I", counters.pending_pages)
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), pending, _HEADER_BYTES + _GIN_PENDING_OFFSET)
        os.pwrite(file.fileno(), packed, _HEADER_BYTES + _GIN_COUNTERS_OFFSET)


def gin_counters(metapage: bytes) -> GinCounters | None:
    """The counters of a metapage (after its page header); None when it was never written."""
    if len(metapage) < _GIN_COUNTERS_OFFSET + _GIN_COUNTERS.size:
        return None
    total, entry, data, entries = _GIN_COUNTERS.unpack_from(metapage, _GIN_COUNTERS_OFFSET)
    (pending,) = struct.unpack_from("<I", metapage, _GIN_PENDING_OFFSET)
    return GinCounters(total, entry, data, entries, pending) if total else None


def btree_fast_level(metapage: bytes, pages: int) -> int | None:
    """The height that _bt_getrootheight() gives, of a metapage after its page header.

    None for one on disk that is older than the last growth of the tree: so low a tree cannot have
    so many pages.
    """
    if len(metapage) < 24 or struct.unpack_from("<I", metapage)[0] != _BTREE_MAGIC:
        return None
    level: int = struct.unpack_from("<I", metapage, 20)[0]
    return level if pages - 1 <= _MOST_DOWNLINKS**level else None


def fill_brin_metapage(path: Path, heap_pages: int) -> None:
    """Write lastRevmapPage, which brinGetStats() reads (BrinMetaPageData, brin_page.h)."""
    with path.open("r+b") as file:
        magic, _, per_range = struct.unpack("<III", _read(file.fileno(), _HEADER_BYTES, 12))
        if magic != _BRIN_MAGIC:
            raise ValueError(f"{path} does not begin with a BRIN metapage")
        ranges = -(-heap_pages // per_range)
        last_revmap_page = max(1, -(-ranges // REVMAP_PAGE_ITEMS))
        os.pwrite(file.fileno(), struct.pack("<I", last_revmap_page), _HEADER_BYTES + 12)


def _resize(path: Path, pages: int) -> None:
    """Every segment but the last is full; one that is not needed goes, except the first."""
    owner = path.stat()
    segments = max(1, -(-pages // SEGMENT_PAGES))
    for number in range(segments):
        segment = path.with_name(f"{path.name}.{number}") if number else path
        if number and not segment.exists():
            segment.touch(mode=0o600)
            os.chown(segment, owner.st_uid, owner.st_gid)
        size = min(SEGMENT_PAGES, pages - number * SEGMENT_PAGES)
        os.truncate(segment, size * PAGE_BYTES)
    number = segments
    while (segment := path.with_name(f"{path.name}.{number}")).exists():
        segment.unlink()
        number += 1


def _page_header(lower: int, upper: int, special: int) -> bytes:
    """PageHeaderData (bufpage.h): LSN, checksum, flags, bounds, size and version, prune xid."""
    return struct.pack("<QHHHHHHI", 0, 0, 0, lower, upper, special, PAGE_BYTES | _LAYOUT_VERSION, 0)


def _btree_special(level: int, flags: int) -> bytes:
    """BTPageOpaqueData (nbtree.h): siblings, level, flags, cycle id."""
    return struct.pack("<IIIHH", 0, 0, level, flags, 0)


def _empty_leaf() -> bytes:
    special = PAGE_BYTES - _SPECIAL_BYTES
    header = _page_header(_HEADER_BYTES, special, special)
    return header.ljust(PAGE_BYTES, b"\0")


def _as_leaf(page: bytes, *, is_root: bool) -> bytes:
    flags = _BTP_LEAF | (_BTP_ROOT if is_root else 0)
    return page[:-_SPECIAL_BYTES] + _btree_special(0, flags)


def _line_pointer(offset: int, length: int) -> bytes:
    """ItemIdData (itemid.h): offset 15 bits, flags 2, length 15, from the low bit on."""
    return struct.pack("<I", offset | _LP_NORMAL << 15 | length << 17)


def _read(file: int, offset: int, size: int) -> bytes:
    return os.pread(file, size, offset)
