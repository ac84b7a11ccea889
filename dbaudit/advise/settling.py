"""Choose the best set of what is known, ask for plans that could beat it, until it stays."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dbaudit.advise.answers import Answer, numbers
from dbaudit.advise.search_state import TOLERANCE, SearchState
from dbaudit.advise.selection import select

_MAX_ROUNDS = 20
_IDLE_ROUNDS = 2

#: A question beside the set is worth asking when its answer could save this share of what a query
#: costs in the mean.
_FELT = 0.02
#: So many of them are asked, those first that could save most; then the set is chosen again.
_ASKED_AT_ONCE = 4

#: How often the selection begins anew once nothing better is found.
_SEEDS = 2

#: What takes a member's place is smaller by this share at least.
_SMALLER = 0.2
#: A candidate is tried beside the set when its queries could save so many times its storage.
_PROMISING = 4.0

#: What the weighted query (by its position) could save at most with the set of the mask.
_Question = tuple[float, int, int]


def settle(state: SearchState) -> None:
    """Leave in `chosen` the best set found."""
    best, least, idle = state.chosen, math.inf, 0
    for number in range(1, _MAX_ROUNDS + 1):
        state.report("choosing", number, _MAX_ROUNDS)
        plans = _choose(state, _SEEDS if idle else 0)
        if state.cost(state.chosen) < least and _is_lured(state, least):
            continue
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


def _is_lured(state: SearchState, least: float) -> bool:
    """Whether the planner takes dearer plans with the set than those known, so that it is not the
    best: those queries are asked that had a plan which is a risk, the dearest first."""
    charges = {item: _charged(state, item) for item in state.items}
    for item in sorted(filter(charges.__getitem__, charges), key=lambda item: -charges[item]):
        state.ask(item, state.chosen)
        if state.cost(state.chosen) >= least:
            return True
    return False


def _charged(state: SearchState, item: int) -> float:
    charges = (answer.price - answer.cost for answer in state.answers.known(item))
    return state.weights[item] * max(charges, default=0.0)


def _look_around(state: SearchState, plans: list[Answer], worth: float) -> None:
    """Where nothing better is known: ask what is near the set."""
    felt = _FELT * state.cost(state.chosen) / max(1, len(plans))
    found = [*_beside(state, plans, worth), *_instead_of_members(state, plans, worth)]
    asked = 0
    for saved, item, mask in sorted(found, key=lambda question: -question[0]):
        if saved <= felt or asked == _ASKED_AT_ONCE:
            return
        asked += not state.knows(item, mask)
        state.ask(item, mask)


def _choose(state: SearchState, restarts: int) -> list[Answer]:
    """Take the best set of what is known, without the members that no plan uses then; the set so
    far is changed, or others made of nothing, so many times."""
    choice = state.choice()
    sets = [select(choice, 0, seed=seed) for seed in range(restarts)]
    chosen = min(sets or [select(choice, state.chosen)], key=state.cost)
    plans = [state.known_answer(item, chosen) for item in state.items]
    state.chosen = 0
    for answer in plans:
        state.chosen |= answer.used
    return plans


def _gap(state: SearchState, item: int, answer: Answer) -> float:
    """Units that the query could save at most; 0 when it is not worth a question."""
    gap = answer.price - state.least_price(item)
    return gap if gap > TOLERANCE * answer.price else 0.0


def _attract(state: SearchState, item: int, answer: Answer, worth: float) -> None:
    """Ask for the plan with all that the query could pay for: where it uses nothing new, it is the
    plan with the set too."""
    gap = _gap(state, item, answer)
    if not gap:
        return
    affordable = (
        n
        for n in numbers(state.pools.all(item) & ~state.banned & ~state.chosen)
        if worth * state.size_bytes[n] <= state.weights[item] * gap
    )
    state.ask(item, state.chosen | sum(1 << n for n in affordable))


def _instead_of_members(
    state: SearchState, plans: list[Answer], worth: float
) -> Iterator[_Question]:
    """What smaller candidates could do in the place of each member that is dear."""
    for item, answer in enumerate(plans):
        for number in numbers(answer.used):
            rivals = instead(state, item, number, 1 - _SMALLER)
            rise = state.answers.least(item, rivals) - answer.price
            saved = worth * state.size_bytes[number] - state.weights[item] * max(rise, 0.0)
            yield saved, item, rivals


def instead(state: SearchState, item: int, number: int, share: float) -> int:
    """The set with smaller candidates on the member's table in its place: up to the share of it."""
    pool = state.pools.all(item) & state.table_mask(number) & ~state.banned
    most = share * state.size_bytes[number]
    smaller = sum(1 << n for n in numbers(pool) if state.size_bytes[n] <= most)
    return (state.chosen & ~(1 << number)) | smaller


def _beside(state: SearchState, plans: list[Answer], worth: float) -> Iterator[_Question]:
    """What candidates that may pay by several queries add to the set for each of them."""
    gaps = [state.weights[item] * _gap(state, item, answer) for item, answer in enumerate(plans)]
    promising = _promising(state, gaps, worth)
    for item, gap in enumerate(gaps):
        pool = state.pools.own(item) & promising
        if pool:
            yield gap, item, state.chosen | pool


def _promising(state: SearchState, gaps: list[float], worth: float) -> int:
    """Candidates whose queries could save many times their storage."""
    found = 0
    for number in numbers(~(state.chosen | state.banned) & ((1 << len(state.indexes)) - 1)):
        total = sum(gaps[item] for item in state.pools.askers(number))
        if state.fits(1 << number) and total > _PROMISING * worth * state.size_bytes[number]:
            found |= 1 << number
    return found
