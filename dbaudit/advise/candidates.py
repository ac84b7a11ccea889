"""The indexes worth a try for a workload, from what its queries do to their tables.

At most `MAX_PER_QUERY` proposals a query are kept, the most direct ones first (`Proposal.rank`):
what serves all of a query's conditions and its order; then one condition, join or sort alone; then
single keys of a longer equality; then covering variants.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.brin import brin_proposals
from dbaudit.advise.btree import Reach, btree_proposals
from dbaudit.advise.canonical import canonical_index
from dbaudit.advise.catalog import Catalog, TableFacts, TableName
from dbaudit.advise.covering import united
from dbaudit.advise.foreign_keys import Lookup
from dbaudit.advise.gin import gin_proposals
from dbaudit.advise.gist import gist_proposals
from dbaudit.advise.keys import equality_key, join_key
from dbaudit.advise.partial import is_sparse
from dbaudit.advise.proposal import Candidate, Proposal
from dbaudit.advise.roles import plays_role_of
from dbaudit.advise.workload import Item
from dbaudit.identifiers import quote_ident
from dbaudit.index_definition import IndexDefinition, IndexKey

MAX_PER_QUERY = 40

_PARAMETER = re.compile(r"\$\d")

#: Tables below this are read in well under a millisecond: 256 kB.
MIN_TABLE_PAGES = 32


@dataclass(frozen=True, slots=True)
class CandidateOptions:
    """`max_columns` limits the keys of an index; INCLUDE columns do not count."""

    max_columns: int = 4
    min_table_pages: float = MIN_TABLE_PAGES


def candidates(
    items: Sequence[Item],
    lookups: dict[str, list[Lookup]],
    catalog: Catalog,
    options: CandidateOptions,
) -> list[Candidate]:
    """Candidates for the whole workload; `lookups` are those behind each query's foreign keys.

    The same index from several queries is one candidate. What is there already is left out.
    """
    popularity = _popularity(items, catalog)
    found: dict[frozenset[IndexDefinition], Candidate] = {}
    for item in items:
        proposals = list(_proposals(item, catalog, popularity, options))
        for lookup in lookups.get(item.name, ()):
            proposals += _of_lookup(lookup, catalog)
        for proposal in _best(proposals, catalog, options):
            _merge(found, proposal, item.name)
    tried = [*found.values(), *united(found.values(), catalog)]
    return sorted(tried, key=lambda candidate: candidate.order)


def _popularity(items: Sequence[Item], catalog: Catalog) -> Counter[tuple[TableName, IndexKey]]:
    """How many queries compare each key for equality."""
    counts: Counter[tuple[TableName, IndexKey]] = Counter()
    for item in items:
        keys = {
            (name, key)
            for use, name in item.uses
            for condition in use.conditions
            for find in (equality_key, join_key)
            if (key := find(condition, catalog.tables[name])) is not None
        }
        counts.update(keys)
    return counts


def _proposals(
    item: Item,
    catalog: Catalog,
    popularity: Counter[tuple[TableName, IndexKey]],
    options: CandidateOptions,
) -> Iterator[Proposal]:
    for use, name in item.uses:
        table = catalog.tables[name]

        def popular(key: IndexKey, name: TableName = name) -> int:
            return popularity[name, key]

        yield from btree_proposals(Reach(use, table, popular, options.max_columns))
        yield from gin_proposals(use, table, catalog)
        yield from gist_proposals(use, table, catalog)
        yield from brin_proposals(use, table)


def _of_lookup(lookup: Lookup, catalog: Catalog) -> Iterator[Proposal]:
    """The index that finds the rows of a key, and one without those that refer to nothing."""
    key = lookup.foreign_key
    schema, table = catalog.root(key.child)
    keys = tuple(IndexKey(column) for column in key.child_columns)
    why = f"the foreign key {key.name} looks rows up by {', '.join(key.child_columns)}"
    index = IndexDefinition(schema, table, keys)
    yield Proposal((index,), why, 0)
    columns = catalog.tables[schema, table].columns
    sparse = [columns[name] for name in key.child_columns if is_sparse(columns.get(name))]
    if sparse:
        where = " AND ".join(f"{quote_ident(facts.name)} IS NOT NULL" for facts in sparse)
        yield Proposal((replace(index, where=where),), f"{why}; only rows with {where}", 0)


def _best(
    proposals: Sequence[Proposal], catalog: Catalog, options: CandidateOptions
) -> list[Proposal]:
    useful = [known for p in proposals if (known := _missing(p, catalog, options)) is not None]
    first: dict[frozenset[IndexDefinition], Proposal] = {}
    for proposal in sorted(useful, key=lambda proposal: proposal.rank):
        first.setdefault(frozenset(map(canonical_index, proposal.indexes)), proposal)
    return list(first.values())[:MAX_PER_QUERY]


def _missing(proposal: Proposal, catalog: Catalog, options: CandidateOptions) -> Proposal | None:
    """The proposal without what exists already; None when nothing is left or the table is small."""
    tables = [catalog.tables[index.schema, index.table] for index in proposal.indexes]
    if any(table.pages < options.min_table_pages for table in tables):
        return None
    if any(_has_parameter(index) for index in proposal.indexes):
        return None
    pairs = zip(proposal.indexes, tables, strict=True)
    left = [(index, table) for index, table in pairs if not _exists(index, table)]
    if not left:
        return None
    refines = all(_plays(replace(index, include=()), table) for index, table in left)
    return replace(proposal, indexes=tuple(index for index, _ in left), refines=refines)


def _has_parameter(index: IndexDefinition) -> bool:
    """Whether a key or the predicate hangs on a value of the query, as a distance to it does."""
    expressions = [key.text for key in index.keys if key.is_expression]
    return any(_PARAMETER.search(text) for text in (*expressions, index.where or ""))


def _exists(index: IndexDefinition, table: TableFacts) -> bool:
    """Whether the table has it. One that is only the beginning of an existing index may be much
    smaller than that, which a scan of all of it feels."""
    return any(
        plays_role_of(existing.definition, index)
        and len(existing.definition.keys) == len(index.keys)
        for existing in table.indexes
        if existing.is_valid
    )


def _plays(index: IndexDefinition, table: TableFacts) -> bool:
    """Whether an existing index could serve whatever this one would."""
    valid = (existing for existing in table.indexes if existing.is_valid)
    return any(plays_role_of(existing.definition, index) for existing in valid)


def _merge(
    found: dict[frozenset[IndexDefinition], Candidate], proposal: Proposal, query: str
) -> None:
    """The first spelling of an index stands for all."""
    key = frozenset(map(canonical_index, proposal.indexes))
    known = found.get(key)
    queries = frozenset([query])
    direct = queries if proposal.rank == 0 else frozenset()
    if known is None:
        indexes = frozenset(proposal.indexes)
        found[key] = Candidate(
            indexes, proposal.why, queries, proposal.rank, proposal.refines, direct
        )
    else:
        found[key] = replace(
            known,
            queries=known.queries | queries,
            rank=min(known.rank, proposal.rank),
            direct=known.direct | direct,
            whys=known.whys + (((query, proposal.why),) if proposal.why != known.why else ()),
        )
