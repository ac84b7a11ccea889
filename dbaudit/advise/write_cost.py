"""What indexes cost the statements that write: a simple model in planner units.

PostgreSQL's planner prices no index maintenance, so the figures are measured: on PostgreSQL 18.6
an insert took about 5 us more for each B-tree and 250 us more for a trigram GIN on 180 characters,
where one planner unit was about 2 us of a warm sequential scan. An update that is not HOT makes a
new entry in every index of the table (https://www.postgresql.org/docs/current/storage-hot.html); a
delete leaves its entries to vacuum, which comes when a fifth of the rows are dead
(autovacuum_vacuum_scale_factor) and reads the whole index at once: on 200,000 rows that took 0.26
us more for each B-tree and dead row, an insert 2.1 us.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dbaudit.advise.catalog import TableFacts, TableName
from dbaudit.index_definition import IndexDefinition

#: Milliseconds of one planner unit, as measured (see above).
_UNIT_MS = 0.002
#: Units for one new entry of a B-tree: the descent and the changed page.
_ENTRY_UNITS = 2.5
#: An index that costs a row as much as so many B-trees is worth a word.
_DEAR = 10.0
#: Units for each of the many entries that a row has in a GIN index.
_GIN_ENTRY_UNITS = 0.7
#: A BRIN summary changes only when a value falls outside its range.
_BRIN_UNITS = 0.05
#: A delete's share of an entry's cost, paid by vacuum.
_DELETE_SHARE = 0.125

#: Bytes of a column for each GIN entry: text has a trigram a byte, jsonb and arrays a key or
#: element in about 16, a tsvector a lexeme in about 7 of its text.
_TRIGRAM_BYTES, _ELEMENT_BYTES, _LEXEME_BYTES = 1.0, 16.0, 7.0

#: HOT is at work on a table when so many updates were, of at least so many in all.
_MIN_HOT_SHARE, _MIN_UPDATES = 0.5, 100

#: How many times the calls that an index serves may be outweighed by the updates that would lose
#: HOT: by none where HOT is seen at work, by ten where nothing is known of it.
_PATIENCE_WITH_HOT, _PATIENCE = 1.0, 10.0


#: IndexAmRoutine.amsummarizing: an update of such an index's columns alone can be HOT.
SUMMARIZING = frozenset({"brin"})
_SUMMARIZING_VERSION_NUM = 160000


def summarizing(version_num: int) -> frozenset[str]:
    """The index methods that do not stand in the way of HOT on a server of this version."""
    return SUMMARIZING if version_num >= _SUMMARIZING_VERSION_NUM else frozenset()


@dataclass(frozen=True, slots=True)
class Update:
    """Rows that one statement of the workload updates (weighted), and the columns that it sets."""

    query: str
    weight: float
    rows: float
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableWrites:
    """Rows written to a table in the time in which each query runs as often as its weight says.

    Indexes of the methods `summarizing` do not stand in the way of HOT.
    """

    inserted: float = 0.0
    deleted: float = 0.0
    updates: tuple[Update, ...] = ()
    hot_share: float | None = None
    summarizing: frozenset[str] = SUMMARIZING

    @property
    def is_hot(self) -> bool:
        """Whether the statistics show HOT at work."""
        return self.hot_share is not None and self.hot_share >= _MIN_HOT_SHARE

    def end_hot(self, index: IndexDefinition, columns: Collection[str]) -> bool:
        """Whether an update of these columns cannot be HOT with the index."""
        return index.method not in self.summarizing and _holds(index, columns)


def hot_share(table: TableFacts) -> float | None:
    """The share of the table's updates that were HOT; None with too few to tell.

    A fill factor below 100 that somebody set tells that HOT is wanted.
    """
    activity = table.activity
    if activity.updated >= _MIN_UPDATES:
        return activity.hot_updated / activity.updated
    return 1.0 if table.fillfactor < 100 else None


def entry_units(index: IndexDefinition, table: TableFacts) -> float:
    """Planner units to add one row to an index."""
    if index.method == "gin":
        return sum(_gin_units(index, number, table) for number in range(len(index.keys)))
    return _BRIN_UNITS if index.method == "brin" else _ENTRY_UNITS


def insert_price(index: IndexDefinition, table: TableFacts) -> str:
    """What one more row costs, in words, where it is many times what a B-tree costs; else nothing.

    Such an index can make a load many times slower, which a person should decide.
    """
    units = entry_units(index, table)
    if units < _DEAR * _ENTRY_UNITS:
        return ""
    return (
        f"each row written takes about {units * _UNIT_MS:.2f} ms longer with it, "
        f"as with {units / _ENTRY_UNITS:.0f} B-trees"
    )


def _gin_units(index: IndexDefinition, number: int, table: TableFacts) -> float:
    key = index.keys[number]
    named = [facts for facts in table.columns.values() if facts.name in key.text]
    width = max((facts.avg_width for facts in named), default=32.0)
    if key.opclass and "trgm" in key.opclass:
        bytes_each = _TRIGRAM_BYTES
    else:
        bytes_each = _LEXEME_BYTES if key.is_expression else _ELEMENT_BYTES
    return _ENTRY_UNITS + _GIN_ENTRY_UNITS * width / bytes_each


def write_units(
    indexes: Collection[IndexDefinition],
    tables: Mapping[TableName, TableFacts],
    writes: Mapping[TableName, TableWrites],
) -> float:
    """Planner units that the new indexes add to the workload's writes."""
    by_table: dict[TableName, list[IndexDefinition]] = {}
    for index in indexes:
        by_table.setdefault((index.schema, index.table), []).append(index)
    return sum(
        _table_units(new, tables[name], writes[name])
        for name, new in sorted(by_table.items())
        if name in writes
    )


