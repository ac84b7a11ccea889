"""The advice for a workload: candidates, what-if plans, the search, and the explanation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dbaudit.advise.advice import Advice, AdvisedDrop, IndexLoss, NotCovered, Rejected, SearchFacts
from dbaudit.advise.candidates import CandidateOptions, candidates
from dbaudit.advise.catalog import Catalog
from dbaudit.advise.curve import workload_curve
from dbaudit.advise.drops import advised_drops
from dbaudit.advise.explanation import advised_indexes, advised_queries
from dbaudit.advise.guesses import is_guessed, scan_risk
from dbaudit.advise.items import PlannedQuery, planned_query, split_covered
from dbaudit.advise.losses import index_losses
from dbaudit.advise.names import free_names
from dbaudit.advise.nested_lookups import nested_lookups
from dbaudit.advise.notes import notes
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import OnProgress, Problem, SearchOptions
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.reading import read_query, without_output
from dbaudit.advise.rejection import refused_indexes, rejections
from dbaudit.advise.rewriting import advised_rewrites
from dbaudit.advise.search import search
from dbaudit.advise.statistics import advised_statistics
from dbaudit.advise.verdicts import Verdicts, objection, still_told, without_missed
from dbaudit.advise.workload import Item
from dbaudit.advise.write_cost import TableWrites, refusal, write_units
from dbaudit.advise.writes import table_writes
from dbaudit.errors import ShadowError
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson, Planner
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.workload.catalog import catalog_from_snapshot


@dataclass(frozen=True, slots=True)
class AdviseOptions:
    """What may be proposed, when the search ends, and what `apply` measured before."""

    candidates: CandidateOptions = field(default_factory=CandidateOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    verdicts: Verdicts = field(default_factory=Verdicts)


def advise(
    snapshot: Snapshot,
    queries: Sequence[Sequence[BoundQuery]],
    planner: Planner,
    options: AdviseOptions | None = None,
    on_progress: OnProgress = lambda _what, _done, _total: None,
) -> Advice:
    """The best index set found for the queries, each given as the variants of its values.

    The planner must have the tables of `items.planned_tables`. Nothing is written anywhere but in
    the planner. Ctrl-C during the search ends it with the best set so far.
    """
    options = options or AdviseOptions()
    started = time.monotonic()
    catalog = read_catalog(snapshot)
    prices = Prices(
        planner,
        lambda plan, on: scan_risk(plan, on, catalog.tables),
        lambda plan, _on: _lookup_risk(plan, catalog),
    )
    covered, missed = split_covered(queries, planner)
    planned = planned_queries(snapshot, covered, catalog, planner, prices)
    tried, refused = _prepared(planned, catalog, planner, options)
    writes = table_writes(planned, catalog)
    told = still_told(options.verdicts, tried, catalog)
    items = [query.item for query in planned]
    problem = Problem(
        items=items,
        candidates=tried,
        size_bytes={i: planner.size_bytes(i) for c in tried for i in c.indexes},
        write_units=lambda indexes: write_units(indexes, catalog.tables, writes),
        refused=lambda indexes, served: (
            objection(indexes, served, told) or _refusal(indexes, served, catalog, writes)
        ),
        guessed={i for c in tried for i in c.indexes if is_guessed(i, catalog.table_of(i))},
        relations={i: catalog.leaves(catalog.table_of(i)) for c in tried for i in c.indexes},
    )
    begun = time.monotonic()
    found = search(problem, prices, options.search, on_progress)
    calls, seconds = planner.what_if_calls, time.monotonic() - begun
    refused |= prices.failed
    names = free_names(sorted(found.indexes, key=IndexDefinition.ddl), catalog.relation_names)
    budget = options.search.budget_bytes
    outcome = Outcome(catalog, planned, prices, problem, found, names, refused, budget)
    advice = _advice(snapshot, outcome, planner, missed, started)
    advice = without_missed(advice, options.verdicts)
    facts = replace(advice.search, search_calls=calls, search_seconds=seconds)
    return replace(advice, search=facts)


def _lookup_risk(plan: PlanJson, catalog: Catalog) -> float:
    return sum(lookup.risk(catalog) for lookup in nested_lookups(plan, catalog))


def planned_queries(
    snapshot: Snapshot,
    covered: Sequence[Sequence[BoundQuery]],
    catalog: Catalog,
    planner: Planner,
    prices: Prices,
) -> list[PlannedQuery]:
    """The queries as the search sees them; their plans as things are become known prices."""
    names = catalog_from_snapshot(snapshot)
    planned = []
    for variants in covered:
        reading = read_query(variants, names, catalog, planner)
        for variant, plan in zip(variants, reading.plans, strict=True):
            prices.learn(variant, without_output(plan))
        planned.append(planned_query(variants, reading, catalog))
    return planned


def _prepared(
    planned: Sequence[PlannedQuery], catalog: Catalog, planner: Planner, options: AdviseOptions
) -> tuple[list[Candidate], dict[IndexDefinition, str]]:
    """The candidates that the planner takes, and the indexes it refused with its reasons."""
    items: list[Item] = [query.item for query in planned]
    lookups = {query.item.name: list(query.lookups) for query in planned}
    found = candidates(items, lookups, catalog, options.candidates)
    indexes = sorted({i for c in found for i in c.indexes}, key=IndexDefinition.ddl)
    refused = dict(planner.prepare(indexes)) if indexes else {}
    return [c for c in found if refused.keys().isdisjoint(c.indexes)], refused


def _refusal(
    indexes: IndexSet,
    served: Sequence[Item],
    catalog: Catalog,
    writes: dict[tuple[str, str], TableWrites],
) -> str | None:
    weight = sum(item.weight for item in served)
    for index in sorted(indexes, key=IndexDefinition.ddl):
        name = (index.schema, index.table)
        if name in writes:
            reason = refusal(index, catalog.tables[name], writes[name], weight)
            if reason:
                return reason
    return None


def _advice(
    snapshot: Snapshot,
    outcome: Outcome,
    planner: Planner,
    missed: Sequence[NotCovered],
    started: float,
) -> Advice:
    asked = advised_queries(outcome)
    curve = workload_curve(outcome)
    indexes = advised_indexes(outcome, curve)
    (drops, kept), losses, unpriced = _priced_drops(outcome, planner)
    return Advice(
        cost_before=sum(query.weight * query.cost_before for query in asked),
        cost_after=sum(query.weight * query.cost_after for query in asked),
        indexes=indexes,
        drops=drops,
        rejected=(*rejections(outcome), *kept),
        queries=asked,
        not_covered=tuple(missed),
        search=SearchFacts(
            planner.kind, planner.version, planner.what_if_calls, time.monotonic() - started
        ),
        notes=(*notes(outcome, snapshot.target.version, planner), *unpriced),
        curve=curve,
        rewrites=advised_rewrites(outcome, catalog_from_snapshot(snapshot), planner),
        statistics=advised_statistics(outcome),
        losses=losses,
        refused=refused_indexes(outcome),
    )


#: The drops that are advised, and those that a query would miss.
_Drops = tuple[tuple[AdvisedDrop, ...], tuple[Rejected, ...]]


def _priced_drops(
    outcome: Outcome, planner: Planner
) -> tuple[_Drops, tuple[IndexLoss, ...], tuple[str, ...]]:
    """The drops and those refused, what queries lose by each, and a note where that cannot be
    priced."""
    try:
        return advised_drops(outcome, planner), index_losses(outcome, planner), ()
    except ShadowError as error:  # a HypoPG that cannot hide indexes
        return ((), ()), (), (f"what drops would cost is not known, so none is proposed: {error}",)
