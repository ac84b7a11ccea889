"""A unit of work, a session's statements without a long pause, and what is repeated in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from dbaudit.traffic.execution import Execution
from dbaudit.traffic.shape import Shape
from dbaudit.traffic.shapes import Seen, Step

#: Runs of one loop have counts within this factor: a lookup may be left out in some turns.
_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Run:
    """Executions of one shape, by their places in the unit, that may be a loop."""

    fingerprint: str
    at: Sequence[int]

    @property
    def first(self) -> int:
        """Where it begins."""
        return self.at[0]

    @property
    def last(self) -> int:
        """Where it ends."""
        return self.at[-1]

    def between(self, first: int, last: int) -> int:
        """How many executions there are from one place to another."""
        return bisect_right(self.at, last) - bisect_left(self.at, first)


@dataclass(slots=True)
class Unit:
    """The steps of a unit in order, with the places of each shape, BEGIN and COMMIT.

    `names` are the shapes' fingerprints. `begins_inside` says that a transaction was open when the
    unit began, `goes_on` that it is the rest of one that was cut for its length. `request` is that
    of all its steps.
    """

    steps: Sequence[Step]
    names: Sequence[str]
    begins_inside: bool = False
    request: str | None = None
    goes_on: bool = False
    places: dict[str, list[int]] = field(init=False)
    begins: list[int] = field(init=False)
    ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.places, self.begins, self.ends = defaultdict(list), [], []
        for at, name in enumerate(self.names):
            self.places[name].append(at)
        for name, places in list(self.places.items()):
            shape = self.steps[places[0]][0].form.shape
            if shape.ends_transaction:
                self.ends += self.places.pop(name)
            elif shape.begins_transaction:
                self.begins += self.places.pop(name)
        self.ends.sort()
        self.begins.sort()
        left_out = {
            at
            for at, (seen, execution) in enumerate(self.steps)
            if execution.told.failed or seen[0].is_long
        }
        if left_out:
            kept = (
                (name, [at for at in places if at not in left_out])
                for name, places in self.places.items()
            )
            self.places = {name: places for name, places in kept if places}

    def shape(self, fingerprint: str) -> Shape:
        """A shape that occurs in the unit."""
        return self.steps[self.places[fingerprint][0]][0].form.shape

    def seen(self, run: Run) -> list[Seen]:
        """What was seen of the executions of a run."""
        return [self.steps[at][0] for at in run.at]

    def executions(self, run: Run) -> list[Execution]:
        """The executions of a run."""
        return [self.steps[at][1] for at in run.at]

    def runs(self, executions: int) -> list[Run]:
        """Every shape's repeated executions, cut where something seems to begin anew."""
        return [
            run
            for name, at in self.places.items()
            if len(at) >= executions
            for run in self._cut(name, at, executions)
        ]

    def _cut(self, name: str, at: Sequence[int], executions: int) -> Iterator[Run]:
        """Cut at queries and transaction ends that come much less often: what leads a loop does."""
        often = len(at) // executions
        marks = [self.ends] if len(self.ends) <= often else []
        marks += [
            places
            for other, places in self.places.items()
            if len(places) <= often and self.shape(other).may_lead
        ]
        edges = sorted(place for places in marks for place in places)
        pieces = list(_pieces(at, edges))
        long = [piece for piece in pieces if len(piece) >= executions]
        if not long and self.is_one(at[0], at[-1]):
            long = [at]
        yield from (Run(name, piece) for piece in long)

    def has_between(self, fingerprint: str, first: int, last: int) -> bool:
        """Whether a shape occurs from one place to another."""
        at = self.places[fingerprint]
        return bisect_right(at, last) > bisect_left(at, first)

    def is_one(self, first: int, last: int) -> bool:
        """Whether the steps are known to belong to one request or transaction."""
        if self.request is not None:
            return True
        one, other = self.steps[first][1].transaction, self.steps[last][1].transaction
        if one is not None and one == other:
            return True
        if bisect_right(self.ends, last) > bisect_left(self.ends, first):
            return False
        begun = bisect_left(self.begins, first)
        ended = bisect_left(self.ends, first)
        if not begun:
            return self.begins_inside and not ended
        return not ended or self.begins[begun - 1] > self.ends[ended - 1]

    def transactions(self, first: int, last: int) -> int:
        """How many transactions ended between two steps."""
        return bisect_left(self.ends, last) - bisect_right(self.ends, first)

    def foreign_share(self, first: int, last: int, times: int) -> float:
        """The share of statements in a loop that come less than half as often as it turns."""
        counted = Counter(self.names[first : last + 1])
        for at in (*self.begins[:1], *self.ends[:1]):
            counted.pop(self.names[at], None)
        foreign = sum(count for count in counted.values() if count < times / 2)
        return foreign / max(1, counted.total())

    def alike_share(self, leader: Run) -> float:
        """The share of turns, from one execution to the next, made of the same statements."""
        turns = Counter(frozenset(self.names[a:b]) for a, b in pairwise(leader.at))
        return turns.most_common(1)[0][1] / (len(leader.at) - 1)

    def gap_ms(self, leader: Run) -> float:
        """The application's own time that a turn takes at once; the median of the turns."""
        if not any(execution.at % 1 for execution in self.executions(leader)):
            return self._mean_gap_ms(leader)
        return max(0.0, median(self.longest_gap_ms(a, b) for a, b in pairwise(leader.at)))

    def longest_gap_ms(self, first: int, last: int) -> float:
        """The longest of the application's own times from one step to another."""
        return max(map(self._gap_ms, range(first + 1, last + 1)))

    def _mean_gap_ms(self, leader: Run) -> float:
        """Where the log tells seconds only: the longest that it may be, the shortest in a unit."""
        first, last = leader.first, leader.last
        error = -1.0 if self.is_one(first, last) else 1.0
        seconds = self.steps[last][1].at - self.steps[first][1].at + error
        within = (execution.duration_ms or 0.0 for _, execution in self.steps[first + 1 : last + 1])
        return max(0.0, (1000 * seconds - sum(within)) / (len(leader.at) - 1))

    def _gap_ms(self, at: int) -> float:
        """The application's own time before a statement."""
        execution, before = self.steps[at][1], self.steps[at - 1][1]
        return (execution.at - before.at) * 1000 - (execution.duration_ms or 0.0)


def taking_turns(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that take turns: A B A B is one loop with two statements in each turn."""
    groups: list[list[Run]] = []
    open_groups: list[list[Run]] = []
    for run in runs:
        open_groups = [group for group in open_groups if group[0].last > run.first]
        home = next((group for group in open_groups if _take_turns(group[0], run)), None)
        if home is not None:
            home.append(run)
        else:
            groups.append([run])
            open_groups.append(groups[-1])
    return groups


def _take_turns(one: Run, other: Run) -> bool:
    """Whether two runs overlap, and where they do have about as many executions."""
    first, last = max(one.first, other.first), min(one.last, other.last)
    counts = sorted(run.between(first, last) for run in (one, other))
    shorter = min(one.last - one.first, other.last - other.first)
    return 2 * (last - first) >= shorter and counts[1] <= _ALIKE * counts[0]


def _pieces(at: Sequence[int], edges: Sequence[int]) -> Iterator[Sequence[int]]:
    begin = 0
    for edge in edges:
        end = bisect_left(at, edge, begin)
        if end > begin:
            yield at[begin:end]
        begin = end
    if begin < len(at):
        yield at[begin:]
