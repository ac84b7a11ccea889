"""Statistics of candidates' expressions, as ANALYZE would make them after the index is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dbaudit.shadow.candidates import Candidate
from dbaudit.shadow.distinct_keys import key_classes
from dbaudit.shadow.sql import statement
from dbaudit.targets.expression_sample import Expression, ExpressionSample
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import run

#: What is found in more than this share of the rows grows with the table (compute_scalar_stats in
#: analyze.c): n_distinct is then a share, negative.
_GROWING = 0.1


def restore_expression_statistics(
    session: Session,
    candidates: Iterable[Candidate],
    samples: Mapping[Expression, ExpressionSample],
) -> None:
    """Set the statistics of each expression that was sampled in the candidates' indexes."""
    if not samples:
        return
    by_oid = {oid: candidate.definition for candidate in candidates for oid in candidate.oids}
    for oid, attnum, *names in run(session, statement("expression_columns"), (list(by_oid),)):
        index = by_oid[oid]
        sample = samples.get((index.schema, index.table, index.keys[attnum - 1].text))
        if sample is not None and sample.rows:
            run(session, statement("restore_expression"), (*names, *_statistics(sample)))


def _statistics(sample: ExpressionSample) -> tuple[Any, ...]:
    """The parameters of restore_expression.sql from the share of NULLs on.

    A frequency is a share of all rows, a lexeme's one of those that are not NULL; two more say the
    least and the greatest of these (ts_typanalyze.c).
    """
    null_frac = 1 - sample.present / sample.rows
    values, frequencies = _shares(sample.common, sample.rows)
    lexemes, shares = _shares(sample.lexemes, max(sample.present, 1))
    return (
        null_frac,
        round(sample.mean_width),
        n_distinct(sample),
        values,
        frequencies,
        list(sample.histogram_bounds) if len(sample.histogram_bounds) > 1 else None,
        sample.correlation,
        lexemes,
        [*shares, min(shares), max(shares)] if shares else None,
    )


def n_distinct(sample: ExpressionSample) -> float:
    """As in pg_stats: distinct values, or, where more rows mean more of them, their share of the
    rows without its sign. No two texts have one tsvector (ts_typanalyze.c)."""
    present = sample.present / sample.rows
    if not sample.groups or not sample.present:
        return -present
    nulls = 1 if sample.present < sample.rows else 0
    keys = sum(c.keys for c in key_classes(sample.groups, sample.fraction)) - nulls
    rows = sum(group.rows for group in sample.groups) / sample.fraction
    return -min(keys / rows, present) if keys > _GROWING * rows else max(keys, 1.0)


def _shares(
    counts: Sequence[tuple[str, int]], of: int
) -> tuple[list[str], list[float]] | tuple[None, None]:
    if not counts:
        return None, None
    return [value for value, _ in counts], [count / of for _, count in counts]
