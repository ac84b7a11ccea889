"""Columns that an index holds beside its keys, so that queries need not read the table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.advise.proposal import Candidate
from dbaudit.index_definition import IndexDefinition, IndexKey

#: Covering columns are worth their room while they are few and narrow.
_MAX_INCLUDED = 4
_MAX_INCLUDED_BYTES = 64
#: An index that holds more of the row's bytes is a copy of the table.
_MAX_SHARE_OF_ROW = 0.5

_HOLDS = "; holds "


def may_include(columns: Sequence[str], keys: Sequence[IndexKey], table: TableFacts) -> bool:
    """Whether an index with these keys may hold the columns too."""
    if len(columns) > _MAX_INCLUDED or not all(name in table.columns for name in columns):
        return False
    width = _width(table, columns)
    held = width + _width(table, [key.text for key in keys])
    is_copy = held > _MAX_SHARE_OF_ROW * _width(table, table.columns)
    return width <= _MAX_INCLUDED_BYTES and not is_copy


def covering_reason(why: str, columns: Iterable[str]) -> str:
    """Why an index looks so that holds columns too."""
    return f"{why}{_HOLDS}{', '.join(columns)} too"


def united(candidates: Iterable[Candidate], catalog: Catalog) -> Iterator[Candidate]:
    """Candidates that hold what several others do that differ in their INCLUDE columns alone."""
    alike: defaultdict[IndexDefinition, dict[frozenset[str], Candidate]] = defaultdict(dict)
    for candidate in candidates:
        (index, *more) = candidate.indexes
        if index.include and not more:
            alike[replace(index, include=())][frozenset(index.include)] = candidate
    for bare, known in alike.items():
        lists = {one | other for one, other in combinations(known, 2)}
        for held in lists | {frozenset().union(*known)}:
            columns = sorted(held)
            if held not in known and may_include(columns, bare.keys, catalog.table_of(bare)):
                index = replace(bare, include=tuple(columns))
                yield _for_all(index, [c for has, c in known.items() if has < held])


def _for_all(index: IndexDefinition, parts: Sequence[Candidate]) -> Candidate:
    """The index as a candidate for all queries that one of the parts is for."""
    queries = frozenset[str]().union(*(part.queries for part in parts))
    why = covering_reason(parts[0].why.split(_HOLDS)[0], index.include)
    refines = all(part.refines for part in parts)
    return Candidate(frozenset([index]), why, queries, parts[0].rank, refines)


def _width(table: TableFacts, columns: Iterable[str]) -> float:
    return sum(table.columns[name].avg_width for name in columns if name in table.columns)
