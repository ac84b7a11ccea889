"""One row a query: the costliest of its variants stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbaudit.audit.explained import Explained


def worst_variants(explained: Iterable[Explained]) -> list[Explained]:
    """The variant with the greatest measured time, else cost, of each query, in first-seen order.

    A query whose every variant failed is stood for by the first failure.
    """
    by_query: dict[str, list[Explained]] = {}
    for entry in explained:
        by_query.setdefault(entry.bound.name, []).append(entry)
    return [_worst(entries) for entries in by_query.values()]


def _worst(entries: Sequence[Explained]) -> Explained:
    planned = [entry for entry in entries if entry.plan is not None]
    return max(planned, key=_weight) if planned else entries[0]


def _weight(entry: Explained) -> tuple[float, float]:
    if entry.plan is None:
        return (0.0, 0.0)
    return (entry.plan.execution_ms or 0.0, entry.plan.root.total_cost or 0.0)
