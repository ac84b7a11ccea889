"""What a node wrote to temporary files because work_mem did not hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dbaudit.plans.node import PlanNode, whole_of

#: BLCKSZ of an ordinary build; EXPLAIN counts temporary blocks in it.
BLOCK_BYTES = 8192
_KB = 1024


def spill_bytes(node: PlanNode, callees: Sequence[PlanNode]) -> int | None:
    """Bytes that the node itself wrote to disk; 0 when nothing, None when it cannot be known.

    The larger of two figures: what the node says of its last execution (a Sort's space on disk, a
    HashAggregate's disk usage, the storage of a CTE or window; leader and workers together), and
    with BUFFERS the temporary blocks it wrote over all executions (a hash join's batches have no
    other trace). The blocks of `callees`, the nodes that it ran, are theirs.
    """
    reported = list(_reported_kb(node.raw))
    for worker in _objects(node.raw.get("Workers")):
        reported.extend(_reported_kb(worker))
    figures = [sum(reported) * _KB] if reported else []
    blocks = _own_temp_written(node, callees)
    if blocks is not None:
        figures.append(blocks * BLOCK_BYTES)
    return max(figures, default=None)


def hash_batches(node: PlanNode) -> int | None:
    """Batches of a Hash or of a hashed Aggregate; more than one means that it spilled."""
    for key in ("Hash Batches", "HashAgg Batches"):
        batches = node.whole(key)
        if batches is not None:
            return batches
    return None


def _reported_kb(part: Mapping[str, Any]) -> Iterator[int]:
    """The kB on disk that a node or one of its workers reports; 0 where it reports memory."""
    on_disk = (
        ("Sort Space Used", part.get("Sort Space Type")),
        ("Disk Usage", "Disk"),
        ("Maximum Storage", part.get("Storage")),
    )
    for key, place in on_disk:
        kb = whole_of(part.get(key))
        if kb is not None:
            yield kb if place == "Disk" else 0
    groups = [part.get("Full-sort Groups"), part.get("Pre-sorted Groups")]
    for group in _objects(groups):
        disk = group.get("Sort Space Disk")
        peak = disk.get("Peak Sort Space Used") if isinstance(disk, Mapping) else None
        yield whole_of(peak) or 0


def _objects(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _own_temp_written(node: PlanNode, callees: Sequence[PlanNode]) -> int | None:
    written = node.whole("Temp Written Blocks")
    if written is None:
        return None
    below = sum(child.whole("Temp Written Blocks") or 0 for child in callees)
    return max(0, written - below)
