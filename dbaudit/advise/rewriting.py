"""Queries that stay costly, or that an expression's index is for, written anew and priced.

What is offered says the same by rule (`time_forms`, `condition_forms`, `statement_forms`) for every
value of its parameters. `Rewrite.check` lets the target confirm it on some of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from dbaudit.advise.advice import Rewrite
from dbaudit.advise.candidates import CandidateOptions, candidates
from dbaudit.advise.catalog import Catalog
from dbaudit.advise.items import PlannedQuery, planned_query
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet
from dbaudit.advise.reading import read_query
from dbaudit.advise.remedies import COSTLY
from dbaudit.advise.rewrites import Replaced, applied, replacements
from dbaudit.advise.sampled import sampled_rows
from dbaudit.advise.statement_forms import statement_forms
from dbaudit.advise.trial_cost import trial_cost
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery, Query
from dbaudit.shadow.planner import Planner
from dbaudit.workload.binding import rebind
from dbaudit.workload.catalog import Catalog as Names
from dbaudit.workload.lexer import TokenKind, tokens
from dbaudit.workload.predicates import query_uses

#: A rewritten query must cost at most this share of what it costs with the advised indexes.
_WORTH = 0.5
#: An index for the rewritten query must lower its cost to this share again.
_WORTH_INDEX = 0.5
#: Planner units more than with an index that nobody misses it for (`SearchOptions.min_units`).
_UNNOTICED = 20.0


@dataclass(frozen=True, slots=True)
class _Task:
    """A query to be written anew, planned with the indexes `given`.

    `before` is its cost by these in its own words; at most `limit` must be its cost in others.
    `spares` tells which advised index is then needless.
    """

    query: PlannedQuery
    given: IndexSet
    before: float
    limit: float
    spares: str = ""


@dataclass(frozen=True, slots=True)
class _Trial:
    """A query in other words, in the variants of its values."""

    task: _Task
    variants: tuple[BoundQuery, ...]
    reason: str
    check: str | None


@dataclass(frozen=True, slots=True)
class _Priced:
    """What a trial costs with the advised set, and with another index besides."""

    trial: _Trial
    cost: float
    index: IndexDefinition | None = None


def advised_rewrites(outcome: Outcome, names: Names, planner: Planner) -> tuple[Rewrite, ...]:
    """For each query that stays costly what other words make of it, the greatest gain first."""
    trials = [t for query in outcome.queries for t in _trials(query, outcome, names)]
    priced = list(_priced(trials, planner))
    priced = list(_with_indexes(priced, outcome, names, planner))
    worth = [one for one in priced if one.cost <= one.trial.task.limit]
    worth.sort(key=lambda one: one.cost / one.trial.task.before)
    return tuple(map(_rewrite, worth))


def _trials(query: PlannedQuery, outcome: Outcome, names: Names) -> Iterator[_Trial]:
    task = _task(query, outcome)
    if task.before < COSTLY:
        return
    statement = query.query.statement
    uses = query_uses(query.query, names)
    tables = outcome.catalog.tables
    make = partial(_trial, task)
    found = replacements(query.query, uses, tables)
    if found:
        said = "; ".join(f"{one.bare} instead of {one.was}" for one in found)
        reason = _with_names(said, query.query) + task.spares
        yield make(applied(statement, found), reason, _condition_check(found, outcome.catalog))
    for form in statement_forms(statement, uses, tables):
        yield make(form.statement, form.reason + task.spares, None)


def _task(query: PlannedQuery, outcome: Outcome) -> _Task:
    """The query as advised; where that is cheap by an expression's index alone, without it."""
    after = outcome.after(query.item)
    needless = _expression_indexes(query, outcome) if after < COSTLY else frozenset()
    if not needless:
        return _Task(query, outcome.chosen, after, _WORTH * after)
    given = outcome.chosen - needless
    before = outcome.prices.cost(query.item, given)
    names = " and no ".join(sorted(outcome.names[index] for index in needless))
    limit = min(_WORTH * before, after + _UNNOTICED)
    return _Task(query, given, before, limit, f"; it needs no {names}")


def _expression_indexes(query: PlannedQuery, outcome: Outcome) -> IndexSet:
    """The advised indexes on expressions that serve this query alone."""
    return frozenset(
        index
        for index in outcome.prices.used(query.item, outcome.chosen)
        if any(key.is_expression for key in index.keys) and outcome.served(index) == [query.item]
    )


