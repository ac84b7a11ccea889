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
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.targets.gin_elements import Elements, ValueType, gin_elements
from dbaudit.targets.sample_statement import (
    KeySet,
    Pages,
    count_statement,
    key_columns,
    key_set,
    key_sql,
    types_statement,
)
from dbaudit.targets.sampled import IndexSample, KeyGroup, LeafName, LeafSample
from dbaudit.targets.session import Row, Session

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

    Of rows whose elements are counted for GIN, fewer are read: each has many.
    """

    rows: int = 30_000
    least_pages: int = 600
    most_pages: int = 8_000
    element_rows: int = 5_000
    least_element_pages: int = 200
    sets: int = 12
    statement_seconds: float = 5.0
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class _Table:
    """A table to be sampled, for keys and for the elements of GIN; `leaves` are names by OID."""

    pages: Pages
    element_pages: Pages
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
        elements = self._elements(table, [i for i in indexes if i.method == "gin"])
        parts = {index: _parts(index, elements) for index in indexes}
        orders: defaultdict[KeySet, list[tuple[str, ...]]] = defaultdict(list)
        for keys, columns in {part for of_index in parts.values() for part in of_index if part}:
            orders[keys].append(columns)
        of_keys = [(keys, asked) for keys, asked in orders.items() if not keys.elements]
        of_elements = [(keys, asked) for keys, asked in orders.items() if keys.elements]
        counted = {
            **dict(self._counted(table, table.pages, of_keys)),
            **dict(self._counted(table, table.element_pages, of_elements)),
        }
        samples = {
            (keys, columns): _index_sample(table, found, orders[keys].index(columns))
            for keys, found in counted.items()
            for columns in orders[keys]
        }
        return {
            index: _with_elements(
                samples[own], [samples.get(part, {}) if part else {} for part in gin]
            )
            for index, (own, *gin) in parts.items()
            if own in samples
        }

    def _elements(
        self, table: _Table, indexes: Sequence[IndexDefinition]
    ) -> Mapping[IndexKey, Elements]:
        """The elements of each key, by its type; a key that is not valid has none."""
        found = {}
        for key in {key for index in indexes for key in index.keys}:
            try:
                elements = gin_elements(key.opclass, self._type(table, key))
            except QueryError as error:
                self._note(table, str(error))
                continue
            if elements is not None:
                found[key] = elements
        return found

    def _type(self, table: _Table, key: IndexKey) -> ValueType:
        category = "select typcategory = 'A' from pg_catalog.pg_type where oid = %s"
        with self.session.transaction() as cursor:
            cursor.execute(types_statement(table.pages, [key_sql(key)]).encode())
            oid = cursor.description[0].type_code if cursor.description else 0
            row = cursor.execute(category, (oid,)).fetchone()
            return ValueType(oid, bool(row and row[0]))

    def _counted(
        self, table: _Table, pages: Pages, sets: Sequence[_OrderedSet]
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
                yield from self._count(pages, chunk).items()
            except QueryError as error:
                if len(chunk) == 1 or error.sqlstate in _HOPELESS:
                    self._note(table, str(error))
                if error.sqlstate in _HOPELESS:
                    return
                if len(chunk) > 1:
                    waiting.extendleft([one] for one in chunk)

    def _count(self, pages: Pages, sets: Sequence[_OrderedSet]) -> dict[KeySet, _Counted]:
        statement = count_statement(pages, [s for s, _ in sets], [o for _, o in sets])
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
            keys: _Counted(pages.fraction, totals, [row for row in rows if row[0] == number])
            for number, (keys, _) in enumerate(sets, start=1)
        }

    def _note(self, table: _Table, reason: str) -> None:
        name = f"{table.pages.schema}.{table.pages.table}"
        note = f"not every index on {name} was sized by a sample: {reason}"
        if note not in self.notes:
            self.notes.append(note)


#: What an index asks for: a set with an order of its columns; None for elements not known.
_Part = tuple[KeySet, tuple[str, ...]] | None

#: A set with the orders of its columns that are asked for.
_OrderedSet = tuple[KeySet, list[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The statement's rows of one set, and those that count all that was sampled."""

    fraction: float
    totals: Sequence[Row]
    groups: Sequence[Row]


def _index_sample(table: _Table, counted: _Counted, order: int) -> IndexSample:
    return {
        table.leaves[leaf]: LeafSample(
            rows,
            counted.fraction,
            tuple(
                KeyGroup(row[2], row[3], row[4], row[5][order])
                for row in counted.groups
                if row[1] == leaf
            ),
        )
        for _, leaf, _, _, rows, _ in counted.totals
    }


def _parts(index: IndexDefinition, elements: Mapping[IndexKey, Elements]) -> list[_Part]:
    """The set that counts an index's rows, then for GIN those of its keys' elements."""
    parts: list[_Part] = [(key_set(index), key_columns(index))]
    if index.method == "gin":
        for key in index.keys:
            column = key_sql(key)
            known = elements.get(key)
            keys = KeySet(frozenset((column,)), index.where, is_grouped=True, elements=known)
            parts.append((keys, (column,)) if known else None)
    return parts


def _with_elements(sample: IndexSample, keys: Sequence[IndexSample]) -> IndexSample:
    return {
        name: replace(leaf, elements=tuple(elements.get(name) for elements in keys))
        for name, leaf in sample.items()
    }


def _table(name: tuple[str, str], rows: Sequence[Row], limits: SampleLimits) -> _Table:
    is_partitioned, hides_rows = rows[0][:2]
    pages = sum(row[6] for row in rows)
    known = sum(max(row[5], 0.0) for row in rows)
    per_page = known / pages if known > 0 and pages else _GUESSED_ROWS_PER_PAGE
    read = [
        Pages(*name, is_partitioned, _read(pages, aimed / per_page, least, limits.most_pages))
        for aimed, least in (
            (limits.rows, limits.least_pages),
            (limits.element_rows, limits.least_element_pages),
        )
    ]
    return _Table(read[0], read[1], hides_rows, {row[4]: (row[2], row[3]) for row in rows})


def _read(pages: int, wanted: float, least: int, most: int) -> float:
    """The share of the pages to read: 1 for a table not much larger than what is wanted."""
    wanted = min(max(wanted, least), most)
    return wanted / pages if wanted < pages / 3 else 1.0
