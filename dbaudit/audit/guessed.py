"""The planner's guesses held against some of the target's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from dbaudit.advise.advice import StatisticsAdvice
from dbaudit.audit.rewritten import counts
from dbaudit.query import Query
from dbaudit.targets.session import Session

#: An estimate that is off by less hardly changes a plan (the rule row-misestimate begins at 10).
_WRONG = 3.0


def mistaken(
    session: Session, advised: Iterable[StatisticsAdvice], queries: Mapping[str, Query]
) -> tuple[StatisticsAdvice, ...]:
    """Those whose guess is wrong, as far as a sample tells. Raises TargetError when the connection
    is lost."""
    return tuple(_mistaken(session, advised, queries))


def _mistaken(
    session: Session, advised: Iterable[StatisticsAdvice], queries: Mapping[str, Query]
) -> Iterator[StatisticsAdvice]:
    for advice in advised:
        rows, kept, reason = counts(session, advice.check, queries[advice.query])
        if reason or not rows:
            yield replace(advice, checked=reason)
            continue
        low, high = sorted((max(kept, 1) / rows, max(advice.expected_share, 1 / rows)))
        if high >= _WRONG * low:
            said = f"{kept:,} of {rows:,} rows of the target satisfy the conditions"
            yield replace(advice, checked=f"{said}, where {advice.expected_share:.2%} is expected")
