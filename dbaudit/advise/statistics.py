"""Statistics for the queries that no index helps, with a check of the guess that they mend."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.advice import StatisticsAdvice
from dbaudit.advise.catalog import TableFacts
from dbaudit.advise.estimates import Guess
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.remedies import COSTLY, guessed
from dbaudit.advise.sampled import sampled_rows
from dbaudit.query import BoundQuery
from dbaudit.workload.binding import rebind


def advised_statistics(outcome: Outcome) -> tuple[StatisticsAdvice, ...]:
    """Each once, for the first query that it helps."""
    found = (advice for query in outcome.queries for advice in _of_query(query, outcome))
    first: dict[str, StatisticsAdvice] = {}
    for advice in found:
        first.setdefault(advice.ddl, advice)
    return tuple(first.values())


def _of_query(query: PlannedQuery, outcome: Outcome) -> Iterator[StatisticsAdvice]:
    after = outcome.after(query.item)
    if after < COSTLY or outcome.is_better(outcome.before(query.item), after):
        return
    own = query.item.statements[0]
    plans = [(outcome.prices.plan(own, v, outcome.chosen), v) for v in own.variants]
    plan, variant = max(plans, key=lambda planned: float(planned[0]["Total Cost"]))
    for guess, name, rows in guessed(query, plan, outcome.catalog):
        table = outcome.catalog.tables[name]
        yield StatisticsAdvice(
            query=query.item.name,
            ddl=guess.ddl,
            reason=guess.reason,
            expected_share=rows / max(table.rows, 1.0),
            check=_check(guess, table, variant),
        )


def _check(guess: Guess, table: TableFacts, variant: BoundQuery) -> str | None:
    """How many rows of a sample satisfy the conditions together.

    None without values, and where an OR or a subquery is among them.
    """
    predicates = [None if c.in_or else c.predicate for c in guess.conditions]
    if variant.is_generic or None in predicates:
        return None
    together = " AND ".join(f"({predicate})" for predicate in dict.fromkeys(predicates))
    text = f"SELECT count(*), count(*) FILTER (WHERE {together}) FROM {sampled_rows(table)}"
    return rebind(variant, text).sql
