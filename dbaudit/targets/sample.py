"""A sample of the target's tables: how many rows an index would hold, and how many distinct keys.

One statement reads the same few pages of a table for several indexes, in a guarded read-only
transaction. What the role may not see, or what takes too long, is left out and noted.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files

from dbaudit.errors import QueryError
from dbaudit.index_definition import IndexDefinition
from dbaudit.targets.sample_statement import (
    OFTEN,
    KeySet,
    Pages,
    count_statement,
    key_columns,
    key_set,
)
from dbaudit.targets.session import Row, Session

__all__ = [
    "OFTEN",
    "IndexSample",
    "KeyGroup",
    "LeafName",
    "LeafSample",
    "SampleLimits",
    "TargetSample",
]

#: (schema, name) of a table with rows of its own.
LeafName = tuple[str, str]

#: query_canceled, lock_not_available: the next statement on the table would fare no better.
_HOPELESS = frozenset({"57014", "55P03"})

#: Of a table that was never analysed.
_GUESSED_ROWS_PER_PAGE = 60

_SETTINGS = (
    "set local work_mem = '64MB'; set local jit = off; "
    "set local max_parallel_workers_per_gather = 0"
)


@dataclass(frozen=True, slots=True)
class SampleLimits:
    """How much is read. `rows` of a table are aimed at, within `least_pages` and `most_pages`; a
    table of less than three times as much is read whole. One statement counts `sets` of keys. None
    begins after `seconds` in all, and none takes longer than `statement_seconds`.
    """

    rows: int = 30_000
    least_pages: int = 600
    most_pages: int = 8_000
    sets: int = 12
    statement_seconds: float = 5.0
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Distinct keys that were seen in as many pages (or `OFTEN` and more) and about as many rows;
    both are summed.

    `bytes` is the mean size of an index tuple with such a key, aligned, without line pointer.
    """

    keys: int
    pages: int
    rows: int
    bytes: float


@dataclass(frozen=True, slots=True)
class LeafSample:
    """One table's part of a sample: its `rows`, the share of its pages that they come from (1 is
    all), and the keys of those rows that the index would hold."""

    rows: int
    fraction: float
    groups: tuple[KeyGroup, ...] = ()

    @property
    def kept(self) -> int:
        """The rows that satisfy the index's predicate."""
        return sum(group.rows for group in self.groups)


