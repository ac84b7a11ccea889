"""What a sample of a table says of an index: only counts, no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Keys that occur in so many pages are counted together: none like them was missed.
OFTEN = 16

#: (schema, name) of a table with rows of its own.
LeafName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Distinct keys that were seen in as many pages (or `OFTEN` and more) and about as many rows;
    both are summed.

    `bytes` is the mean size of an index tuple with such a key, aligned, without line pointer.
    """

    keys: int
    pages: int
    rows: int
    bytes: float


@dataclass(frozen=True, slots=True)
class LeafSample:
    """One table's part of a sample: its `rows`, the share of its pages that they come from (1 is
    all), and the keys of those rows that the index would hold.

    For GIN `elements` are samples of each key's elements, None where they are not known.
    """

    rows: int
    fraction: float
    groups: tuple[KeyGroup, ...] = ()
    elements: tuple[LeafSample | None, ...] = ()

    @property
    def kept(self) -> int:
        """The rows that satisfy the index's predicate."""
        return sum(group.rows for group in self.groups)


#: What a sample says of one index, by table with rows (the partitions of a partitioned one).
IndexSample = Mapping[LeafName, LeafSample]
