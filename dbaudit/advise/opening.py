"""The first questions of a search: each query as things are, and with its candidates at hand."""

from __future__ import annotations

from dbaudit.advise.answers import numbers
from dbaudit.advise.search_state import TOLERANCE, SearchState
from dbaudit.units import size_text

#: Under a budget the plans with candidates up to these shares of it are asked for: a plan for less
#: storage is seldom the best plan with an index missing.
_LADDER = (1.0, 0.6, 0.36, 0.22, 0.13)

#: How often a query is asked again without the indexes of a plan that is a risk.
_MAX_LURES = 3


def open_search(state: SearchState) -> None:
    """Learn the cheapest plans, and bar what must not be built."""
    _bar_too_large(state)
    for item in state.items:
        state.report("planning queries", item + 1, len(state.items))
        state.ask(item, 0)
        _climb(state, item)
    if _bar_refused(state):
        for item in state.items:
            _climb(state, item)


def bar_refused_members(state: SearchState) -> int:
    """Ban those of the set that must not be built, given the queries that use them, and ask what
    these cost with other candidates; their mask."""
    left, bereft = 0, set[int]()
    for number in list(numbers(state.chosen)):
        users = state.users(number, state.chosen)
        served = [state.problem.items[item] for item in users]
        index = frozenset([state.indexes[number]])
        reason = state.problem.refused(index, served)
        if reason is not None:
            left |= 1 << number
            bereft.update(users)
            alike = (c for c in state.problem.candidates if c.indexes == index)
            state.barred.update(dict.fromkeys(alike, reason))
    state.banned |= left
    state.chosen &= ~left
    for item in sorted(bereft):
        _climb(state, item)
    return left


def _bar_refused(state: SearchState) -> int:
    """Ban what must not be built whatever it gains, given the queries that gain; the mask."""
    found = 0
    for candidate in state.problem.candidates:
        mask = state.answers.mask(candidate.indexes)
        items = (state.position[name] for name in sorted(candidate.queries))
        served = [
            state.problem.items[item]
            for item in items
            if state.options.is_worth(state.base_price(item), state.least_price(item))
        ]
        reason = state.problem.refused(candidate.indexes, served) if served else None
        if reason is not None and not mask & state.banned:
            state.barred[candidate] = reason
            found |= mask if len(candidate.indexes) == 1 else 0
    state.banned |= found
    return found


def _bar_too_large(state: SearchState) -> None:
    for candidate in state.problem.candidates:
        mask = state.answers.mask(candidate.indexes)
        if not state.fits(mask):
            size = size_text(state.bytes_of(mask))
            budget = size_text(state.options.budget_bytes or 0)
            state.barred[candidate] = f"its {size} are more than the budget of {budget}"
            too_large = (n for n in numbers(mask) if not state.fits(1 << n))
            state.banned |= sum(1 << n for n in too_large)


def _climb(state: SearchState, item: int) -> None:
    """Ask with all of the query's candidates, and under a budget with the smaller ones alone."""
    pool = state.pools.all(item) & ~state.banned
    if not pool:
        return
    budget = state.options.budget_bytes
    if budget is None:
        _ask_with(state, item, pool)
        return
    for share in _LADDER:
        small = (n for n in numbers(pool) if state.size_bytes[n] <= share * budget)
        _ask_with(state, item, sum(1 << n for n in small))


def _ask_with(state: SearchState, item: int, pool: int) -> None:
    """In parts where there are too many, and then with what each part's plan used."""
    parts = list(state.pools.parts(item, pool))
    used = 0
    for part in parts:
        used |= _ask_safely(state, item, part)
    if len(parts) > 1 and used:
        state.ask(item, used)


def _ask_safely(state: SearchState, item: int, pool: int) -> int:
    """Ask, and ask again without the indexes of a plan that is a risk; what the first one used."""
    first = answer = state.ask(item, pool)
    for _ in range(_MAX_LURES):
        if answer.price <= (1 + TOLERANCE) * answer.cost:
            break
        pool &= ~answer.used
        answer = state.ask(item, pool)
    return first.used
