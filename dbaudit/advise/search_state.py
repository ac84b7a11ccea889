"""Where a search stands: the set so far, what is known, and what must not come in."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dbaudit.advise.answers import Answer, Answers, numbers
from dbaudit.advise.pools import Pools
from dbaudit.advise.pricing import Prices
from dbaudit.advise.problem import OnProgress, Problem, SearchOptions
from dbaudit.advise.proposal import Candidate
from dbaudit.advise.selection import LEAST_BYTES, Choice
from dbaudit.index_definition import IndexDefinition

#: A price may be too high by this share while sets are compared.
TOLERANCE = 0.01

#: Members below this many bytes do not tell what storage is worth.
_TELLING_BYTES = 1 << 20
#: The budget is used up when this share of it is.
_USED_UP = 0.9


class TimeIsUpError(Exception):
    """The search's time limit has passed."""


class SearchState:
    """`chosen` is the set so far, `banned` what must not come in, both as masks of `answers`."""

    def __init__(
        self, problem: Problem, prices: Prices, options: SearchOptions, on_progress: OnProgress
    ) -> None:
        candidates = {index for c in problem.candidates for index in c.indexes}
        self.indexes = tuple(sorted(candidates, key=IndexDefinition.ddl))
        self.problem, self.options = problem, options
        self.answers = Answers(
            problem.items, self.indexes, prices, problem.proposed(), options.loss_weight
        )
        self.pools = Pools(problem, self.answers)
        self.size_bytes = [problem.size_bytes[index] for index in self.indexes]
        self.position = {item.name: number for number, item in enumerate(problem.items)}
        self.weights = [item.weight for item in problem.items]
        self.refining = self.answers.mask(
            {i for c in problem.candidates if c.refines for i in c.indexes}
        )
        self.chosen = 0
        self.banned = 0
        self.barred: dict[Candidate, str] = {}
        self.was_cut_short = False
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._near: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for number, item in enumerate(problem.items):
            for table in item.tables:
                self._near[table].append(number)
        self._write_units: dict[int, float] = {}
        self._is_written = problem.write_units(frozenset(self.indexes)) != 0

    @property
    def items(self) -> range:
        """The positions of the queries."""
        return range(len(self.problem.items))

    def report(self, what: str, done: int, total: int) -> None:
        """Tell what is done now. Raises TimeIsUpError."""
        limit = self.options.max_seconds
        if limit is not None and time.monotonic() - self._started > limit:
            raise TimeIsUpError
        self._on_progress(what, done, total)

    def ask(self, item: int, mask: int) -> Answer:
        """The query's price with a set, or one known to be near it.

        The planner is not asked any more once the search was cut short.
        """
        return self.answers.ask(item, mask, math.inf if self.was_cut_short else TOLERANCE)

    def knows(self, item: int, mask: int) -> bool:
        """Whether the query's price with a set is known, or one near it."""
        return self.answers.known_within(item, mask, TOLERANCE) is not None

    def known_answer(self, item: int, mask: int) -> Answer:
        """The best plan known with a set; with none that it is, as things are."""
        return self.answers.best(item, mask) or self.answers.ask(item, 0)

    def known_price(self, item: int, mask: int) -> float:
        """The price with a set as far as it is known: not too low."""
        answer = self.answers.best(item, mask)
        return math.inf if answer is None else answer.price

    def least_price(self, item: int) -> float:
        """The price of the cheapest plan seen that may be used."""
        return min(a.price for a in self.answers.known(item) if not a.used & self.banned)

    def base_price(self, item: int) -> float:
        """The price as things are."""
        return self.known_price(item, 0)

    def choice(self) -> Choice:
        """What is known, for the selection: plans that gain too little are none."""
        plans = [
            [(self.weights[item] * answer.price, answer.used) for answer in self._worthwhile(item)]
            for item in self.items
            if self.answers.best(item, 0) is not None
        ]
        masks = [self.table_mask(number) for number in range(len(self.indexes))]
        units = self._table_units if self._is_written else None
        return Choice(plans, self.size_bytes, masks, units, self.options.budget_bytes)

    def _worthwhile(self, item: int) -> Iterable[Answer]:
        """Plans that pay, and those that only the planner takes for cheap: it will choose them."""
        base = self.answers.best(item, 0)
        most = (1 - TOLERANCE) * base.cost if base is not None else 0.0
        for answer in self.answers.known(item):
            if not answer.used or (answer.cost < most and not answer.used & self.banned):
                yield answer

    def cost(self, mask: int) -> float:
        """Weighted price of the workload with a set and what it costs the writes, as known."""
        reads = (self.weights[item] * self.known_price(item, mask) for item in self.items)
        return math.fsum(reads) + self.write_units(mask)

    def loss(self, number: int) -> float:
        """What the workload would lose without a member of the set, as known."""
        rest = self.chosen & ~(1 << number)
        losses = (
            self.weights[item]
            * (self.known_price(item, rest) - self.known_price(item, self.chosen))
            for item in self.near(number)
        )
        return math.fsum(losses) + self.write_units(rest) - self.write_units(self.chosen)

    def worth_of_storage(self) -> float:
        """Units that a byte saves in the member that is missed least; 0 while there is room."""
        budget = self.options.budget_bytes
        if budget is None or self.bytes_of(self.chosen) < _USED_UP * budget:
            return 0.0
        telling = [n for n in numbers(self.chosen) if self.size_bytes[n] >= _TELLING_BYTES]
        rates = (self.loss(n) / max(self.size_bytes[n], LEAST_BYTES) for n in telling)
        return max(0.0, min(rates, default=0.0))

    def write_units(self, mask: int) -> float:
        """What a set costs the writes: each table's part is told once."""
        if not self._is_written:
            return 0.0
        parts = (mask & on_table for on_table in self.answers.tables.values())
        return math.fsum(self._table_units(part) for part in parts if part)

    def _table_units(self, mask: int) -> float:
        if mask not in self._write_units:
            self._write_units[mask] = self.problem.write_units(self.answers.set_of(mask))
        return self._write_units[mask]

    def bytes_of(self, mask: int) -> int:
        """The set's bytes."""
        return sum(self.size_bytes[number] for number in numbers(mask))

    def fits(self, mask: int) -> bool:
        """Whether a set is within the budget."""
        budget = self.options.budget_bytes
        return budget is None or self.bytes_of(mask) <= budget

    def table_mask(self, number: int) -> int:
        """The candidates on the table of one of them."""
        index = self.indexes[number]
        return self.answers.tables[index.schema, index.table]

    def options_for(self, number: int) -> SearchOptions:
        """What an index is judged by."""
        return self.options.for_refinement() if self.refining >> number & 1 else self.options

    def users(self, number: int, mask: int) -> list[int]:
        """The queries whose plan uses the index, with the set."""
        return [i for i in self.near(number) if self.ask(i, mask).used >> number & 1]

    def near(self, number: int) -> Sequence[int]:
        """The queries on the index's table."""
        index = self.indexes[number]
        return self._near[index.schema, index.table]
