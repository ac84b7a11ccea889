"""The statement that counts keys in a sample of a table's pages; only sums leave the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.targets.gin_elements import Elements
from dbaudit.targets.sampled import OFTEN

#: The same pages for every statement, and for every run while the table does not change.
SEED = 20

#: A half more, so that rounding cannot put a power of two below itself.
_GROUP_BY_FREQUENCY = (
    f"group by leaf, least(pages, {OFTEN}), floor(ln(rows + 0.5::float8) / ln(2::float8))"
)

#: Access methods whose size depends on how many keys are distinct.
_WITH_DISTINCT_KEYS = ("btree", "hash")


@dataclass(frozen=True, slots=True)
class Pages:
    """What is read: a table, its partitions with it, and which share of their pages (`read`)."""

    schema: str
    table: str
    is_partitioned: bool
    read: float

    @property
    def is_all(self) -> bool:
        """Whether every page is read."""
        return self.read >= 1

    @property
    def fraction(self) -> float:
        """The share of the pages that is counted: one whose neighbour before it is read is not."""
        return 1.0 if self.is_all else self.read * (1 - self.read)

    @property
    def source(self) -> str:
        """What stands after FROM."""
        only = "" if self.is_partitioned else "only "
        table = f"{only}{qualified(self.schema, self.table)}"
        if self.is_all:
            return table
        return f"{table} tablesample system ({100 * self.read:.6f}) repeatable ({SEED})"


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys to count: the columns and expressions of one index, as SQL, and its predicate.

    Distinct keys do not depend on the columns' order, so indexes that differ in it share a set.
    `is_grouped` is false when every row brings an entry of its own, as with INCLUDE columns. With
    `elements` it is those of the only column that are counted.
    """

    columns: frozenset[str]
    where: str | None
    is_grouped: bool
    elements: Elements | None = None


def key_set(index: IndexDefinition) -> KeySet:
    """The set that an index belongs to; of a GIN index it counts the rows."""
    is_grouped = index.method in _WITH_DISTINCT_KEYS and not index.include
    return KeySet(frozenset(key_columns(index)), index.where, is_grouped)


def key_columns(index: IndexDefinition) -> tuple[str, ...]:
    """The columns of an index as SQL, in its order; none where only its rows count."""
    if index.method not in _WITH_DISTINCT_KEYS:
        return ()
    keys = (key_sql(key) for key in index.keys)
    return (*keys, *(quote_ident(column) for column in index.include))


def key_sql(key: IndexKey) -> str:
    """A key's column or expression as SQL."""
    return f"({key.text})" if key.is_expression else quote_ident(key.text)


def types_statement(pages: Pages, columns: Sequence[str]) -> str:
    """No rows, whose columns have the types of these."""
    return f"select {', '.join(columns)} from {pages.source} limit 0"


def count_statement(
    pages: Pages, sets: Sequence[KeySet], orders: Sequence[Sequence[tuple[str, ...]]]
) -> str:
    """Rows (set, leaf, keys, pages, rows, bytes of a tuple for each order).

    `leaf` is the OID of the partition, or the table's own. Set 0 counts all rows sampled; the
    others, from 1 on, count keys that occur in as many pages and, by powers of two, about as many
    rows.
    """
    columns = {c: f"c{n}" for n, c in enumerate(sorted({c for s in sets for c in s.columns}))}
    wheres = {w: f"w{n}" for n, w in enumerate(sorted({s.where for s in sets if s.where}))}
    page = (
        "0"
        if pages.is_all and not any(s.elements for s in sets)
        else "(ctid::text::point)[0]::bigint"
    )
    picked = ["tableoid::bigint as leaf", f"{page} as page"]
    picked += [f"{column} as {name}" for column, name in columns.items()]
    picked += [f"({where}) is true as {name}" for where, name in wheres.items()]
    counts = [
        "select 0, leaf, count(*), count(*), count(*), array[]::float8[] from sampled group by leaf"
    ]
    for number, (keys, ordered) in enumerate(zip(sets, orders, strict=True), start=1):
        names = [tuple(columns[c] for c in order) for order in ordered]
        source = f"sampled where {wheres[keys.where]}" if keys.where else "sampled"
        if keys.elements:
            lines = _elements(number, source, keys.elements, names[0][0])
        elif keys.is_grouped:
            lines = _grouped(number, source, names, pages)
        else:
            lines = _ungrouped(number, source, names)
        counts.append("\n".join(lines))
    read = f"select {', '.join(picked)} from {pages.source}"
    return _sampled(read, pages) + "\nunion all\n".join(counts)


