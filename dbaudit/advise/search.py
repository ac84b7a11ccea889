"""Search over sets of indexes: what pays, within a storage budget, with few questions.

1. Open (`opening`): each query is planned as things are and with all of its candidates at hand;
   under a budget also with the smaller ones alone.
2. Settle (`settling`): `selection` takes the best set for the plans that are known. The planner
   prices each query with it, and is asked for the plans that could beat it: what storage is worth
   in the set tells which candidates could pay, and what might take a dear member's place. Known
   plans grow, and the set is chosen again, until it stays. This is column generation; for index
   selection see Dash, Polyzotis and Ailamaki, CoPhy: A Scalable, Portable, and Interactive Index
   Advisor for Large Workloads, PVLDB 4 (2011).
3. Trim (`trimming`): members that no query misses enough leave, one takes the place of several,
   and smaller ones take the place of those that they serve as well as, but for those that serve a
   query in full.

The same input gives the same set.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbaudit.advise.opening import bar_refused_members, open_search
from dbaudit.advise.pricing import IndexSet, Prices
from dbaudit.advise.problem import Found, OnProgress, Problem, SearchOptions
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.search_state import SearchState, TimeIsUpError
from dbaudit.advise.selection import select
from dbaudit.advise.settling import settle
from dbaudit.advise.trimming import drop_needless, exchange, merge, prefer_direct

#: How often the search goes on when members were refused, so that others take their place.
_MAX_ROUNDS = 3
#: How often the set is settled again after members had to leave.
_MAX_RETRIES = 2
#: What leaves must be this share of the storage for that.
_WORTH_RETRY = 0.02

#: Other plans that are kept for each query.
_MAX_ALTERNATIVES = 3


def search(
    problem: Problem,
    prices: Prices,
    options: SearchOptions,
    on_progress: OnProgress = lambda _what, _done, _total: None,
) -> Found:
    """The best set that was found; on Ctrl-C or at the time limit, the best so far."""
    state = SearchState(problem, prices, options, on_progress)
    try:
        open_search(state)
        for _ in range(_MAX_ROUNDS):
            barred = len(state.barred)
            _settle_for_good(state)
            merge(state)
            exchange(state)
            prefer_direct(state)
            bar_refused_members(state)
            if len(state.barred) == barred:
                break
    except (KeyboardInterrupt, TimeIsUpError):
        state.was_cut_short = True
        state.chosen = select(state.choice(), state.chosen)
        bar_refused_members(state)
        drop_needless(state)
    return _found(state)


def _settle_for_good(state: SearchState) -> None:
    """Settle until nothing has to leave that makes room for others. What is needless in one set may
    come into another one."""
    needless = 0
    for _ in range(_MAX_RETRIES):
        settle(state)
        refused, dropped = bar_refused_members(state), drop_needless(state)
        needless |= dropped
        state.banned |= dropped
        left = refused | dropped
        budget = state.options.budget_bytes
        if state.bytes_of(left) < _WORTH_RETRY * (budget or state.bytes_of(state.chosen)):
            break
    state.banned &= ~needless


def _found(state: SearchState) -> Found:
    return Found(
        state.answers.set_of(state.chosen),
        {state.problem.items[i].name: list(_alternatives(state, i)) for i in state.items},
        dict(_useless(state)),
        state.barred,
        state.was_cut_short,
    )


def _alternatives(state: SearchState, item: int) -> Iterator[IndexSet]:
    """The indexes of other plans that pay."""
    others = [
        answer
        for answer in state.answers.known(item)
        if answer.used & ~state.chosen
        and not answer.used & state.banned
        and state.options.is_worth(state.base_price(item), answer.price)
    ]
    for answer in others[:_MAX_ALTERNATIVES]:
        yield state.answers.set_of(answer.used)


def _useless(state: SearchState) -> Iterator[tuple[Candidate, str]]:
    """Candidates of queries that gain nothing worth having with all of their candidates at hand."""
    for candidate in state.problem.candidates:
        items = [state.position[name] for name in sorted(candidate.queries)]
        gains = [_gain(state, item) for item in items]
        if candidate in state.barred or not all(gains):
            continue
        yield candidate, next((gain for gain in gains if gain), "no query uses it")


def _gain(state: SearchState, item: int) -> str:
    """Why the query's candidates are useless to it; empty when they are not."""
    if state.answers.best(item, 0) is None:
        return ""
    before = state.base_price(item)
    after = min(answer.price for answer in state.answers.known(item))
    if state.options.is_worth(before, after):
        return ""
    name = state.problem.items[item].name
    if after >= before:
        return f"the planner does not use it for {name} (cost {before:.1f} with and without)"
    options = state.options
    least = f"at least {options.min_gain:.0%} and {options.min_units:g} are asked"
    return f"{name} would fall from {before:.1f} to {after:.1f} only; {least}"
