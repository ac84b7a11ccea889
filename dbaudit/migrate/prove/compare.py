"""One statement with and without a new index in turn, on the same server at the same time.

Runs take turns as A B B A, so that a server that gets slower or quicker meanwhile does so for both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.errors import QueryError
from dbaudit.migrate.prove.change import Pair, is_slower, query_gain
from dbaudit.migrate.prove.measure import QUERY_CANCELED, Meter
from dbaudit.migrate.prove.watched import IndexName
from dbaudit.query import BoundQuery
from dbaudit.targets.hiding import forget_plans
from dbaudit.targets.timed import ExecutionOptions, Switch, execute_switched

#: A gain above this needs no closer look: no drift of a server makes it.
CLEAR_GAIN = 2.0

#: A loss below this is none.
SEEMING_LOSS = 1.1

#: Each gives two runs with the index and two without; more while they fit into the budget.
LEAST_BLOCKS, MOST_BLOCKS = 2, 5
BUDGET_MS = 3000.0

#: The warm-up and one block.
_LEAST_EXECUTIONS = 6

#: Without the index a statement may take so many times as long before it is stopped.
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A statement, by its place in the plan, and the new indexes to hide from it together.

    Without any to hide it only seems slower, and has to do with no new index.
    """

    place: int
    hidden: frozenset[IndexName]
    decides_whole: bool


def doubts(pairs: Mapping[int, Pair], tables: Mapping[IndexName, IndexName]) -> tuple[Doubt, ...]:
    """What a comparison has to decide; `tables` are those of the new indexes. Pure.

    Where a statement seems slower, or gains little, whether that is so; where several new indexes
    have to do with it, what each of them does to it. As the time may end before all are settled,
    what gains least comes first. Those that write come last.
    """
    found: list[Doubt] = []
    for place, pair in sorted(pairs.items(), key=lambda item: query_gain(*item[1]).gain):
        if None not in (pair[0].ms, pair[1].ms) and not pair[0].timed_out:
            found += _doubts_of(place, pair, tables)
    return tuple(sorted(found, key=lambda doubt: bool(pairs[doubt.place][1].writes)))


def has_time(meter: Meter, pair: Pair) -> bool:
    """Whether a comparison can be made before the deadline."""
    return meter.deadline.left_ms > _LEAST_EXECUTIONS * (pair[1].ms or 0.0)


def compare(meter: Meter, statement: BoundQuery, pair: Pair, oids: frozenset[int]) -> Pair | None:
    """The statement without the indexes (by oid) and with them.

    None when it takes longer than thought, or does not run without them.
    """
    without, with_them = Switch(oids, oids), Switch(oids)
    limits = ExecutionOptions(_limit_ms(meter, pair), meter.options.allow_writes)
    samples: dict[Switch, list[float]] = {without: [], with_them: []}

    def run(switch: Switch) -> float:
        return execute_switched(meter.session, statement, limits, switch).ms

    try:
        block_ms = 2 * (run(with_them) + run(without))  # these warm up
        spent_ms, blocks = 0.0, 0
        while _goes_on(blocks, spent_ms) and meter.deadline.left_ms > block_ms:
            started = time.monotonic()
            for switch in (with_them, without, without, with_them):
                samples[switch].append(run(switch))
            block_ms = (time.monotonic() - started) * 1000
            spent_ms, blocks = spent_ms + block_ms, blocks + 1
    except QueryError as error:
        return _stopped(error, pair, limits)
    finally:
        if not meter.session.is_lost:
            forget_plans(meter.session)
    if not blocks:
        return None
    return _interleaved(pair, samples[without], samples[with_them])


def _doubts_of(place: int, pair: Pair, tables: Mapping[IndexName, IndexName]) -> list[Doubt]:
    after = pair[1]
    used = {name for name in tables if after.uses(name)}
    concerned = used | {name for name, table in tables.items() if after.modifies(table)}
    seems_slower = is_slower(*pair, SEEMING_LOSS)
    gains_little = bool(used) and query_gain(*pair).gain < CLEAR_GAIN
    shares = bool(used) and len(concerned) > 1
    whole = [Doubt(place, frozenset(concerned), decides_whole=True)]
    if len(concerned) < 2:
        return whole if seems_slower or gains_little else []
    each = [Doubt(place, frozenset({name}), decides_whole=False) for name in sorted(concerned)]
    return [
        *(whole if seems_slower or gains_little else []),
        *(each if seems_slower or shares else []),
    ]


def _limit_ms(meter: Meter, pair: Pair) -> int:
    patient = _PATIENCE * max(pair[0].ms or 0.0, pair[1].ms or 0.0)
    return round(min(meter.options.statement_timeout_ms, max(1000.0, patient)))


def _goes_on(blocks: int, spent_ms: float) -> bool:
    return blocks < LEAST_BLOCKS or (blocks < MOST_BLOCKS and spent_ms < BUDGET_MS)


def _stopped(error: QueryError, pair: Pair, limits: ExecutionOptions) -> Pair | None:
    """Without the index it did not end, or it failed: then the comparison tells nothing."""
    if error.sqlstate != QUERY_CANCELED:
        return None
    limit = (float(limits.statement_timeout_ms),)
    before = replace(pair[0], samples_ms=limit, timed_out=True, interleaved=True)
    return before, pair[1]


def _interleaved(pair: Pair, without: Sequence[float], with_them: Sequence[float]) -> Pair:
    before, after = pair
    return (
        replace(before, samples_ms=tuple(without), interleaved=True),
        replace(after, samples_ms=tuple(with_them), interleaved=True),
    )
