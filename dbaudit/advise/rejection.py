"""What was tried and left out, and why: the rivals that a person would ask about."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.advice import RefusedIndex, Rejected
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.pricing import IndexSet
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition
from dbaudit.units import size_text

#: Told for each query: the nearest rivals, and the first tries for a query that nothing serves.
_EACH = 3


def rejections(outcome: Outcome) -> tuple[Rejected, ...]:
    """What must not be built, what lost, what had no effect, and last what the planner refused."""
    found = [Rejected(_ddl(c), reason) for c, reason in outcome.found.barred.items()]
    for query in outcome.queries:
        found += list(_about(query.item, outcome))
    refused = outcome.refused.items()
    found += [Rejected(index.ddl(), f"the planner refuses it: {why}") for index, why in refused]
    return tuple(dict.fromkeys(found))


def refused_indexes(outcome: Outcome) -> tuple[RefusedIndex, ...]:
    """What must not be built, and what else each query asks for that nothing serves."""
    barred = [
        RefusedIndex(index, tuple(sorted(candidate.queries)), True, reason)
        for candidate, reason in outcome.found.barred.items()
        for index in candidate.indexes
        if len(candidate.indexes) == 1
    ]
    told = {refused.index for refused in barred}
    proposed = outcome.problem.proposed()
    unserved = [
        q.item for q in outcome.queries if not outcome.before(q.item) > outcome.after(q.item)
    ]
    left = [
        refused
        for item in unserved
        for refused in _left_out(item, proposed.get(item.name, frozenset()) - told, outcome)
    ]
    return (*barred, *left)


def _left_out(item: Item, proposed: IndexSet, outcome: Outcome) -> list[RefusedIndex]:
    """The indexes that would help the query but do not pay; where none would, all of them."""
    rivals = list(_rivals(item, outcome))
    if rivals or outcome.found.was_cut_short:
        return [
            RefusedIndex(index, (item.name,), True, rejected.reason)
            for missing, rejected in rivals
            for index in missing
        ]
    why = f"{item.name} would gain nothing worth having by it"
    indexes = sorted(proposed, key=IndexDefinition.ddl)
    return [RefusedIndex(index, (item.name,), False, why) for index in indexes]


def _about(item: Item, outcome: Outcome) -> Iterator[Rejected]:
    yield from (rejected for _, rejected in _rivals(item, outcome))
    if outcome.before(item) > outcome.after(item):
        return
    useless = [c for c in outcome.found.useless if item.name in c.queries]
    for candidate in useless[:_EACH]:
        yield Rejected(_ddl(candidate), outcome.found.useless[candidate])


def _rivals(item: Item, outcome: Outcome) -> Iterator[tuple[IndexSet, Rejected]]:
    """What other plans of the query would need besides the set, and why they do not get it."""
    rivals: dict[IndexSet, IndexSet] = {}
    for alternative in outcome.found.alternatives.get(item.name, ()):
        rivals.setdefault(alternative - outcome.chosen, alternative)
    for missing, alternative in rivals.items():
        yield missing, _rejected(alternative, item, outcome)


def _rejected(alternative: IndexSet, item: Item, outcome: Outcome) -> Rejected:
    """What another plan would need besides the set, and why that is not worth it."""
    missing = alternative - outcome.chosen
    costs = outcome.prices.cost(item, alternative)
    after = outcome.after(item)
    size = sum(outcome.problem.size_bytes[index] for index in missing)
    if outcome.is_better(after, costs):
        fall = f"{item.name} would fall from {after:.1f} to {costs:.1f}"
        why = f"{fall}, for {size_text(size)} more, {_price_of(alternative, outcome)}"
    else:
        why = f"{item.name} would cost {costs:.1f} by it, and {after:.1f} with the advised set"
    return Rejected("; ".join(sorted(map(IndexDefinition.ddl, missing))), why)


def _price_of(alternative: IndexSet, outcome: Outcome) -> str:
    wider = outcome.chosen | alternative
    budget = outcome.budget_bytes
    size = sum(outcome.problem.size_bytes[index] for index in wider)
    if budget is not None and size > budget:
        return f"which is {size_text(size - budget)} over the budget"
    if outcome.problem.write_units(wider) > outcome.problem.write_units(outcome.chosen):
        return "which does not pay for that and for the writes"
    return "which does not pay for that"


def _ddl(candidate: Candidate) -> str:
    return "; ".join(candidate.order)
