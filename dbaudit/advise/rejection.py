"""What was tried and left out, and why: the rivals that a person would ask about."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.advice import Rejected
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


def _about(item: Item, outcome: Outcome) -> Iterator[Rejected]:
    rivals: dict[IndexSet, IndexSet] = {}
    for alternative in outcome.found.alternatives.get(item.name, ()):
        rivals.setdefault(alternative - outcome.chosen, alternative)
    for alternative in rivals.values():
        rejected = _rejected(alternative, item, outcome)
        if rejected is not None:
            yield rejected
    if outcome.before(item) > outcome.after(item):
        return
    useless = [c for c in outcome.found.useless if item.name in c.queries]
    for candidate in useless[:_EACH]:
        yield Rejected(_ddl(candidate), outcome.found.useless[candidate])


def _rejected(alternative: IndexSet, item: Item, outcome: Outcome) -> Rejected | None:
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