def _table_units(new: Iterable[IndexDefinition], table: TableFacts, writes: TableWrites) -> float:
    new = list(new)
    units = sum(entry_units(index, table) for index in new)
    existing = sum(entry_units(index.definition, table) for index in table.indexes)
    total = units * (writes.inserted + _DELETE_SHARE * writes.deleted)
    for update in writes.updates:
        share = writes.hot_share or 0.0
        if _is_never_hot(update, table, writes):
            total += update.rows * units
        elif any(writes.end_hot(index, update.columns) for index in new):
            total += update.rows * (units + share * existing)
        else:
            total += update.rows * units * (1 - share)
    return total


def _is_never_hot(update: Update, table: TableFacts, writes: TableWrites) -> bool:
    """Whether an index of today holds a column that the update sets."""
    return any(writes.end_hot(index.definition, update.columns) for index in table.indexes)


def _holds(index: IndexDefinition, columns: Collection[str]) -> bool:
    """Column names are looked for in the text of expressions and predicates, so a name inside
    another one counts too."""
    plain = {key.text for key in index.keys if not key.is_expression} | set(index.include)
    texts = [key.text for key in index.keys if key.is_expression] + [index.where or ""]
    return any(name in plain or any(name in text for text in texts) for name in columns)


def refusal(
    index: IndexDefinition, table: TableFacts, writes: TableWrites, served_weight: float
) -> str | None:
    """Why an index must not be built although it pays by cost alone: it would end HOT updates.

    Lost HOT updates bloat table and indexes, which no cost shows, so the calls that set a column of
    the index must not outweigh the calls that it serves.
    """
    hit = [
        update
        for update in writes.updates
        if writes.end_hot(index, update.columns) and not _is_never_hot(update, table, writes)
    ]
    weight = sum(update.weight for update in hit)
    patience = _PATIENCE_WITH_HOT if writes.is_hot else _PATIENCE
    if not hit or weight <= patience * served_weight:
        return None
    names = ", ".join(sorted({update.query for update in hit}))
    columns = {name for update in hit for name in update.columns if _holds(index, [name])}
    return (
        f"{names} (weight {weight:g}) sets {', '.join(sorted(columns))} and could never be HOT "
        f"again{_hot_figures(table)}; it would serve weight {served_weight:g}"
    )


def _hot_figures(table: TableFacts) -> str:
    activity = table.activity
    if activity.updated < _MIN_UPDATES:
        return ""
    share = activity.hot_updated / activity.updated
    room = f", with fill factor {table.fillfactor}" if share < _MIN_HOT_SHARE else ""
    return (
        f" ({activity.hot_updated:,.0f} of {table.name}'s {activity.updated:,.0f} updates, "
        f"{share:.0%}, were HOT so far{room})"
    )
