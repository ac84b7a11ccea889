"""The size of a GiST index before it is built: what each operator class keeps of a value.

Widths are those of the compress functions in PostgreSQL's source, named at each. Pages are filled
by splits (gistbuild.c), so how full they get depends on the order of the values; the shares are
those of builds of 100,000 rows in and out of order on PostgreSQL 18, and on 13, 16 and 17.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from dbaudit.shadow.sizes import PAGE_BYTES, Column, tuple_bytes

_PAGE_ROOM = PAGE_BYTES - 24 - 16  # less the page header and GISTPageOpaqueData
_LINE_POINTER = 4

#: Pages split in the middle are about two thirds full.
_FILL = 0.65
#: PostgreSQL 18 sorts ranges first: between 58 % (in the table's order) and 99 % were full. Before,
#: each was put in by itself: between 34 % (in the table's order) and 68 % were full.
_SORTED_FILL, _UNSORTED_FILL = 0.78, 0.5
_SORTED_VERSION_NUM = 180000
#: Pages above the leaves.
_INTERNAL_SHARE = 0.01

#: A multirange is kept as the range around all of it (multirange_gist_compress of
#: rangetypes_gist.c): two bounds of at most 8 bytes, and 10 of type and flags.
_MOST_OF_RANGE = 26.0
#: GistInetKey of network_gist.c without the address, of which avg_width has all but 2 bytes.
_INET_HEADER = 1.0


def gist_pages(
    rows: float, columns: Sequence[Column], operator_classes: Sequence[str], version_num: int
) -> int:
    """Pages of a GiST index that a server of this version builds.

    `operator_classes` are those of its keys, the first columns.
    """
    kept = [_kept(*pair) for pair in zip(columns, operator_classes, strict=False)]
    kept += columns[len(operator_classes) :]
    is_sorted = version_num >= _SORTED_VERSION_NUM
    of_ranges = _SORTED_FILL if is_sorted else _UNSORTED_FILL
    fill = of_ranges if tuple(operator_classes) == ("range_ops",) else _FILL
    used = rows * (tuple_bytes(kept) + _LINE_POINTER) * (1 + _INTERNAL_SHARE)
    return 1 + max(1, math.ceil(used / (_PAGE_ROOM * fill)))


def _kept(column: Column, operator_class: str) -> Column:
    """The column as the class keeps it in a leaf.

    What has a storage type of its own (a box for points, two bounds for btree_gist) needs nothing:
    its length is that of the index's column.
    """
    if operator_class == "gist_trgm_ops":  # trgm_gist.c: a byte of flags, three for each trigram
        return replace(column, avg_width=5 + 3 * (column.avg_width + 1))
    if operator_class in ("range_ops", "multirange_ops"):  # ranges of a column differ little
        width = min(column.avg_width, _MOST_OF_RANGE)
        return replace(column, length=math.ceil(width), alignment=1, avg_width=width)
    if operator_class == "inet_ops":
        return replace(column, avg_width=column.avg_width + _INET_HEADER)
    return column
