"""Loops of the same statements summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from dbaudit.findings import Confidence
from dbaudit.traffic.loop import Loop, LoopKey, LoopKind
from dbaudit.traffic.shape import WRITES, Shape
from dbaudit.traffic.shapes import Step
from dbaudit.traffic.totals import Example, example

#: Patterns that are told apart; of more, those with the fewest executions are let go and counted.
MAX_PATTERNS = 5_000
#: Different sizes, sessions, requests, routes and places that are kept of one pattern.
MAX_DIFFERENT = 1_000
_LOW_TO_HIGH = (Confidence.POSSIBLE, Confidence.LIKELY, Confidence.CERTAIN)
#: A place alone may be an accident of one test or request; the second time it is none.
_REPEATED = 2

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class LoopPattern:
    """A loop that occurred once or often.

    `children` are the statements of one turn in the order of their first occurrence, `child_ms`
    their times by fingerprint. `executions` are the children's in all, `largest` and `typical` (the
    median) how many turns an occurrence had. `total_ms` is the children's time, `share` its part of
    all time that was seen, 0 to 1, None where no time is known. `round_trips_saved` estimates what
    one statement for each child and occurrence would leave out. `sessions` and `requests` count
    different ones, up to MAX_DIFFERENT. `routes`, `places`, `libraries` and `loads` (see Execution)
    are those told, the most frequent first. `parent_matches` counts the occurrences whose parent is
    known to have given a row for each turn. `hidden` are fingerprints of children that a trigger or
    function sent. `sessions` is 0 where counters alone tell of it, and `parent_rows` then what the
    parent returned in all. `may_be_pipeline` says that most executions may have been sent
    together, as executemany() may send rows; it is never more than possible then.
    """

    kind: LoopKind
    parent: Shape | None
    children: tuple[Shape, ...]
    occurrences: int
    executions: int
    largest: int
    typical: int
    total_ms: float
    share: float | None
    sessions: int
    requests: int
    routes: tuple[str, ...]
    places: tuple[str, ...]
    parent_matches: int
    confidence: Confidence
    libraries: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    parent_example: Example | None = None
    examples: tuple[Example, ...] = ()
    child_ms: Mapping[str, float] = field(default_factory=dict)
    parent_rows: int | None = None
    may_be_pipeline: bool = False

    @property
    def costliest(self) -> Shape:
        """The child that took most time; of a loop of writes the write that did."""
        is_write = self.kind is LoopKind.ROW_BY_ROW_WRITE
        writes = [child for child in self.children if is_write and child.kind in WRITES]
        return max(
            writes or self.children, key=lambda child: self.child_ms.get(child.fingerprint, 0.0)
        )

    @property
    def round_trips_saved(self) -> int:
        """How many statements need not have been sent."""
        sent = len(self.children) - len(self.hidden)
        return max(0, self.executions - self.occurrences * sent)


@dataclass(slots=True)
class _Sums:
    """A pattern while it is summed up; `loop` is its occurrence that began with most turns."""

    loop: Loop
    times: int
    occurrences: int = 0
    executions: int = 0
    total_ms: float = 0.0
    parent_matches: int = 0
    confidence: Confidence = Confidence.POSSIBLE
    is_in_one_unit: bool = False
    pipelined: int = 0
    child_ms: dict[str, float] = field(default_factory=dict)
    sizes: Counter[int] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    routes: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    libraries: Counter[str] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=Counter)

    def merge(self, other: _Sums) -> None:
        """Add the sums of the same pattern."""
        self.occurrences += other.occurrences
        self.executions += other.executions
        self.total_ms += other.total_ms
        for child, ms in other.child_ms.items():
            self.child_ms[child] = self.child_ms.get(child, 0.0) + ms
        self.parent_matches += other.parent_matches
        self.confidence = max(self.confidence, other.confidence, key=_LOW_TO_HIGH.index)
        self.is_in_one_unit |= other.is_in_one_unit
        self.pipelined += other.pipelined
        if other.times > self.times:
            self.loop, self.times = other.loop, other.times
        for ours, theirs in (
            (self.routes, other.routes),
            (self.places, other.places),
            (self.libraries, other.libraries),
            (self.loads, other.loads),
        ):
            _count(ours, theirs)
        _count(self.sizes, other.sizes)
        _gather(self.sessions, other.sessions)
        _gather(self.requests, other.requests)

    def pattern(self, all_ms: float) -> LoopPattern:
        """The pattern as it is now."""
        return LoopPattern(
            kind=self.loop.kind,
            parent=self.loop.parent,
            children=self.loop.children,
            occurrences=self.occurrences,
            executions=self.executions,
            largest=max(self.sizes),
            typical=_median(self.sizes),
            total_ms=self.total_ms,
            share=min(1.0, self.total_ms / all_ms) if all_ms > 0 else None,
            sessions=len(self.sessions),
            requests=len(self.requests),
            routes=_frequent(self.routes),
            places=_frequent(self.places),
            libraries=_frequent(self.libraries),
            loads=_frequent(self.loads),
            parent_matches=self.parent_matches,
            confidence=self._judged(),
            hidden=self.loop.hidden,
            parent_example=self.loop.parent_example,
            examples=self.loop.examples,
            child_ms=self.child_ms,
            may_be_pipeline=self._may_be_pipeline,
        )

    @property
    def _may_be_pipeline(self) -> bool:
        return 2 * self.pipelined > self.executions

    def _judged(self) -> Confidence:
        """CERTAIN only where the place in the code is known and it was seen more than once."""
        if self._may_be_pipeline:
            return Confidence.POSSIBLE
        is_certain = (
            self.confidence is not Confidence.POSSIBLE
            and self.places
            and self.occurrences >= _REPEATED
            and (self.is_in_one_unit or self.parent_matches >= _REPEATED)
        )
        return Confidence.CERTAIN if is_certain else self.confidence


@dataclass(slots=True)
class LoopPatterns:
    """All loops, summed up by pattern; `let_go` counts patterns that were too many to keep.

    Those of several workers can be merged.
    """

    sums: dict[LoopKey, _Sums] = field(default_factory=dict)
    let_go: int = 0

    def add(self, loop: Loop) -> None:
        """Add one occurrence, as far as it is known."""
        self._add(loop.key, _one(loop, loop.times))
        self.lengthen(loop.key, 0, loop.times)

    def add_rest(self, loop: Loop) -> None:
        """Add what goes on of an occurrence; `lengthen` tells how long it is."""
        self._add(loop.key, _one(loop, 0))

    def lengthen(self, key: LoopKey, before: int, times: int) -> None:
        """An occurrence that had so many turns `before`, 0 for a new one, has `times` in all."""
        known = self.sums.get(key)
        if known is not None:
            known.occurrences += not before
            if before:
                known.sizes[before] -= 1
                known.sizes += Counter()
            _count(known.sizes, Counter({times: 1}))

    def _add(self, key: LoopKey, found: _Sums) -> None:
        known = self.sums.get(key)
        if known is None:
            self._make_room()
            self.sums[key] = found
        else:
            known.merge(found)

    def led_by(
        self, unknown: str, parent: Step | None, known: Iterable[LoopKey]
    ) -> dict[LoopKey, LoopKey | None]:
        """Put a parent in the place of one that was not known; the new keys by the old.

        Without one, what goes on of a `known` loop is of its kind, and writes are what they were;
        what else is led by nothing goes on for too long to be a loop, and its new key is None.
        """
        kinds = {key[2:]: key[0] for key in known if key[1] is None}
        keys = [key for key in self.sums if key[1] == unknown]
        return {key: self._led_by(key, parent, kinds.get(key[2:])) for key in keys}

    def _led_by(self, key: LoopKey, parent: Step | None, kind: LoopKind | None) -> LoopKey | None:
        sums = self.sums.pop(key)
        loop = sums.loop
        if parent is not None:
            shape, rows = parent[0].form.shape, parent[1].told.rows
            told = example(*parent)
            sums.loop = replace(loop, parent=shape, parent_rows=rows, parent_example=told)
        else:
            if kind is None and any(child.kind not in WRITES for child in loop.children):
                return None
            kind = kind or LoopKind.ROW_BY_ROW_WRITE
            sums.loop = replace(loop, kind=kind, parent=None, parent_example=None)
            sums.confidence = Confidence.POSSIBLE
        self._add(sums.loop.key, sums)
        return sums.loop.key

    def merge(self, other: LoopPatterns) -> None:
        """Add what another worker has found; `other` must not be used any more."""
        self.let_go += other.let_go
        for key, theirs in other.sums.items():
            self._add(key, theirs)

    def patterns(self, all_ms: float = 0.0) -> tuple[LoopPattern, ...]:
        """The patterns, those that took most time first; `all_ms` is the time of everything."""
        told = [sums.pattern(all_ms) for sums in self.sums.values()]
        return tuple(sorted(told, key=lambda p: (-p.total_ms, -p.executions, p.children[0].text)))

    def _make_room(self) -> None:
        if len(self.sums) < MAX_PATTERNS:
            return
        by_size = sorted(self.sums, key=lambda key: self.sums[key].executions)
        for key in by_size[: MAX_PATTERNS // 2]:
            del self.sums[key]
            self.let_go += 1


def _one(loop: Loop, times: int) -> _Sums:
    return _Sums(
        loop=loop,
        times=times,
        executions=loop.executions,
        total_ms=loop.total_ms,
        parent_matches=int(loop.parent_matches),
        confidence=loop.confidence,
        is_in_one_unit=loop.is_one_unit,
        pipelined=loop.executions if loop.may_be_pipeline else 0,
        child_ms=dict(loop.child_ms),
        sessions={loop.session},
        requests={loop.request} if loop.request is not None else set(),
        routes=Counter(loop.routes),
        places=Counter(loop.places),
        libraries=Counter(loop.libraries),
        loads=Counter(loop.loads),
    )


def _count(ours: Counter[K], theirs: Counter[K]) -> None:
    for key, count in theirs.items():
        if key in ours or len(ours) < MAX_DIFFERENT:
            ours[key] += count


def _gather(ours: set[str], theirs: set[str]) -> None:
    if len(ours) < MAX_DIFFERENT:
        ours |= theirs


def _frequent(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in counted.most_common())


def _median(sizes: Counter[int]) -> int:
    left = sizes.total() / 2
    for size in sorted(sizes):
        left -= sizes[size]
        if left <= 0:
            return size
    return max(sizes)