#: What a sample says of one index, by table with rows (the partitions of a partitioned one).
IndexSample = Mapping[LeafName, LeafSample]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table to be sampled; `leaves` are names by OID."""

    pages: Pages
    hides_rows: bool
    leaves: Mapping[int, LeafName]


@dataclass(slots=True)
class TargetSample:
    """Samples tables of a target within limits that hold for all of them together.

    `notes` say for which tables a sample is missing, and why.
    """

    session: Session
    limits: SampleLimits = field(default_factory=SampleLimits)
    notes: list[str] = field(default_factory=list)
    _spent: float = 0.0

    def sample(self, indexes: Collection[IndexDefinition]) -> Mapping[IndexDefinition, IndexSample]:
        """What the sample says of each index; those lack that could not be sampled."""
        tables = self._tables({(index.schema, index.table) for index in indexes})
        found: dict[IndexDefinition, IndexSample] = {}
        for name, table in tables.items():
            of_table = [i for i in indexes if (i.schema, i.table) == name and i.method != "brin"]
            if of_table:
                found |= self._sampled(table, of_table)
        return found

    def _tables(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], _Table]:
        statement = files("dbaudit.targets").joinpath("sql/sampled_tables.sql").read_text("utf-8")
        grouped: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.session.rows(statement, (json.dumps(sorted(names)),)):
            grouped[row[0], row[1]].append(row[2:])
        return {name: _table(name, rows, self.limits) for name, rows in grouped.items()}

    def _sampled(
        self, table: _Table, indexes: Sequence[IndexDefinition]
    ) -> dict[IndexDefinition, IndexSample]:
        if table.hides_rows:
            self._note(table, "row-level security hides rows from the role")
            return {}
        orders: defaultdict[KeySet, list[tuple[str, ...]]] = defaultdict(list)
        for index in indexes:
            if key_columns(index) not in orders[key_set(index)]:
                orders[key_set(index)].append(key_columns(index))
        counted = dict(self._counted(table, list(orders.items())))
        return {
            index: _index_sample(table, counted[keys], orders[keys].index(key_columns(index)))
            for index in indexes
            if (keys := key_set(index)) in counted
        }

    def _counted(
        self, table: _Table, sets: Sequence[_OrderedSet]
    ) -> Iterator[tuple[KeySet, _Counted]]:
        """Some sets a statement; when it fails, each alone, so that one does not cost the rest."""
        step = self.limits.sets
        waiting = deque(sets[start : start + step] for start in range(0, len(sets), step))
        while waiting:
            if self._spent >= self.limits.seconds:
                self._note(table, "the time for samples is over")
                return
            chunk = waiting.popleft()
            try:
                yield from self._count(table, chunk).items()
            except QueryError as error:
                if len(chunk) == 1 or error.sqlstate in _HOPELESS:
                    self._note(table, str(error))
                if error.sqlstate in _HOPELESS:
                    return
                if len(chunk) > 1:
                    waiting.extendleft([one] for one in chunk)

    def _count(self, table: _Table, sets: Sequence[_OrderedSet]) -> dict[KeySet, _Counted]:
        statement = count_statement(table.pages, [s for s, _ in sets], [o for _, o in sets])
        limit_ms = min(
            self.session.guards.statement_timeout_ms, round(1000 * self.limits.statement_seconds)
        )
        guards = replace(self.session.guards, statement_timeout_ms=limit_ms)
        started = time.monotonic()
        try:
            with self.session.transaction(guards=guards) as cursor:
                cursor.execute(_SETTINGS)
                rows = cursor.execute(statement.encode()).fetchall()
        finally:
            self._spent += time.monotonic() - started
        totals = [row for row in rows if row[0] == 0]
        return {
            keys: _Counted(totals, [row for row in rows if row[0] == number])
            for number, (keys, _) in enumerate(sets, start=1)
        }

    def _note(self, table: _Table, reason: str) -> None:
        name = f"{table.pages.schema}.{table.pages.table}"
        note = f"not every index on {name} was sized by a sample: {reason}"
        if note not in self.notes:
            self.notes.append(note)


#: A set with the orders of its columns that are asked for.
_OrderedSet = tuple[KeySet, list[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The statement's rows of one set, and those that count all that was sampled."""

    totals: Sequence[Row]
    groups: Sequence[Row]


def _index_sample(table: _Table, counted: _Counted, order: int) -> IndexSample:
    return {
        table.leaves[leaf]: LeafSample(
            rows,
            table.pages.fraction,
            tuple(
                KeyGroup(row[2], row[3], row[4], row[5][order])
                for row in counted.groups
                if row[1] == leaf
            ),
        )
        for _, leaf, _, _, rows, _ in counted.totals
    }


def _table(name: tuple[str, str], rows: Sequence[Row], limits: SampleLimits) -> _Table:
    is_partitioned, hides_rows = rows[0][:2]
    fraction = _fraction(
        pages=sum(row[6] for row in rows),
        rows=sum(max(row[5], 0.0) for row in rows),
        limits=limits,
    )
    leaves = {row[4]: (row[2], row[3]) for row in rows}
    return _Table(Pages(*name, is_partitioned, fraction), hides_rows, leaves)


def _fraction(pages: int, rows: float, limits: SampleLimits) -> float:
    """The share of pages that should hold so many rows; 1 for a table not much larger."""
    per_page = rows / pages if rows > 0 and pages else _GUESSED_ROWS_PER_PAGE
    wanted = min(max(limits.rows / per_page, limits.least_pages), limits.most_pages)
    return wanted / pages if wanted < pages / 3 else 1.0
