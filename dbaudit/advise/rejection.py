"""What was tried and left out, and why: the rivals that a person would ask about."""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.advice import Rejected
from dbaudit.advise.outcome import Outcome
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item

#: Told for each query: the nearest rivals, and the first tries for a query that nothing serves.
_EACH = 3


def rejections(outcome: Outcome) -> tuple[Rejected, ...]:
    """What the planner refused, what must not be built, what lost, and what had no effect."""
    refused = outcome.refused.items()
    found = [Rejected(index.ddl(), f"the planner refuses it: {why}") for index, why in refused]
    found += [Rejected(_ddl(c), reason) for c, reason in outcome.found.barred.items()]
    for query in outcome.queries:
        found += list(_about(query.item, outcome))
    return tuple(dict.fromkeys(found))


def _about(item: Item, outcome: Outcome) -> Iterator[Rejected]:
    rivals = [c for c in outcome.found.rivals if item.name in c.queries]
    rivals.sort(key=lambda c: (outcome.prices.cost(item, c.indexes), c.order))
    for candidate in rivals[:_EACH]:
        yield Rejected(_ddl(candidate), _why_lost(candidate, item, outcome))
    if outcome.before(item) > outcome.after(item):
        return
    useless = [c for c in outcome.found.useless if item.name in c.queries]
    for candidate in useless[:_EACH]:
        yield Rejected(_ddl(candidate), outcome.found.useless[candidate])


def _why_lost(candidate: Candidate, item: Item, outcome: Outcome) -> str:
    alone = outcome.prices.cost(item, candidate.indexes)
    after = outcome.after(item)
    both = outcome.prices.cost(item, outcome.chosen | candidate.indexes)
    words = f"{item.name} costs {alone:.1f} with it alone and {after:.1f} with the advised set"
    if outcome.is_better(after, both):
        return f"{words}; added to the set it would give {both:.1f}, which does not pay for it"
    return f"{words}, which it would not lower"


def _ddl(candidate: Candidate) -> str:
    return "; ".join(candidate.order)
