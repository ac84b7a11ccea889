"""What is searched and what is found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dbaudit.advise.pricing import IndexSet
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: Called with what the search does now, and how far it is with it: done of total.
OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Limits of a search; None is no limit.

    An index pays when one query becomes cheaper by `min_gain` (a share), or several by as much in
    sum, and by `min_units` (planner units, 1.0 being a page read in sequence; 20 pages are read in
    a fraction of a millisecond).
    One whose keys an existing index begins with must save `min_refinement` units: the pages that it
    spares a query are some milliseconds' worth. What a query loses counts `loss_weight` times what
    others gain: people notice what became slower.
    """

    budget_bytes: int | None = None
    min_gain: float = 0.1
    min_units: float = 20.0
    min_refinement: float = 1000.0
    max_seconds: float | None = None
    loss_weight: float = 10.0

    def is_worth(self, before: float, after: float) -> bool:
        """Whether a query gains enough to pay for an index."""
        return before - after >= max(self.min_units, self.min_gain * before)

    def are_worth(self, gains: Sequence[tuple[float, float]]) -> bool:
        """Whether queries together gain enough, each told by its gain and its cost before: the
        shares add up, so that an index may pay by a little in many queries."""
        enough = sum(gain / before for gain, before in gains if before > 0) >= self.min_gain
        return enough and sum(gain for gain, _ in gains) >= self.min_units

    def for_refinement(self) -> SearchOptions:
        """The options that an index is judged by that only refines an existing one."""
        return replace(self, min_units=self.min_refinement)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is searched: `size_bytes` of each index, `write_units` that a set costs the writes.

    `refused` says why a candidate must not be built whatever it gains, given the queries that it
    improves. `guessed` are the indexes of whose contents the planner knows nothing. An index on a
    partitioned table stands for as many `relations` as there are partitions; others for one.
    """

    items: Sequence[Item]
    candidates: Sequence[Candidate]
    size_bytes: Mapping[IndexDefinition, int]
    write_units: Callable[[IndexSet], float]
    refused: Callable[[IndexSet, Sequence[Item]], str | None]
    guessed: Collection[IndexDefinition] = ()
    relations: Mapping[IndexDefinition, int] = field(default_factory=dict)

    def proposed(self) -> dict[str, IndexSet]:
        """What was proposed for each query, by its name."""
        found: dict[str, IndexSet] = {}
        for candidate in self.candidates:
            for query in candidate.queries:
                found[query] = found.get(query, frozenset()) | candidate.indexes
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """The best set, and what became of the other candidates.

    `alternatives` are the indexes of other plans by the query's name, the cheapest first. `useless`
    candidates improve no query; `barred` are too large or must not be built. Both come with the
    reason.
    """

    indexes: IndexSet
    alternatives: Mapping[str, Sequence[IndexSet]] = field(default_factory=dict)
    useless: Mapping[Candidate, str] = field(default_factory=dict)
    barred: Mapping[Candidate, str] = field(default_factory=dict)
    was_cut_short: bool = False
