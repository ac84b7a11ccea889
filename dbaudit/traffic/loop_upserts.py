"""Rows looked up and written one by one, each in a transaction of its own: update_or_create().

In a server's log that looks like the traffic of a connection pool, each request of which changes
one row. It is told apart by what is hardly so there: nothing but one table is touched, no key comes
twice, and from one transaction to the next the application takes no longer than within one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from dbaudit.traffic.loop_confidence import Member, Span
from dbaudit.traffic.loop_unit import Run, Unit
from dbaudit.traffic.loop_values import Variation
from dbaudit.traffic.shape import WRITES

#: Fewer could be so by chance.
_MANY_ROWS = 10
#: So many requests may follow one another without a pause where a pool is busy, for other keys
#: each; only in the order of their keys they do not come.
_MANY_REQUESTS = 200
#: Between two transactions the application takes so much longer than within one, at most, in three
#: of four cases.
_LONGER = 3
_LONGER_BY_MS = 1.0
_MOST = 3
_NUMBER = re.compile("([0-9]+)")


def upserts(unit: Unit, members: Sequence[Member], span: Span) -> Sequence[Member]:
    """The members, if they look up and write rows so; the lookup first."""
    lookups = [m for m in members if m.looks_up and m.varied.variation is Variation.KEYED]
    writes = [m for m in members if m.varied.variation is Variation.STORED]
    if len(lookups) != 1 or not writes or len(lookups) + len(writes) < len(members):
        return ()
    times = len(lookups[0].run.at)
    goes_on = unit.goes_on and span.first <= len(members)
    is_each_once = lookups[0].varied.keys == times and (goes_on or times >= _MANY_ROWS)
    is_long = unit.goes_on or times > _MANY_REQUESTS
    if is_long and not _is_in_order(unit, lookups[0].run):
        return ()
    if not is_each_once or span.transactions != times - 1 or not _is_of_one_table(unit, span):
        return ()
    return (*lookups, *writes) if _is_tight(unit, lookups[0].run.at) else ()


def _is_in_order(unit: Unit, run: Run) -> bool:
    """Whether the keys go up, or down, as people count: s9 before s10."""
    keys = [tuple(_words(value or "") for value in seen.values or ()) for seen in unit.seen(run)]
    return all(a < b for a, b in pairwise(keys)) or all(a > b for a, b in pairwise(keys))


def _words(value: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(w), "") if w.isdecimal() else (-1, w) for w in _NUMBER.split(value))


def _is_of_one_table(unit: Unit, span: Span) -> bool:
    shapes = (seen.form.shape for seen, _ in unit.steps[span.first : span.last + 1])
    return len({shape.tables for shape in shapes if shape.tables or shape.functions}) == 1


def _is_tight(unit: Unit, lookups: Sequence[int]) -> bool:
    """Whether the application goes from one row to the next as fast as from lookup to write."""
    end = next((at for at in unit.ends if at > lookups[-1]), None)
    if end is None and _last_write(unit, lookups[-1], len(unit.steps)) is None:
        lookups = lookups[:-1]  # the unit was cut before its write
    writes = [_last_write(unit, a, b) for a, b in pairwise((*lookups, end or len(unit.steps)))]
    if None in writes or not any(unit.steps[at][1].at % 1 for at in lookups):
        return False  # a row was looked up in vain, or the log tells seconds only
    ends = [at for at in writes if at is not None]
    within = [unit.longest_gap_ms(a, b) for a, b in zip(lookups, ends, strict=True)]
    between = sorted(unit.longest_gap_ms(a, b) for a, b in zip(ends, lookups[1:], strict=False))
    return between[_MOST * len(between) // 4] <= _LONGER * max(0.0, median(within)) + _LONGER_BY_MS


def _last_write(unit: Unit, first: int, end: int) -> int | None:
    shapes = ((at, unit.steps[at][0].form.shape) for at in range(end - 1, first, -1))
    return next((at for at, shape in shapes if shape.kind in WRITES), None)
