"""Search over sets of indexes: what pays, within a storage budget.

1. Each candidate alone: one that improves no query by enough is out.
2. Greedy: the candidate that gains most for its bytes joins, again and again. Gains shrink as the
   set grows, so only the most promising one is priced again (lazy greedy: Minoux, Accelerated
   greedy algorithms for maximizing submodular set functions, 1978).
3. Improvement: members that the others made needless leave, and each is exchanged for a rival on
   the same table when that lowers the cost, or keeps it at fewer bytes; until nothing changes.

The same input gives the same set: ties are broken by the candidates' DDL.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found, OnProgress, Problem, SearchOptions
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.workload import Item
from dbaudit.index_definition import IndexDefinition

#: Bytes that even the smallest index counts as, so that a tiny one does not win by its size alone.
LEAST_BYTES = 128 * 1024

#: An exchange must lower the cost of the queries that it changes by this share, and of one of them
#: by `min_gain` and a random page with its tuples (random_page_cost is 4); or keep within it, make
#: no query dearer by `min_gain`, and save this share of the bytes.
_WORTH_EXCHANGE, _WORTH_BYTES = 0.01, 0.1

_LEAST_UNITS = 5.0

_MAX_ROUNDS = 4


def search(
    problem: Problem,
    prices: Prices,
    options: SearchOptions,
    on_progress: OnProgress = lambda _what, _done, _total: None,
) -> Found:
    """The best set that was found; on Ctrl-C or at the time limit, the best so far."""
    state = _Search(problem, prices, options, on_progress)
    was_cut_short = False
    try:
        state.screen()
        state.grow()
        state.improve()
    except (KeyboardInterrupt, _TimeIsUpError):
        was_cut_short = True
    rivals = [c for c in state.paying if not c.indexes <= state.chosen]
    return Found(state.chosen, tuple(rivals), state.useless, state.barred, was_cut_short)


class _TimeIsUpError(Exception):
    """The search's time limit has passed."""


