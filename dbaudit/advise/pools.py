"""Which candidates are put before the planner at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dbaudit.advise.answers import Answers, numbers
from dbaudit.advise.problem import Problem

#: Planning slows down with the indexes at hand; with so many it takes some milliseconds more.
_MOST_RELATIONS = 300

#: The rank of what nobody proposed for a query.
_LAST = 1_000


class Pools:
    """Masks of candidates by query (named by its position), each no more than is planned quickly.

    A query also gains from what was proposed for others on its tables; the most often proposed ones
    come first, where there are too many.
    """

    def __init__(self, problem: Problem, answers: Answers) -> None:
        self._relations = [problem.relations.get(index, 1) for index in answers.indexes]
        self._ranks = [_LAST] * len(answers.indexes)
        self._popularity = [0] * len(answers.indexes)
        names = {item.name: number for number, item in enumerate(problem.items)}
        self._own = [0] * len(problem.items)
        self._askers: list[set[int]] = [set() for _ in answers.indexes]
        self._direct: list[set[int]] = [set() for _ in answers.indexes]
        for candidate in problem.candidates:
            mask = answers.mask(candidate.indexes)
            for number in numbers(mask):
                self._ranks[number] = min(self._ranks[number], candidate.rank)
                self._popularity[number] += len(candidate.queries)
            if len(candidate.indexes) == 1:
                self._direct[mask.bit_length() - 1].update(names[q] for q in candidate.direct)
            for query in candidate.queries:
                self._own[names[query]] |= mask
                for number in numbers(mask):
                    self._askers[number].add(names[query])
        self._pools = [self._whole(item, answers) for item in range(len(problem.items))]

    def rank(self, number: int) -> int:
        """How directly the candidate serves a query, 0 first."""
        return self._ranks[number]

    def askers(self, number: int) -> set[int]:
        """The queries that the candidate was proposed for."""
        return self._askers[number]

    def direct(self, number: int) -> set[int]:
        """The queries that the candidate serves in full."""
        return self._direct[number]

    def own(self, item: int) -> int:
        """What was proposed for the query."""
        return self._own[item]

    def all(self, item: int) -> int:
        """What may be put before the planner for the query."""
        return self._pools[item]

    def parts(self, item: int, mask: int) -> Iterator[int]:
        """Those of the query's pool that are in the mask, in parts that are planned quickly."""
        return self._parts(self._first_to_last(self._pools[item] & mask))

    def _whole(self, item: int, answers: Answers) -> int:
        own = self._own[item]
        room = _MOST_RELATIONS - self._count(numbers(own))
        pool = own
        for number in self._first_to_last(answers.reach[item] & ~own):
            room -= self._relations[number]
            if room < 0:
                break
            pool |= 1 << number
        return pool

    def _first_to_last(self, mask: int) -> list[int]:
        return sorted(numbers(mask), key=lambda n: (self._ranks[n], -self._popularity[n], n))

    def _parts(self, order: Sequence[int]) -> Iterator[int]:
        part, count = 0, 0
        for number in order:
            if part and count + self._relations[number] > _MOST_RELATIONS:
                yield part
                part, count = 0, 0
            part |= 1 << number
            count += self._relations[number]
        if part:
            yield part

    def _count(self, order: Iterable[int]) -> int:
        return sum(self._relations[number] for number in order)
