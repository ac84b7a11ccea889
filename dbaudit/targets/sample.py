"""A sample of the target's tables: how many rows an index would hold, and how many distinct keys.

One statement reads the same few pages of a table for several indexes, in a guarded read-only
transaction. What the role may not see, or what takes too long, is left out and noted.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dbaudit.errors import QueryError
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.targets.expression_sample import (
    Expression,
    ExpressionSample,
    expression_statement,
    lexeme_statement,
    lexemes_sample,
    values_sample,
)
from dbaudit.targets.gin_elements import TSVECTOR_OID, Elements, ValueType, gin_elements
from dbaudit.targets.own_statement import OWN_STATEMENT
from dbaudit.targets.sample_pages import SampledTable, SampleLimits, read_tables
from dbaudit.targets.sample_statement import (
    KeySet,
    Pages,
    count_statement,
    key_columns,
    key_set,
    key_sql,
    types_statement,
)
from dbaudit.targets.sampled import IndexSample, KeyGroup, LeafSample
from dbaudit.targets.session import Row, Session

#: query_canceled, lock_not_available: the next statement on the table would fare no better.
_HOPELESS = frozenset({"57014", "55P03"})

_SETTINGS = (
    "set local work_mem = '64MB'; set local jit = off; "
    "set local max_parallel_workers_per_gather = 0"
)


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
        names = {(index.schema, index.table) for index in indexes}
        tables = read_tables(self.session, names, self.limits)
        found: dict[IndexDefinition, IndexSample] = {}
        for name, table in tables.items():
            of_table = [i for i in indexes if (i.schema, i.table) == name and i.method != "brin"]
            if of_table:
                found |= self._sampled(table, of_table)
        return found

    def _sampled(
        self, table: SampledTable, indexes: Sequence[IndexDefinition]
    ) -> dict[IndexDefinition, IndexSample]:
        if table.hides_rows:
            self._note(table, "row-level security hides rows from the role")
            return {}
        elements = self._elements(table, [i for i in indexes if i.method == "gin"])
        parts = {index: _parts(table, index, elements) for index in indexes}
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

    def expressions(
        self, indexes: Collection[IndexDefinition]
    ) -> Mapping[Expression, ExpressionSample]:
        """What ANALYZE would know of the indexes' expressions; those of partial ones matter not."""
        wanted: defaultdict[tuple[str, str], dict[str, IndexKey]] = defaultdict(dict)
        for index in indexes:
            if index.where is None and index.method != "brin":
                keys = {key.text: key for key in index.keys if key.is_expression}
                wanted[index.schema, index.table] |= keys
        tables = read_tables(self.session, [name for name in wanted if wanted[name]], self.limits)
        found = {}
        for name, table in tables.items():
            for text, key in wanted[name].items():
                if table.hides_rows or self._is_over(table):
                    continue
                sample = self._expression(table, key)
                if sample is not None:
                    found[*name, text] = sample
        return found

    def _expression(self, table: SampledTable, key: IndexKey) -> ExpressionSample | None:
        column = key_sql(key)
        keys = KeySet(frozenset((column,)), None, is_grouped=True)
        try:
            if self._type(table, key).oid == TSVECTOR_OID:
                lexemes = lexeme_statement(column, table.element_pages.source)
                return lexemes_sample(self._rows(lexemes)[0])
            values = expression_statement(column, table.pages.source)
            sample = values_sample(self._rows(values)[0])
        except QueryError as error:
            self._note(table, str(error))
            return None
        counted = [one for _, one in self._counted(table, table.pages, [(keys, [(column,)])])]
        groups = [
            g
            for one in counted
            for leaf in _index_sample(table, one, 0).values()
            for g in leaf.groups
        ]
        return replace(sample, groups=tuple(groups), fraction=table.pages.fraction)

    def _elements(
        self, table: SampledTable, indexes: Sequence[IndexDefinition]
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

    def _type(self, table: SampledTable, key: IndexKey) -> ValueType:
        category = "select typcategory = 'A' from pg_catalog.pg_type where oid = %s"
        with self.session.transaction() as cursor:
            cursor.execute(_own(types_statement(table.pages, [key_sql(key)])))
            oid = cursor.description[0].type_code if cursor.description else 0
            row = cursor.execute(category, (oid,)).fetchone()
            return ValueType(oid, bool(row and row[0]))

    def _counted(
        self, table: SampledTable, pages: Pages, sets: Sequence[_OrderedSet]
    ) -> Iterator[tuple[KeySet, _Counted]]:
        """Some sets a statement; when it fails, each alone, so that one does not cost the rest."""
        step = self.limits.sets
        waiting = deque(sets[start : start + step] for start in range(0, len(sets), step))
        while waiting:
            if self._is_over(table):
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
        rows = self._rows(count_statement(pages, [s for s, _ in sets], [o for _, o in sets]))
        totals = [row for row in rows if row[0] == 0]
        return {
            keys: _Counted(pages.fraction, totals, [row for row in rows if row[0] == number])
            for number, (keys, _) in enumerate(sets, start=1)
        }

    def _rows(self, statement: str) -> list[Row]:
        """The rows of a statement on sampled pages, which must not take long."""
        limit_ms = min(
            self.session.guards.statement_timeout_ms, round(1000 * self.limits.statement_seconds)
        )
        guards = replace(self.session.guards, statement_timeout_ms=limit_ms)
        started = time.monotonic()
        try:
            with self.session.transaction(guards=guards) as cursor:
                cursor.execute(_SETTINGS)
                return cursor.execute(_own(statement)).fetchall()
        finally:
            self._spent += time.monotonic() - started

    def _is_over(self, table: SampledTable) -> bool:
        if self._spent < self.limits.seconds:
            return False
        self._note(table, "the time for samples is over")
        return True

    def _note(self, table: SampledTable, reason: str) -> None:
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


def _index_sample(table: SampledTable, counted: _Counted, order: int) -> IndexSample:
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


def _own(statement: str) -> bytes:
    """Marked as ours, after the first word: a comment before it is not kept."""
    word, _, rest = statement.partition(" ")
    return f"{word} {OWN_STATEMENT} {rest}".encode()


def _parts(
    table: SampledTable, index: IndexDefinition, elements: Mapping[IndexKey, Elements]
) -> list[_Part]:
    """The set that counts an index's rows, then for GIN those of its keys' elements."""
    own = key_set(index)
    if table.has_unique(own.columns):
        own = replace(own, is_grouped=False)
    parts: list[_Part] = [(own, key_columns(index))]
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