@dataclass(slots=True)
class _Search:
    problem: Problem
    prices: Prices
    options: SearchOptions
    on_progress: OnProgress
    chosen: IndexSet = frozenset()
    paying: list[Candidate] = field(default_factory=list)
    useless: dict[Candidate, str] = field(default_factory=dict)
    barred: dict[Candidate, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def screen(self) -> None:
        """Keep the candidates that improve a query when they are alone."""
        candidates = sorted(self.problem.candidates, key=lambda c: c.order)
        for number, candidate in enumerate(candidates, 1):
            self._report("trying candidates", number, len(candidates))
            self._screen(candidate)

    def grow(self) -> None:
        """Add the candidate with the greatest gain a byte until none pays or fits."""
        heap = [(-self._score(c), c.order, number) for number, c in enumerate(self.paying)]
        heapq.heapify(heap)
        total = len(heap)
        while heap:
            self._report("choosing", total - len(heap), total)
            _, order, number = heapq.heappop(heap)
            candidate = self.paying[number]
            score = self._score(candidate)
            if score <= 0:
                continue
            if heap and (-score, order) > heap[0][:2]:
                heapq.heappush(heap, (-score, order, number))
                continue
            self.chosen |= self._most_direct(candidate, score, heap).indexes

    def _most_direct(
        self, best: Candidate, score: float, heap: list[tuple[float, tuple[str, ...], int]]
    ) -> Candidate:
        """Of those that gain as much, the one that serves more of its query, since what the planner
        believes alike may differ where it guesses. The others stay in the heap."""
        least = (1 - _WORTH_EXCHANGE) * score
        near = [self.paying[n] for stale, _, n in heap if -stale >= least]
        equal = [best, *(c for c in near if c.rank < best.rank and self._score(c) >= least)]
        return min(equal, key=lambda c: (c.rank, c.order))

    def improve(self) -> None:
        """Drop and exchange members until nothing changes."""
        for number in range(1, _MAX_ROUNDS + 1):
            self._report("improving", number, _MAX_ROUNDS)
            before = self.chosen
            self._drop_needless()
            self._exchange()
            self._drop_needless()
            if self.chosen == before:
                break

    def _screen(self, candidate: Candidate) -> None:
        gains = [
            (self.prices.price(item, frozenset()), self.prices.price(item, candidate.indexes), item)
            for item in self.problem.items
            if item.name in candidate.queries
        ]
        options = self.options.for_candidate(candidate)
        improved = [item for old, new, item in gains if options.is_worth(old, new)]
        if not improved:
            self.useless[candidate] = _best_gain(gains, options)
            return
        reason = self._why_barred(candidate, improved)
        if reason is None:
            self.paying.append(candidate)
        else:
            self.barred[candidate] = reason

    def _why_barred(self, candidate: Candidate, improved: Sequence[Item]) -> str | None:
        if not self._fits(candidate.indexes):
            size = self._bytes(candidate.indexes)
            return f"its {size} bytes are more than the budget of {self.options.budget_bytes}"
        return self.problem.refused(candidate.indexes, improved)

    def _score(self, candidate: Candidate) -> float:
        """Gain a byte of adding the candidate to the set; 0 when it does not pay or fit."""
        wider = self.chosen | candidate.indexes
        if wider == self.chosen or not self._fits(wider):
            return 0.0
        if not self._is_needed(wider, self.chosen, self._items_of(candidate)):
            return 0.0
        gain = self._value(self.chosen, candidate) - self._value(wider, candidate)
        return gain / max(self._bytes(wider) - self._bytes(self.chosen), LEAST_BYTES)

    def _is_needed(self, wider: IndexSet, narrower: IndexSet, items: Sequence[Item]) -> bool:
        """Whether a query pays for what is in the wider set only."""
        return any(
            self.options.is_worth(self.prices.price(i, narrower), self.prices.price(i, wider))
            for i in items
        )

    def _value(self, indexes: IndexSet, about: Candidate) -> float:
        """Weighted cost of the queries on the candidate's tables, and of all writes."""
        reads = sum(i.weight * self.prices.price(i, indexes) for i in self._items_of(about))
        return reads + self.problem.write_units(indexes)

    def _drop_needless(self) -> None:
        for index in sorted(self.chosen, key=lambda i: (-self.problem.size_bytes[i], i.ddl())):
            member = _alone(index)
            rest = self.chosen - member.indexes
            items = self._items_of(member)
            is_needed = self._is_needed(self.chosen, rest, items)
            if not is_needed or self._value(rest, member) <= self._value(self.chosen, member):
                self.chosen = rest

    def _exchange(self) -> None:
        for index in sorted(self.chosen, key=IndexDefinition.ddl):
            if index not in self.chosen:
                continue
            for rival in self._rivals(index):
                self._check_time()
                other = (self.chosen - {index}) | rival.indexes
                if self._is_better(other, rival):
                    self.chosen = other
                    break

    def _rivals(self, index: IndexDefinition) -> Iterator[Candidate]:
        """Candidates on the member's table that serve a query which the member serves."""
        names = {c.name for c in self._items_of(_alone(index)) if self._serves(index, c)}
        for candidate in self.paying:
            tables = {(i.schema, i.table) for i in candidate.indexes}
            is_rival = tables == {(index.schema, index.table)} and candidate.queries & names
            if is_rival and not candidate.indexes <= self.chosen:
                yield candidate

    def _serves(self, index: IndexDefinition, item: Item) -> bool:
        return index in self.prices.used(item, self.chosen)

    def _is_better(self, other: IndexSet, rival: Candidate) -> bool:
        if not self._fits(other):
            return False
        costs = [
            (i.weight * self.prices.price(i, self.chosen), i.weight * self.prices.price(i, other))
            for i in self._items_of(rival)
        ]
        write_units = self.problem.write_units
        gain = sum(now - then for now, then in costs)
        gain += write_units(self.chosen) - write_units(other)
        margin = _WORTH_EXCHANGE * sum(max(pair) for pair in costs if pair[0] != pair[1])
        leaves = max(self._bytes(self.chosen - other), LEAST_BYTES)
        comes = max(self._bytes(other - self.chosen), LEAST_BYTES)
        if gain > margin:
            return self._has_winner(other, rival)
        no_loser = all(then <= (1 + self.options.min_gain) * now for now, then in costs)
        return no_loser and gain >= -margin and leaves - comes >= _WORTH_BYTES * leaves

    def _has_winner(self, other: IndexSet, rival: Candidate) -> bool:
        least = self.options.min_gain
        pairs = (
            (self.prices.price(i, self.chosen), self.prices.price(i, other))
            for i in self._items_of(rival)
        )
        return any(now - then >= max(_LEAST_UNITS, least * now) for now, then in pairs)

    def _items_of(self, candidate: Candidate) -> list[Item]:
        tables = {(index.schema, index.table) for index in candidate.indexes}
        return [item for item in self.problem.items if not tables.isdisjoint(item.tables)]

    def _bytes(self, indexes: IndexSet) -> int:
        return sum(self.problem.size_bytes[index] for index in indexes)

    def _fits(self, indexes: IndexSet) -> bool:
        budget = self.options.budget_bytes
        return budget is None or self._bytes(indexes) <= budget

    def _report(self, what: str, done: int, total: int) -> None:
        self._check_time()
        self.on_progress(what, done, total)

    def _check_time(self) -> None:
        limit = self.options.max_seconds
        if limit is not None and time.monotonic() - self.started > limit:
            raise _TimeIsUpError


def _alone(index: IndexDefinition) -> Candidate:
    return Candidate(frozenset([index]), "", frozenset())


def _best_gain(gains: list[tuple[float, float, Item]], options: SearchOptions) -> str:
    least = f"at least {options.min_gain:.0%} and {options.min_units:g} are asked"
    if not gains:
        return f"no query uses it; {least}"
    old, new, item = max(gains, key=lambda gain: gain[0] - gain[1])
    if old <= new:
        return f"the planner does not use it for {item.name} (cost {old:.1f} with and without)"
    return f"{item.name} would fall from {old:.1f} to {new:.1f} only; {least}"
