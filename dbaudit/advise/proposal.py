"""What the search chooses from: an index, or several that pay only together."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.index_definition import IndexDefinition


@dataclass(frozen=True, slots=True)
class Proposal:
    """Indexes worth a try for a query, and in words why they look as they do.

    Mostly one; the branches of an OR need an index each, so there are several. `rank` orders the
    proposals of a query by how directly they serve it, 0 first; the last ones go when there are
    too many. `refines` tells of one whose keys an existing index begins with, so that it
    differs in INCLUDE columns or in size alone.
    """

    indexes: tuple[IndexDefinition, ...]
    why: str
    rank: int = 0
    refines: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal with the names of the queries that it was made for, and its best rank for them;
    `direct` are those that it serves in full, all conditions and the order. `whys` tells of those
    queries for which it looks so for another reason."""

    indexes: frozenset[IndexDefinition]
    why: str
    queries: frozenset[str]
    rank: int = 0
    refines: bool = False
    direct: frozenset[str] = frozenset()
    whys: tuple[tuple[str, str], ...] = ()

    def why_for(self, query: str) -> str:
        """Why it looks so for one of its queries."""
        return dict(self.whys).get(query, self.why)

    @property
    def order(self) -> tuple[str, ...]:
        """What candidates are sorted by, so that every run of the search is the same."""
        return tuple(sorted(index.ddl() for index in self.indexes))
