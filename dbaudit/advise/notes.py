"""What the reader of an advice should know besides the indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dbaudit.advise.candidates import MIN_TABLE_PAGES
from dbaudit.advise.gin import missing_trigrams
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.memory import memory_remedy
from dbaudit.advise.nested_lookups import nested_lookups
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.page_totals import total_remedy
from dbaudit.advise.remedies import COSTLY, paging_remedy, remedies
from dbaudit.advise.slower import slower_queries
from dbaudit.identifiers import qualified
from dbaudit.index_definition import BTREE, IndexDefinition
from dbaudit.shadow.newer_planner import Feature, Statement, newer_features
from dbaudit.shadow.planner import Planner
from dbaudit.units import size_text


def notes(outcome: Outcome, target_version: str, planner: Planner) -> tuple[str, ...]:
    """One line each."""
    return tuple(_notes(outcome, target_version, planner))


def _notes(outcome: Outcome, target_version: str, planner: Planner) -> Iterator[str]:
    if outcome.found.was_cut_short:
        yield "the search was cut short: this is the best set so far"
    if _major(planner.version) != _major(target_version):
        yield (
            f"planned by PostgreSQL {planner.version} for a target of {target_version}: "
            "verification after apply decides"
        )
        yield from _newer_features(outcome, int(_major(target_version)))
    yield from planner.limits
    for query in outcome.queries:
        if query.reason is not None:
            yield f"{query.item.name}: no candidates, since {query.reason}"
    yield from _unanalysed(outcome)
    if outcome.queries and not outcome.problem.candidates:
        yield (
            "no query asks for a column of a table of 256 kB or more in a way that an index which "
            "is not there yet could serve"
        )
    yield from _budget_notes(outcome)
    yield from _lookup_notes(outcome)
    yield from _low_impact(outcome)
    yield from slower_queries(outcome)
    yield from _missing_foreign_keys(outcome)
    for query in outcome.queries:
        yield from (f"{query.item.name}: {remedy}" for remedy in _remedies(query, outcome, planner))
    pairs = [
        (use, outcome.catalog.tables[name])
        for query in outcome.queries
        for use, name in query.item.uses
    ]
    missing = missing_trigrams(pairs, outcome.catalog)
    if missing:
        yield (
            f"patterns on {', '.join(missing)} could use trigram indexes; "
            "the extension pg_trgm is not installed in this database"
        )


def _remedies(query: PlannedQuery, outcome: Outcome, planner: Planner) -> Iterator[str]:
    """What would help a query that stays costly; the last of it when no index lowers its cost."""
    after = outcome.after(query.item)
    if after < COSTLY:
        return
    own = query.item.statements[0]
    plans = [(outcome.prices.plan(own, v, outcome.chosen), v.sql) for v in own.variants]
    plan, sql = max(plans, key=lambda planned: float(planned[0]["Total Cost"]))
    paging = paging_remedy(query, sql)
    if paging is not None:
        yield paging
    for known in (total_remedy, memory_remedy):
        found = known(query, outcome, planner)
        if found is not None:
            yield found
    if not outcome.is_better(outcome.before(query.item), after):
        yield from remedies(query, plan, outcome.catalog)


def _unanalysed(outcome: Outcome) -> Iterator[str]:
    """Large enough tables without any statistics: their rows and values are the planner's guess."""
    names = dict.fromkeys(name for query in outcome.queries for _, name in query.item.uses)
    for name in names:
        table = outcome.catalog.tables[name]
        is_known = any(column.has_statistics for column in table.columns.values())
        if table.pages >= MIN_TABLE_PAGES and not is_known and not table.is_partitioned:
            yield (
                f"{qualified(*name)} has no statistics that this role may see: costs and sizes "
                f"there are guesses; run ANALYZE {qualified(*name)} and advise again"
            )


def _newer_features(outcome: Outcome, target_major: int) -> Iterator[str]:
    """What the plans with the advised set owe to a planner newer than the target's."""
    first_keys = {name: index.keys[0].text for index, name in _btrees(outcome)}
    queries: defaultdict[Feature, list[str]] = defaultdict(list)
    for query in outcome.queries:
        own = query.item.statements[0]
        for variant in own.variants[:1]:
            plan = outcome.prices.plan(own, variant, outcome.chosen)
            statement = Statement(variant.sql, first_keys)
            for feature in newer_features(plan, statement, target_major):
                queries[feature].append(query.item.name)
    for feature, names in queries.items():
        more = f" (and {len(names) - 1} more)" if names[1:] else ""
        yield f"the plan of {names[0]}{more} uses what PostgreSQL {target_major} lacks: {feature}"


def _btrees(outcome: Outcome) -> Iterator[tuple[IndexDefinition, str]]:
    """The B-trees that start with a column, each with its name in plans."""
    for table in outcome.catalog.tables.values():
        yield from (
            (i.definition, i.name) for i in table.indexes if _starts_with_column(i.definition)
        )
    yield from ((i, i.name) for i in outcome.chosen if _starts_with_column(i))


def _starts_with_column(index: IndexDefinition) -> bool:
    return index.method == BTREE and bool(index.keys) and not index.keys[0].is_expression


def _budget_notes(outcome: Outcome) -> Iterator[str]:
    sizes = outcome.problem.size_bytes.values()
    budget = outcome.budget_bytes
    if budget is not None and sizes and min(sizes) > budget:
        yield (
            f"the budget of {size_text(budget)} is less than any index takes that a query could "
            f"use: the smallest takes {size_text(min(sizes))}"
        )


def _lookup_notes(outcome: Outcome) -> Iterator[str]:
    for query in outcome.queries:
        names = dict.fromkeys(lookup.foreign_key.name for lookup in query.lookups)
        if names:
            keys = "foreign key" if len(names) == 1 else "foreign keys"
            yield (
                f"the cost of {query.item.name} includes the lookups of the {keys} "
                f"{', '.join(names)}, which EXPLAIN does not show"
            )


def _missing_foreign_keys(outcome: Outcome) -> Iterator[str]:
    """Foreign keys that would tell the planner how many rows the lookups of its plans return."""
    queries: defaultdict[str, list[str]] = defaultdict(list)
    for query in outcome.queries:
        own = query.item.statements[0]
        plans = [outcome.prices.plan(own, v, outcome.chosen) for v in own.variants]
        lookups = (lookup for plan in plans for lookup in nested_lookups(plan, outcome.catalog))
        missing = dict.fromkeys(lookup.missing_foreign_key for lookup in lookups)
        for ddl in filter(None, missing):
            queries[ddl].append(query.item.name)
    for ddl, names in queries.items():
        yield (
            f"{', '.join(names)}: the planner expects too few rows of a lookup, and may take it "
            f"where it does not pay; it would know by the foreign key, if that holds: {ddl}"
        )


def _low_impact(outcome: Outcome) -> Iterator[str]:
    """A great factor on a small table is little gained."""
    costs = {
        name: [outcome.before(item) for item in outcome.served(index)]
        for index, name in outcome.names.items()
    }
    names = sorted(name for name, found in costs.items() if found and max(found) < COSTLY)
    if names:
        serve = "serves" if len(names) == 1 else "serve"
        yield (
            f"low impact: {', '.join(names)} {serve} only queries that cost less than "
            f"{COSTLY:,.0f} as they are, some milliseconds"
        )


def _major(version: str) -> str:
    return version.split(".", maxsplit=1)[0]
