"""Less storage for about the same: members that are not missed leave, smaller ones take over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dbaudit.advise.answers import numbers
from dbaudit.advise.roles import plays_role_of
from dbaudit.advise.search_state import TOLERANCE, SearchState
from dbaudit.advise.settling import instead

#: A smaller rival may cost the queries that it serves this share more in all.
_WORTH_EXCHANGE = 0.01
#: It must save this share of the bytes.
_WORTH_BYTES = 0.1
#: The share of a query's gain that must be kept for an index that serves it in full.
_KEPT = 0.95
#: A random page with its tuples (random_page_cost is 4).
_LEAST_UNITS = 5.0
#: Groups of members that others are tried in the place of.
_MAX_MERGERS = 40


def drop_needless(state: SearchState) -> int:
    """Take out the members that no query misses enough, or that cost the writes more than they
    save: first those that another one can stand in for, then the largest; their mask."""
    dropped = 0
    for number in sorted(_largest_first(state), key=lambda n: not _has_stand_in(state, n)):
        if not _is_needed(state, number):
            state.chosen &= ~(1 << number)
            dropped |= 1 << number
    return dropped


def exchange(state: SearchState) -> None:
    """Put smaller or more direct candidates in the place of members that they serve as well as.

    Where storage is scarce, smaller ones were weighed already.
    """
    is_scarce = state.worth_of_storage() > 0
    for number in _largest_first(state):
        if not state.chosen >> number & 1:
            continue
        users = state.users(number, state.chosen)
        if not is_scarce:
            offers = [(i, instead(state, i, number, 1 - _WORTH_BYTES)) for i in users]
            _take(state, 1 << number, offers)
        _replace_lure(state, number, users)
        if state.chosen >> number & 1 and state.indexes[number] in state.problem.guessed:
            _take(state, 1 << number, [(item, _more_direct(state, item, number)) for item in users])


def _replace_lure(state: SearchState, number: int, users: list[int]) -> None:
    """Put what queries would use that a member lures to a risky plan in its place, where the
    workload costs no more then."""
    rest, wanted = state.chosen & ~(1 << number), 0
    for item in users:
        answer = state.ask(item, state.chosen)
        if answer.price > (1 + TOLERANCE) * answer.cost:
            safer = (1 - TOLERANCE) * answer.price
            others = (a for a in state.answers.known(item) if not a.used >> number & 1)
            better = [other for other in others if other.price < safer]
            wanted |= min(better, key=lambda other: other.price, default=answer).used
    new = rest | wanted
    if not wanted & ~rest or new >> number & 1 or wanted & state.banned or not state.fits(new):
        return
    for item in users:
        state.ask(item, new)
    if state.cost(new) < state.cost(state.chosen):
        state.chosen = new


def prefer_direct(state: SearchState) -> None:
    """Put an index that begins as a member does and serves one of its queries in full in its place,
    where next to nothing of what the member gains is lost: with all conditions and the order in
    the index a query stays quick also where the planner's estimates are off."""
    for number in _largest_first(state):
        users = state.users(number, state.chosen)
        for rival in _direct_stand_ins(state, number, users):
            new = (state.chosen & ~(1 << number)) | 1 << rival
            growth = state.write_units(new) - state.write_units(state.chosen)
            if growth <= 0 and state.fits(new) and _keeps_gains(state, users, new):
                state.chosen = new
                break


def _direct_stand_ins(state: SearchState, number: int, users: list[int]) -> list[int]:
    wanted = set(users) - state.pools.direct(number)
    others = state.table_mask(number) & ~(state.chosen | state.banned)
    found = [n for n in numbers(others) if state.pools.direct(n) & wanted]
    found = [n for n in found if plays_role_of(state.indexes[n], state.indexes[number])]
    return sorted(found, key=lambda n: (-len(state.pools.direct(n) & wanted), state.size_bytes[n]))


def _keeps_gains(state: SearchState, users: list[int], new: int) -> bool:
    """Whether each query keeps nearly all that it gains."""
    for item in users:
        base, now = state.base_price(item), state.ask(item, state.chosen).price
        if base - state.ask(item, new).price < _KEPT * (base - now):
            return False
    return True


def _largest_first(state: SearchState) -> list[int]:
    return sorted(numbers(state.chosen), key=lambda n: (-state.size_bytes[n], n))


def _has_stand_in(state: SearchState, number: int) -> bool:
    others = numbers(state.chosen & state.table_mask(number) & ~(1 << number))
    return any(plays_role_of(state.indexes[n], state.indexes[number]) for n in others)


