"""Which indexes to take, given what plans with them cost: an index selection problem.

Each item has plans that are known, with the indexes that each of them needs; it runs the first one,
in the order of the planner's preference, whose indexes are all there. What is sought is the set
within the budget for which the items' weighted prices and the writes come to the least. It is
NP-hard (Comer, The difficulty of optimum index selection, 1978), and no planner is asked here, so a
set is priced in microseconds: a greedy
start by gain a byte, then simulated annealing (Kirkpatrick et al., Optimization by Simulated
Annealing, 1983) whose random numbers begin with a given seed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dbaudit.advise.answers import numbers

#: Bytes that even the smallest index counts as, so that a tiny one does not win by its size alone.
LEAST_BYTES = 128 * 1024

#: Moves of the annealing: in all, and for each plan.
_MOST_MOVES, _MOVES_EACH = 5_000, 60
_DROPS = 0.3
#: The first temperature as a share of what a member of the set is worth (the median).
_WARMTH = 1.0
#: Differences below this share of the cost are rounding.
_ROUNDING = 1e-9

#: A plan: its weighted price, and the mask of the indexes that it needs.
Plan = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen from: the plans of each item, as the planner prefers them and one that needs
    nothing among them; of each index the bytes, and the mask of all on its table; what a part of a
    set that is on one table costs the writes, None where nothing is written."""

    plans: Sequence[Sequence[Plan]]
    size_bytes: Sequence[int]
    table_masks: Sequence[int]
    table_units: Callable[[int], float] | None
    budget_bytes: int | None

    def write_units(self, mask: int) -> float:
        """What a set costs the writes."""
        return self.write_change(0, mask)

    def write_change(self, before: int, after: int) -> float:
        """By how much one set costs the writes more than another."""
        units = self.table_units
        if units is None:
            return 0.0
        tables = {self.table_masks[number] for number in numbers(before ^ after)}
        return sum(units(after & table) - units(before & table) for table in tables)

    def bytes_of(self, mask: int) -> int:
        """The set's bytes."""
        return sum(self.size_bytes[number] for number in numbers(mask))

    def fits(self, mask: int) -> bool:
        """Whether the set is within the budget."""
        return self.budget_bytes is None or self.bytes_of(mask) <= self.budget_bytes


def select(choice: Choice, start: int = 0, seed: int = 0) -> int:
    """The best set found, from `start` or from what a greedy choice makes of nothing."""
    ideal = _union(plans[0][1] for plans in choice.plans)
    is_best = all(plans[0][0] == min(price for price, _ in plans) for plans in choice.plans)
    if is_best and choice.fits(ideal) and choice.write_units(ideal) == 0:
        return ideal
    units = sorted({used for plans in choice.plans for _, used in plans if used})
    units = [unit for unit in units if choice.fits(unit)]
    if not units:
        return 0
    state = _State(choice)
    state.move_to(start if choice.fits(start) else 0)
    _grow(state, units)
    _anneal(state, units, min(_MOST_MOVES, _MOVES_EACH * len(units)), random.Random(seed))
    _shrink(state)
    return state.mask


