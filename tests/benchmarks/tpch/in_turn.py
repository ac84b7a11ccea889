"""Each query with the kept indexes and without them in turn, so that both meet the same machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dbaudit.errors import QueryError
from dbaudit.migrate.prove.noise import is_shorter
from dbaudit.query import BoundQuery
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import Session, connect
from dbaudit.targets.timed import ExecutionOptions, Switch, execute_switched

#: Blocks of A B B A: 8 runs of either kind.
BLOCKS = 4
TIMEOUT_MS = 60_000
_TIMED_OUT = (float(TIMEOUT_MS),)

_INDEXES = """
select c.oid::int8 from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'i' and n.nspname = 'public' and c.relname = any (%s)
"""


@dataclass(frozen=True, slots=True)
class InTurn:
    """Milliseconds of one query's runs without the indexes and with them.

    Where it does not end in TIMEOUT_MS one way, that is its one run that way.
    """

    query: str
    without: tuple[float, ...]
    with_them: tuple[float, ...]

    @property
    def timed_out(self) -> bool:
        """Whether it ran out of time without the indexes."""
        return self.without == _TIMED_OUT

    @property
    def is_slower(self) -> bool:
        """Whether it takes longer with them, beyond noise."""
        if _TIMED_OUT in (self.without, self.with_them):
            return not self.timed_out
        return is_shorter(self.without, self.with_them)

    @property
    def factor(self) -> float:
        """Median without over median with them."""
        return median(self.without) / median(self.with_them)


def times_in_turn(
    target: PostgresTarget, statements: Sequence[BoundQuery], indexes: Sequence[str]
) -> list[InTurn]:
    """Every statement, with the indexes (by name, in schema public) hidden or not."""
    with connect(target) as session:
        oids = frozenset(row[0] for row in session.rows(_INDEXES, (list(indexes),)))
        return [_in_turn(session, statement, oids) for statement in statements]


def _in_turn(session: Session, statement: BoundQuery, oids: frozenset[int]) -> InTurn:
    limits = ExecutionOptions(TIMEOUT_MS)
    seen, hidden = Switch(oids), Switch(oids, oids)

    def run(switch: Switch) -> float:
        return execute_switched(session, statement, limits, switch).ms

    def first(switch: Switch) -> tuple[float, ...]:
        try:
            return (run(switch),)
        except QueryError:
            return _TIMED_OUT

    once = InTurn(statement.name, without=first(hidden), with_them=first(seen))
    if _TIMED_OUT in (once.without, once.with_them):
        return once
    without: list[float] = []
    with_them: list[float] = []
    for _ in range(BLOCKS):
        without.append(run(hidden))
        with_them += [run(seen), run(seen)]
        without.append(run(hidden))
    return InTurn(statement.name, tuple(without), tuple(with_them))
