"""Choose the best set of what is known, ask for plans that could beat it, until it stays."""

from __future__ import annotations

import math

from dbaudit.advise.answers import Answer, numbers
from dbaudit.advise.search_state import TOLERANCE, SearchState
from dbaudit.advise.selection import select

_MAX_ROUNDS = 10
_IDLE_ROUNDS = 2

#: A set is priced more exactly than the plans that could beat it.
_NEAR = TOLERANCE / 10

#: A question beside the set is worth asking when its answer could save this share of what a query
#: costs in the mean.
_FELT = 0.02

#: How often the selection begins anew once nothing better is found.
_SEEDS = 2

#: How often a plan is asked for again without the largest of the new indexes that it used.
_MAX_PEELS = 3
#: What takes a member's place is smaller by this share at least.
_SMALLER = 0.2
#: A candidate is tried beside the set when its queries could save so many times its storage.
_PROMISING = 4.0


def settle(state: SearchState) -> None:
    """Leave in `chosen` the best set found."""
    best, least, idle = state.chosen, math.inf, 0
    for number in range(1, _MAX_ROUNDS + 1):
        state.report("choosing", number, _MAX_ROUNDS)
        plans = _choose(state, _SEEDS if idle else 0)
        cost = state.cost(state.chosen)
        idle = 0 if cost < least else idle + 1
        if cost < least:
            best, least = state.chosen, cost
        if idle == _IDLE_ROUNDS:
            break
        worth = state.worth_of_storage()
        for item, answer in enumerate(plans):
            _attract(state, item, answer, worth)
        if idle:
            _look_around(state, plans, worth)
    state.chosen = best


def _look_around(state: SearchState, plans: list[Answer], worth: float) -> None:
    """Where nothing better is known: ask what is near the set."""
    felt = _FELT * state.cost(state.chosen) / max(1, len(plans))
    _try_beside(state, plans, worth, felt)
    for item, answer in enumerate(plans):
        _replace_members(state, item, answer, worth, felt)


def _choose(state: SearchState, restarts: int) -> list[Answer]:
    """Take the best set of what is known, without the members that no plan uses then; the set so
    far is changed, or others made of nothing, so many times."""
    choice = state.choice()
    sets = [select(choice, 0, seed=seed) for seed in range(restarts)]
    chosen = min(sets or [select(choice, state.chosen)], key=state.cost)
    plans = [state.ask(item, chosen, _NEAR) for item in state.items]
    state.chosen = 0
    for answer in plans:
        state.chosen |= answer.used
    return plans


def _gap(state: SearchState, item: int, answer: Answer) -> float:
    """Units that the query could save at most; 0 when it is not worth a question."""
    gap = answer.price - state.least_price(item)
    return gap if gap > TOLERANCE * answer.price else 0.0


def _attract(state: SearchState, item: int, answer: Answer, worth: float) -> None:
    """Ask for the plan with all that the query could pay for, and with less while it does not."""
    gap = _gap(state, item, answer)
    if not gap:
        return
    weight = state.weights[item]
    affordable = [
        n
        for n in numbers(state.pools.all(item) & ~state.banned & ~state.chosen)
        if worth * state.size_bytes[n] <= weight * gap
    ]
    pool = sum(1 << n for n in affordable)
    for _ in range(_MAX_PEELS):
        found = state.ask(item, state.chosen | pool)
        new = found.used & ~state.chosen
        saved = answer.price - found.price
        if not new or saved < TOLERANCE * answer.price:
            return
        if weight * saved >= worth * state.bytes_of(new):
            return
        pool &= ~_as_large(state, pool, max(numbers(new), key=lambda n: (state.size_bytes[n], n)))


def _as_large(state: SearchState, pool: int, number: int) -> int:
    """Those of the pool on the index's table that are about as large, or larger."""
    on_table = pool & state.table_mask(number)
    least = (1 - _SMALLER) * state.size_bytes[number]
    return sum(1 << n for n in numbers(on_table) if state.size_bytes[n] >= least)


def _replace_members(
    state: SearchState, item: int, answer: Answer, worth: float, felt: float
) -> None:
    """Ask what smaller candidates could do in the place of each member that is dear."""
    for number in numbers(answer.used):
        rivals = instead(state, item, number, 1 - _SMALLER)
        rise = state.answers.least(item, rivals) - answer.price
        saved = worth * state.size_bytes[number] - state.weights[item] * max(rise, 0.0)
        if saved > felt:
            state.ask(item, rivals)


def instead(state: SearchState, item: int, number: int, share: float) -> int:
    """The set with smaller candidates on the member's table in its place: up to the share of it."""
    pool = state.pools.all(item) & state.table_mask(number) & ~state.banned
    most = share * state.size_bytes[number]
    smaller = sum(1 << n for n in numbers(pool) if state.size_bytes[n] <= most)
    return (state.chosen & ~(1 << number)) | smaller


def _try_beside(state: SearchState, plans: list[Answer], worth: float, felt: float) -> None:
    """Ask what candidates that may pay by several queries add to the set for each of them."""
    gaps = [state.weights[item] * _gap(state, item, answer) for item, answer in enumerate(plans)]
    promising = _promising(state, gaps, worth)
    for item, gap in enumerate(gaps):
        pool = state.pools.own(item) & promising
        if gap > felt:
            _peel(state, item, pool)


def _promising(state: SearchState, gaps: list[float], worth: float) -> int:
    """Candidates whose queries could save many times their storage."""
    found = 0
    for number in numbers(~(state.chosen | state.banned) & ((1 << len(state.indexes)) - 1)):
        total = sum(gaps[item] for item in state.pools.askers(number))
        if state.fits(1 << number) and total > _PROMISING * worth * state.size_bytes[number]:
            found |= 1 << number
    return found


def _peel(state: SearchState, item: int, pool: int) -> None:
    """Ask for the plan with the candidates, and again without the largest that it used."""
    for _ in range(_MAX_PEELS):
        new = state.ask(item, state.chosen | pool).used & ~state.chosen
        if not new:
            return
        pool &= ~_as_large(state, pool, max(numbers(new), key=lambda n: (state.size_bytes[n], n)))
