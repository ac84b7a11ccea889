"""The best figures of other advisors, to be beaten at the same real size.

Measured on one loaded TPC-H database (scale factor 1, primary keys only, VACUUM ANALYZE) with
PostgreSQL 18.6: the index sets that the advisors found with HypoPG 1.3.1 on PostgreSQL 15.18,
really built; costs as EXPLAIN gives them with the indexes in place. The best of 75 runs, measure by
measure, of Extend, DTA anytime, Relaxation, DB2Advis, AutoAdmin, CoPhy and Drop (as implemented in
hyrise/index_selection_evaluation), dexter 0.6.3, index_advisor 0.2.0 and postgres-mcp 0.3.0.

`rel22` hangs on the row estimate of one LIKE in query 20, which moves it 75-fold with ANALYZE's
sample: it can be compared within one loaded database only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MB = 2**20
GB = 2**30


@dataclass(frozen=True, slots=True)
class PeerBest:
    """Cost after over before: all 22 queries, without 2, 17 and 20, and the geometric mean."""

    rel22: float
    rel19: float
    geo: float


@dataclass(frozen=True, slots=True)
class ExtendRun:
    """What Extend took for its search (its faster variant): EXPLAIN calls and seconds."""

    what_if_calls: int
    seconds: float


#: Most bytes of the built indexes (None: no limit) -> the best of all peers.
BEST: Mapping[int | None, PeerBest] = {
    250 * MB: PeerBest(0.001464, 0.729, 0.366),
    500 * MB: PeerBest(0.001331, 0.707, 0.295),
    1 * GB: PeerBest(0.001190, 0.653, 0.265),
    2 * GB: PeerBest(0.001148, 0.635, 0.225),
    None: PeerBest(0.001145, 0.633, 0.224),
}

#: Extend with at most two columns, by HypoPG's sizes (10^6 bytes a MB), on 2 cores.
EXTEND: Mapping[int | None, ExtendRun] = {
    250 * MB: ExtendRun(756, 1.2),
    500 * MB: ExtendRun(1136, 2.0),
    1 * GB: ExtendRun(2489, 5.1),
    2 * GB: ExtendRun(2863, 4.9),
    None: ExtendRun(2863, 4.9),
}
