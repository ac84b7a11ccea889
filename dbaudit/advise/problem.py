"""What a search is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

    An index pays when one query becomes cheaper by `min_gain` (a share) and by `min_units` (planner
    units, 1.0 being a page read in sequence; 20 pages are read in a fraction of a millisecond).
    One that only adds INCLUDE columns to the keys of an existing index must save `min_widening`
    units: the rows' pages that it spares a query are some milliseconds' worth.
    """

    budget_bytes: int | None = None
    min_gain: float = 0.1
    min_units: float = 20.0
    min_widening: float = 1000.0
    max_seconds: float | None = None

    def is_worth(self, before: float, after: float) -> bool:
        """Whether a query gains enough to pay for an index."""
        return before - after >= max(self.min_units, self.min_gain * before)

    def for_candidate(self, candidate: Candidate) -> SearchOptions:
        """The options that the candidate alone is judged by."""
        return replace(self, min_units=self.min_widening) if candidate.widens else self


@dataclass(frozen=True, slots=True)
class Problem:
    """What is searched: `size_bytes` of each index, `write_units` that a set costs the writes.

    `refused` says why a candidate must not be built whatever it gains, given the queries that it
    improves.
    """

    items: Sequence[Item]
    candidates: Sequence[Candidate]
    size_bytes: Mapping[IndexDefinition, int]
    write_units: Callable[[IndexSet], float]
    refused: Callable[[IndexSet, Sequence[Item]], str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """The best set, and what became of the other candidates.

    `rivals` paid alone and lost; `useless` improve no query; `barred` are too large or must not be
    built. Both come with the reason.
    """

    indexes: IndexSet
    rivals: tuple[Candidate, ...] = ()
    useless: Mapping[Candidate, str] = field(default_factory=dict)
    barred: Mapping[Candidate, str] = field(default_factory=dict)
    was_cut_short: bool = False