def _sampled(read: str, pages: Pages) -> str:
    """What is counted: of neighbouring pages the first, since keys go on from one to the next."""
    if pages.is_all:
        return f"with sampled as materialized ({read})\n"
    return f"""with read as materialized ({read}),
apart as (
    select leaf, page
    from (
        select leaf, page, page - lag(page) over (partition by leaf order by page) as gap
        from read group by leaf, page
    ) as neighbours
    where gap is distinct from 1
),
sampled as materialized (select read.* from read join apart using (leaf, page))
"""


def _ungrouped(number: int, source: str, orders: Sequence[tuple[str, ...]]) -> Iterator[str]:
    sizes = ", ".join(f"avg({_tuple_bytes(order)})" for order in orders)
    yield f"select {number}, leaf, count(*), count(*), count(*), array[{sizes}]::float8[]"
    yield f"from {source} group by leaf"


def _grouped(
    number: int, source: str, orders: Sequence[tuple[str, ...]], pages: Pages
) -> Iterator[str]:
    """A key counts once in each page: neighbours in a page are often alike, pages are at random."""
    keys = ", ".join(orders[0])
    sizes = [f"{_tuple_bytes(order)} as s{n}" for n, order in enumerate(orders)]
    means = ", ".join(f"avg(s{n})" for n in range(len(orders)))
    yield f"select {number}, leaf, count(*), sum(pages)::bigint, sum(rows)::bigint,"
    yield f"array[{means}]::float8[]"
    if pages.is_all:
        yield f"from (select leaf, 1 as pages, count(*) as rows, {', '.join(sizes)}"
        yield f"from {source} group by leaf, {keys}) as by_key"
    else:
        yield f"from (select leaf, count(*) as pages, sum(rows) as rows, {', '.join(sizes)}"
        yield f"from (select leaf, {keys}, count(*) as rows from {source}"
        yield f"group by leaf, page, {keys}) as by_page group by leaf, {keys}) as by_key"
    yield _GROUP_BY_FREQUENCY


def _elements(number: int, source: str, elements: Elements, column: str) -> Iterator[str]:
    size = "16" if elements.are_hashed else _tuple_bytes(("element",))
    table, _, condition = source.partition(" ")
    yield f"select {number}, leaf, count(*), sum(pages)::bigint, sum(rows)::bigint,"
    yield f"array[avg(size)]::float8[] from (select leaf, count(*) as pages, {size} as size,"
    yield "sum(rows) as rows from (select leaf, page, element, count(*) as rows"
    yield f"from {table} left join lateral ({elements.of(column)}) as found (element) on true"
    yield f"{condition} group by leaf, page, element) as by_page group by leaf, element) as by_key"
    yield _GROUP_BY_FREQUENCY


def _tuple_bytes(columns: Sequence[str]) -> str:
    """The bytes of an index tuple (index_form_tuple in indextuple.c) by those of a row value.

    Both align the same data at 8 bytes. A row value's header of 24 bytes holds the NULL bitmap of 8
    columns (heap_form_tuple in heaptuple.c), an index tuple's 8 grow by 8 for that of any number.
    """
    if not columns:
        return "0"
    row = f"pg_column_size(row({', '.join(columns)})) - 16"
    bitmap = 8 if len(columns) <= 8 else 0
    nulls = f"case when num_nulls({', '.join(columns)}) > 0 then {bitmap} else 0 end"
    return f"({row} + {nulls} + 7) / 8 * 8"