def _trial(task: _Task, statement: str, reason: str, check: str | None) -> _Trial:
    query = task.query
    variants = query.item.statements[0].variants
    rebound = tuple(rebind(variant, statement) for variant in variants)
    # what nobody registered is never executed
    if check is None and not variants[0].is_generic and query.query.file is not None:
        check = _result_check(variants[0].sql, rebound[0].sql)
    elif check is not None:
        check = None if "$" in (bound := _bound(variants[0], check)) else bound
    return _Trial(task, rebound, reason, check)


def _bound(variant: BoundQuery, statement: str) -> str:
    return rebind(variant, statement).sql


def _condition_check(found: Sequence[Replaced], catalog: Catalog) -> str:
    """How many rows of each table's beginning were read, and how many only one form keeps."""
    parts = []
    for one in found:
        differs = f"(({one.was}) IS TRUE) IS DISTINCT FROM (({one.bare}) IS TRUE)"
        rows = sampled_rows(catalog.tables[one.table])
        parts.append(f"SELECT count(*), count(*) FILTER (WHERE {differs}) FROM {rows}")
    return f"SELECT sum(count), sum(differ) FROM ({' UNION ALL '.join(parts)}) AS s (count, differ)"


def _result_check(old: str, new: str) -> str:
    """How many rows the query gives, and 1 if the two results differ as sets with duplicates."""
    rows = "SELECT count(*), sum(hashtextextended(r::text, 0)) FROM ({}) AS r"
    return (
        f"SELECT a.count, (a IS DISTINCT FROM b)::int FROM ({rows.format(_ended(old))}) AS a, "
        f"({rows.format(_ended(new))}) AS b"
    )


def _ended(sql: str) -> str:
    """On lines of its own: it may end in a comment."""
    return f"\n{sql.rstrip().removesuffix(';')}\n"


def _priced(trials: Iterable[_Trial], planner: Planner) -> Iterator[_Priced]:
    for trial in trials:
        cost = _cost(trial, trial.task.given, planner)
        if cost is not None:
            yield _Priced(trial, cost)


def _cost(trial: _Trial, indexes: IndexSet, planner: Planner) -> float | None:
    return trial_cost(trial.variants, indexes, trial.task.query.item.tables, planner)


def _with_indexes(
    priced: Sequence[_Priced], outcome: Outcome, names: Names, planner: Planner
) -> Iterator[_Priced]:
    """Each with the one index more that helps the new words most, if any does; where they shall
    spare an index they get none."""
    wanted = [
        _candidates(one.trial, outcome, names, planner)
        if one.trial.task.given == outcome.chosen
        else []
        for one in priced
    ]
    unknown = {index for found in wanted for index in found} - outcome.problem.size_bytes.keys()
    refused = planner.prepare(sorted(unknown, key=IndexDefinition.ddl)) if unknown else {}
    for one, found in zip(priced, wanted, strict=True):
        tried = [
            _Priced(one.trial, cost, index)
            for index in found
            if index not in refused
            and (cost := _cost(one.trial, outcome.chosen | {index}, planner)) is not None
        ]
        best = min(tried, key=lambda other: other.cost, default=one)
        yield best if best.cost <= _WORTH_INDEX * one.cost else one


def _candidates(
    trial: _Trial, outcome: Outcome, names: Names, planner: Planner
) -> list[IndexDefinition]:
    """Single indexes that the rewritten query asks for and the original did not."""
    reading = read_query(trial.variants, names, outcome.catalog, planner)
    item = planned_query(trial.variants, reading, outcome.catalog).item
    found = candidates([item], {}, outcome.catalog, CandidateOptions())
    tried = {
        index for c in outcome.problem.candidates if item.name in c.queries for index in c.indexes
    }
    left = {index for c in found if len(c.indexes) == 1 for index in c.indexes} - tried
    return sorted(left - outcome.chosen - outcome.refused.keys(), key=IndexDefinition.ddl)


def _rewrite(priced: _Priced) -> Rewrite:
    trial, query = priced.trial, priced.trial.variants[0].query
    return Rewrite(
        query=query.name,
        sql=_with_names(query.statement, query),
        reason=trial.reason,
        cost_before=trial.task.before,
        cost_after=priced.cost,
        index=priced.index.ddl() if priced.index else None,
        check=trial.check,
    )


def _with_names(text: str, query: Query) -> str:
    """The text with its parameters as `:name` where they have names."""
    names = {str(number): parameter.name for number, parameter in enumerate(query.parameters, 1)}
    return "".join(
        f":{names[token.parameter_name]}"
        if token.kind is TokenKind.NUMBERED_PARAMETER and not names[token.parameter_name].isdigit()
        else token.text
        for token in tokens(text)
    )