def _is_needed(state: SearchState, number: int) -> bool:
    """Whether the queries that use a member gain enough by it. They are asked what they cost
    without it until that is plain, if what is known does not tell."""
    rest = state.chosen & ~(1 << number)
    growth = state.write_units(state.chosen) - state.write_units(rest)
    users = [(item, state.ask(item, state.chosen)) for item in state.users(number, state.chosen)]
    can_lose = any(answer.price > answer.cost for _, answer in users)
    gains: dict[int, tuple[float, float]] = {}
    if not can_lose:
        gains = {i: (max(state.answers.least(i, rest) - a.price, 0.0), a.price) for i, a in users}
        if _is_enough(state, number, gains, growth):
            return True
        most = {i: (max(state.known_price(i, rest) - a.price, 0.0), a.price) for i, a in users}
        if not _is_enough(state, number, most, growth):
            return False
    for item, answer in sorted(users, key=lambda user: -state.base_price(user[0])):
        without = state.ask(item, rest).price
        gains[item] = without - answer.price, answer.price
        if not can_lose and _is_enough(state, number, gains, growth):
            return True
    return _is_enough(state, number, gains, growth)


def _is_enough(
    state: SearchState, number: int, gains: Mapping[int, tuple[float, float]], growth: float
) -> bool:
    """Whether the gains of queries, each with its price then, are worth the index and what it
    costs the writes. What one loses counts in the sum alone: its share may outweigh whatever others
    save."""
    pairs = [(gain, price + gain) for gain, price in gains.values() if gain > 0]
    saved = sum(state.weights[item] * gain for item, (gain, _) in gains.items())
    return state.options_for(number).are_worth(pairs) and saved > growth


def merge(state: SearchState) -> None:
    """Put another candidate in the place of several members of a table, where it serves their
    queries as well as they do, and is smaller than they are together."""
    for members, rivals in _mergers(state):
        if members & ~state.chosen:
            continue
        users = sorted({item for n in numbers(members) for item in state.users(n, state.chosen)})
        offer = (state.chosen & ~members) | rivals
        _take(state, members, [(item, offer) for item in users])


def _mergers(state: SearchState) -> list[tuple[int, int]]:
    """Several members, and the candidates of which each could replace them: those that take most
    bytes first."""
    users = {n: set(state.users(n, state.chosen)) for n in numbers(state.chosen)}
    found: dict[int, int] = {}
    for number in numbers(~(state.chosen | state.banned) & ((1 << len(state.indexes)) - 1)):
        table = state.table_mask(number) & state.chosen
        askers = state.pools.askers(number)
        members = sum(1 << n for n in numbers(table) if users[n] and users[n] <= askers)
        if members.bit_count() > 1 and state.bytes_of(members) > state.size_bytes[number]:
            found[members] = found.get(members, 0) | 1 << number
    order = sorted(found, key=lambda members: (-state.bytes_of(members), members))
    return [(members, found[members]) for members in order[:_MAX_MERGERS]]


def _take(state: SearchState, members: int, offers: list[tuple[int, int]]) -> None:
    """Let the queries that use the members choose among what each is offered, if it pays."""
    pairs: list[tuple[int, float, float]] = []
    new = state.chosen & ~members
    for item, offer in sorted(offers, key=lambda offer: -state.answers.least(*offer)):
        old = state.ask(item, state.chosen).price
        if _is_lost(state, old, state.answers.least(item, offer) - old):
            return
        after = state.ask(item, offer)
        pairs.append((item, old, after.price - old))
        if _is_lost(state, old, after.price - old):
            return
        new |= after.used
    if new != state.chosen and _is_as_good(state, pairs) and _is_no_dearer(state, members, new):
        state.chosen = new


def _is_lost(state: SearchState, price: float, loss: float) -> bool:
    """Whether a query loses much; less than a random page is nothing."""
    return loss >= max(_LEAST_UNITS, state.options.min_gain * (price + loss))


def _is_as_good(state: SearchState, losses: list[tuple[int, float, float]]) -> bool:
    """Whether all queries together lose next to nothing."""
    before = sum(state.weights[item] * price for item, price, _ in losses)
    felt = (state.weights[i] * loss for i, _, loss in losses if not 0 < loss < _LEAST_UNITS)
    return sum(felt) <= _WORTH_EXCHANGE * before


def _is_no_dearer(state: SearchState, members: int, new: int) -> bool:
    """Whether storage falls by enough, or stays the same where the rivals are more direct."""
    added = list(numbers(new & ~state.chosen))
    size = state.bytes_of(members)
    growth = state.write_units(new) - state.write_units(state.chosen)
    rank = min(state.pools.rank(n) for n in numbers(members))
    is_direct = bool(added) and all(state.pools.rank(n) < rank for n in added)
    share = 1 + _WORTH_BYTES if is_direct else 1 - _WORTH_BYTES
    return sum(state.size_bytes[n] for n in added) <= share * size and growth <= 0


def _more_direct(state: SearchState, item: int, number: int) -> int:
    """The set with candidates in the member's place that serve more of the query: what the planner
    believes alike may differ where it guesses."""
    rivals = sum(1 << n for n in _direct_rivals(state, item, number))
    return (state.chosen & ~(1 << number)) | rivals


def _direct_rivals(state: SearchState, item: int, number: int) -> Iterator[int]:
    for rival in numbers(state.pools.own(item) & state.table_mask(number) & ~state.banned):
        if state.pools.rank(rival) < state.pools.rank(number):
            yield rival