@dataclass(slots=True)
class _State:
    """A set with its members and bytes, the price of each item with it and what its plan uses; a
    move prices again only what it may change."""

    choice: Choice
    mask: int = 0
    prices: list[float] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    reads: float = 0.0
    writes: float = 0.0
    members: list[int] = field(default_factory=list)
    size: int = 0
    concerned: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item, plans in enumerate(self.choice.plans):
            for number in numbers(_union(used for _, used in plans)):
                self.concerned.setdefault(number, []).append(item)
        plans = [self._plan(item, 0) for item in range(len(self.choice.plans))]
        self.prices, self.used = [price for price, _ in plans], [used for _, used in plans]
        self.reads = math.fsum(self.prices)

    @property
    def cost(self) -> float:
        """Units of reads and writes together."""
        return self.reads + self.writes

    def cost_of(self, mask: int) -> float:
        """What the cost would be with another set."""
        rise = sum(price - self.prices[item] for item, (price, _) in self._changed(mask))
        return self.cost + rise + self.choice.write_change(self.mask, mask)

    def move_to(self, mask: int) -> None:
        """Take another set."""
        for item, (price, used) in list(self._changed(mask)):
            self.reads += price - self.prices[item]
            self.prices[item], self.used[item] = price, used
        self.writes += self.choice.write_change(self.mask, mask)
        self.mask = mask
        self.members, self.size = list(numbers(mask)), self.choice.bytes_of(mask)

    def loss(self, number: int) -> float:
        """What would be lost without one of the set's indexes."""
        return self.cost_of(self.mask & ~(1 << number)) - self.cost

    def _changed(self, mask: int) -> Iterator[tuple[int, Plan]]:
        """The plans of the items that have lost theirs, or may have a better one."""
        gone = self.mask & ~mask
        items: set[int] = set()
        for number in numbers(mask & ~self.mask):
            items.update(self.concerned.get(number, ()))
        for number in numbers(gone):
            items.update(i for i in self.concerned.get(number, ()) if self.used[i] & gone)
        for item in items:
            yield item, self._plan(item, mask)

    def _plan(self, item: int, mask: int) -> Plan:
        missing = ~mask
        for plan in self.choice.plans[item]:
            if not plan[1] & missing:
                return plan
        return math.inf, 0


def _grow(state: _State, units: Sequence[int]) -> None:
    """Add the plan's indexes with the greatest gain a byte, until none gains or fits."""
    heap = [(-math.inf, unit) for unit in units]
    while heap:
        _, unit = heapq.heappop(heap)
        wider = state.mask | unit
        if wider == state.mask or not state.choice.fits(wider):
            continue
        added = max(state.choice.bytes_of(wider & ~state.mask), LEAST_BYTES)
        score = (state.cost_of(wider) - state.cost) / added
        if score >= 0:
            continue
        if heap and (score, unit) > heap[0]:
            heapq.heappush(heap, (score, unit))
        else:
            state.move_to(wider)


def _anneal(state: _State, units: Sequence[int], moves: int, chance: random.Random) -> None:
    losses = sorted(state.loss(number) for number in numbers(state.mask))
    warmth = _WARMTH * losses[len(losses) // 2] if losses else 0.0
    best, least = state.mask, state.cost
    for move in range(moves):
        mask = _neighbour(state, units, chance)
        if mask is None or mask == state.mask:
            continue
        rise = state.cost_of(mask) - state.cost
        temperature = warmth * (1 - move / moves) ** 2
        if rise < 0 or (temperature > 0 and chance.random() < math.exp(-rise / temperature)):
            state.move_to(mask)
            if state.cost < least:
                best, least = mask, state.cost
    state.move_to(best)


def _neighbour(state: _State, units: Sequence[int], chance: random.Random) -> int | None:
    """One index less, or a plan's indexes more and others out until it fits; None if it cannot."""
    draw, sizes = chance.random, state.choice.size_bytes
    members = state.members
    if members and draw() < _DROPS:
        return state.mask & ~(1 << members[int(draw() * len(members))])
    unit = units[int(draw() * len(units))]
    mask = state.mask | unit
    if state.choice.budget_bytes is None:
        return mask
    excess = state.size + state.choice.bytes_of(unit & ~state.mask) - state.choice.budget_bytes
    leaving = list(members) if excess > 0 else []
    while excess > 0 and leaving:
        place = int(draw() * len(leaving))
        leaving[place], leaving[-1] = leaving[-1], leaving[place]
        number = leaving.pop()
        mask &= ~(1 << number)
        excess -= sizes[number]
    return mask if excess <= 0 else None


def _shrink(state: _State) -> None:
    """Take out what is not missed, the largest first."""
    for number in sorted(numbers(state.mask), key=lambda n: (-state.choice.size_bytes[n], n)):
        if state.loss(number) <= _ROUNDING * abs(state.cost):
            state.move_to(state.mask & ~(1 << number))


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
