"""What applications sent as tables of the snapshot, for the rules to read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dbaudit.snapshot.snapshot import frame_of
from dbaudit.traffic.eager_load import EagerLoad
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.tags import Tags
from dbaudit.traffic.totals import StatementTotals, Totals

if TYPE_CHECKING:
    import pandas as pd

STATEMENTS, LOOPS, EAGER_LOADS = "traffic_statements", "loops", "eager_loads"


def traffic_frames(
    totals: Totals, patterns: Iterable[LoopPattern], eager_loads: Iterable[EagerLoad] = ()
) -> dict[str, pd.DataFrame]:
    """The tables `traffic_statements`, `loops` and `eager_loads` of the snapshot.

    Their columns are in `snapshot/schema.toml`.
    """
    all_ms = totals.total_ms
    return {
        STATEMENTS: frame_of(STATEMENTS, [_statement(one, all_ms) for one in totals.by_time()]),
        LOOPS: frame_of(LOOPS, [_loop(pattern) for pattern in patterns]),
        EAGER_LOADS: frame_of(EAGER_LOADS, [asdict(load) for load in eager_loads]),
    }


def pattern_id(pattern: LoopPattern) -> str:
    """Sixteen hex digits that tell a pattern, from run to run: `loops.pattern`."""
    told = [
        pattern.kind,
        pattern.parent.fingerprint if pattern.parent else "",
        *sorted(child.fingerprint for child in pattern.children),
        _place(pattern) or "",
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _statement(found: StatementTotals, all_ms: float) -> dict[str, Any]:
    slowest = found.slowest
    return {
        "fingerprint": found.shape.fingerprint,
        "queryid": found.query_id,
        "query": found.shape.text,
        "kind": str(found.shape.kind),
        "tables": list(found.shape.tables),
        "calls": found.calls,
        "total_ms": found.total_ms,
        "mean_ms": found.mean_ms,
        "p95_ms": found.p95_ms,
        "max_ms": found.slowest_ms if slowest is not None else None,
        "share": found.total_ms / all_ms if all_ms > 0 else None,
        "rows": found.rows,
        "errors": found.errors,
        "temp_blks": found.temp_blocks,
        "shared_blks": found.shared_blocks,
        "applications": _applications(found),
        "routes": _routes(found),
        "example": slowest.text if slowest is not None else None,
        "place": slowest.place if slowest is not None else None,
    }


def _applications(found: StatementTotals) -> list[str]:
    counted: Counter[str] = Counter()
    for (_, _, application), count in found.origins.items():
        if application:
            counted[application] += count
    return [name for name, _ in counted.most_common()]


def _routes(found: StatementTotals) -> list[str]:
    """The routes of the tags; a controller and its action, counted apart, are told apart too."""
    counted: Counter[str] = Counter()
    for (name, value), count in found.tags.items():
        route = Tags({name: value}).route
        if route is not None:
            counted[route] += count
    return [route for route, _ in counted.most_common()]


def _loop(pattern: LoopPattern) -> dict[str, Any]:
    child = pattern.costliest
    texts = {one.fingerprint: one.text for one in pattern.children}
    return {
        "pattern": pattern_id(pattern),
        "kind": str(pattern.kind),
        "parent": pattern.parent.text if pattern.parent else None,
        "parent_place": pattern.parent_example.place if pattern.parent_example else None,
        "child": child.text,
        "child_fingerprint": child.fingerprint,
        "child_kind": str(child.kind),
        "children": list(texts.values()),
        "occurrences": pattern.occurrences,
        "times": pattern.executions,
        "typical_times": pattern.typical,
        "largest_times": pattern.largest,
        "total_ms": pattern.total_ms,
        "share": pattern.share,
        "round_trips_saved": pattern.round_trips_saved,
        "sessions": pattern.sessions,
        "requests": pattern.requests,
        "place": _place(pattern),
        "places": list(pattern.places),
        "routes": list(pattern.routes),
        "libraries": list(pattern.libraries),
        "loads": list(pattern.loads),
        "parent_matches": pattern.parent_matches,
        "parent_rows": pattern.parent_rows,
        "may_be_pipeline": pattern.may_be_pipeline,
        "hidden": [texts[name] for name in texts if name in pattern.hidden],
        "confidence": str(pattern.confidence),
    }


def _place(pattern: LoopPattern) -> str | None:
    return pattern.places[0] if pattern.places else None
