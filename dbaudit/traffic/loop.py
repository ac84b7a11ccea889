"""A loop: one statement sent again and again where one statement could have asked for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dbaudit.findings import Confidence
from dbaudit.traffic.shape import Shape
from dbaudit.traffic.totals import Example


class LoopKind(StrEnum):
    """What a loop does.

    `N_PLUS_ONE`: for each row of a query others that look up by its key. `ROW_BY_ROW_WRITE`: rows
    inserted, updated or deleted one at a time. `REPEATED_QUERY`: the same query with the same
    values.
    """

    N_PLUS_ONE = "n_plus_one"
    ROW_BY_ROW_WRITE = "row_by_row_write"
    REPEATED_QUERY = "repeated_query"


#: What makes two loops one pattern: kind, fingerprints of parent and children, place.
LoopKey = tuple[LoopKind, str | None, tuple[str, ...], str | None]
#: How often each statement of a loop ran, by fingerprint.
Turns = Counter[str]


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """What counts as a loop.

    `executions`: of a statement, at least; fewer cost too little, and in a server's log two or
    three of one kind stand together by chance.
    `keys`: different values of the key, at least. `longest_gap_ms`: the application's own time
    between two statements of one loop; more is other work, or another request: a lazy load takes
    one round trip, at most some 80 ms between continents, and whoever computes for longer between
    two statements gains little by a batch. `tight_gap_ms`: where neither request nor transaction
    are known, the median gap must not be longer for a loop to be likely: a session of a connection
    pool serves one request after another, with gaps in between that are rarely so short.
    `foreign_share`: such a loop may hold so many statements that do not belong to it, and of its
    turns `alike_share` at least must be made of the same statements.
    `longest_orphan`: no page sends more lookups than this without a query before them that gave the
    keys; what goes on for longer is traffic.
    """

    executions: int = 5
    keys: int = 3
    longest_gap_ms: float = 100.0
    tight_gap_ms: float = 20.0
    foreign_share: float = 0.4
    alike_share: float = 0.4
    longest_orphan: int = 1000


@dataclass(frozen=True, slots=True)
class Loop:
    """One occurrence of a loop.

    `parent` is the query before it that seems to have given the keys, None where none did.
    `children` are the statements of one turn in order (two of them: 2N+1); `turns` is how often
    each ran, by fingerprint, `executions` how often all were sent, `total_ms` their time. `keys`
    counts the different keys, None where values are not told; `parent_rows` are the rows of the
    parent where the source tells. `is_one_unit` says that the loop is known to be within one
    request or transaction. `hidden` are those of the children that no client sent: a trigger or
    function did. `libraries` and `loads` are what a trace tells of how it was sent and what an ORM
    loads by it. `examples` are the first executions of each child. `may_be_pipeline` says that its
    rows may have been sent together.
    """

    kind: LoopKind
    parent: Shape | None
    children: tuple[Shape, ...]
    turns: Turns
    executions: int
    total_ms: float
    child_ms: Mapping[str, float]
    session: str
    request: str | None
    keys: int | None
    parent_rows: int | None
    is_one_unit: bool
    confidence: Confidence
    places: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    parent_example: Example | None = None
    examples: tuple[Example, ...] = ()
    may_be_pipeline: bool = False

    @property
    def times(self) -> int:
        """How often it turned: as often as the most frequent of its statements ran."""
        return max(self.turns.values())

    @property
    def key(self) -> LoopKey:
        """What it has in common with other loops of its pattern."""
        return (
            self.kind,
            self.parent.fingerprint if self.parent else None,
            tuple(sorted(child.fingerprint for child in self.children)),
            self.places[0] if self.places else None,
        )

    @property
    def is_alone(self) -> bool:
        """Whether rows are looked up that no query gave, as far as it is known."""
        return self.kind is LoopKind.N_PLUS_ONE and self.parent is None

    @property
    def parent_matches(self) -> bool:
        """Whether the parent gave as many rows as there were turns, or different keys."""
        return self.parent_rows is not None and self.parent_rows in (self.times, self.keys)
