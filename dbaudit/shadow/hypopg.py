"""What-if plans by the HypoPG extension on the target itself: the target's own planner.

https://hypopg.readthedocs.io: hypothetical indexes live in one session and write nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from dbaudit.errors import QueryError, ShadowError
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.plan_names import plan_name, renamed
from dbaudit.shadow.planner import PlanJson
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import Session

#: Access methods whose costs HypoPG can tell without an index (hypopg_index.c; bloom is not ours).
METHODS = frozenset({"btree", "brin", "hash"})

#: hypopg_hide_index() came with 1.4.
HIDING_VERSION = (1, 4)


class HypoPG:
    """The Planner on a session of the target. Entering raises ShadowError without the extension."""

    kind = "hypopg"

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sizes: dict[IndexDefinition, int] = {}
        self._names: dict[IndexDefinition, str] = {}
        self._calls = 0
        self._extension: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        rows = self._session.rows("select extversion from pg_extension where extname = 'hypopg'")
        if not rows:
            raise ShadowError(
                "the extension hypopg is not installed in this database; "
                "run CREATE EXTENSION hypopg there, or use --planner shadow"
            )
        self._extension = tuple(int(part) for part in rows[0][0].split("."))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._session.rows("select hypopg_reset()")

    @property
    def version(self) -> str:
        """The target's version: it is the target's planner."""
        return self._session.version

    @property
    def what_if_calls(self) -> int:
        """How many times `plan` asked the planner."""
        return self._calls

    @property
    def limits(self) -> Sequence[str]:
        """None: it is the target's planner."""
        return ()

    def prepare(self, candidates: Sequence[IndexDefinition]) -> Mapping[IndexDefinition, str]:
        """Learn the candidates' sizes; the refused ones and why."""
        refused: dict[IndexDefinition, str] = {}
        for definition in candidates:
            if definition.method not in METHODS:
                refused[definition] = (
                    f"HypoPG cannot try {definition.method} indexes; use --planner shadow"
                )
                continue
            try:
                with self._hypothetical([definition]) as made:
                    ((oid, _),) = made
                    size = self._session.rows("select hypopg_relation_size(%s::oid)", (oid,))
                    self._sizes[definition] = int(size[0][0])
                    self._names[definition] = plan_name(definition, self._names.values())
            except QueryError as error:
                refused[definition] = str(error)
        return refused

    def size_bytes(self, index: IndexDefinition) -> int:
        """HypoPG's own estimate of a prepared candidate's size."""
        if index not in self._sizes:
            raise ShadowError(f"the candidate {index.name} was not prepared; prepare it first")
        return self._sizes[index]

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        """The one name under which a prepared candidate stands in plans."""
        return (self._names[index],)

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[tuple[str, str]] = (),
    ) -> PlanJson:
        """The plan with these candidates and without these existing indexes.

        Raises ShadowError when an index is to be hidden and HypoPG is older than 1.4.
        """
        self._calls += 1
        ordered = list(indexes)
        with self._hypothetical(ordered) as made, self._hidden(hidden):
            document = explain(self._session, query, ExplainOptions())
        names = {made_name: self._names[i] for i, (_, made_name) in zip(ordered, made, strict=True)}
        return renamed(document["Plan"], names)

    def verbose_plan(self, query: BoundQuery) -> PlanJson:
        """The plan as things are, as EXPLAIN (VERBOSE) gives it."""
        self._calls += 1
        plan: PlanJson = explain(self._session, query, ExplainOptions(verbose=True))["Plan"]
        return plan

    def not_covered(self, query: BoundQuery) -> str | None:
        """Why the target cannot plan it, or None."""
        try:
            explain(self._session, query, ExplainOptions())
        except QueryError as error:
            return str(error)
        return None

    @contextmanager
    def _hypothetical(self, indexes: Sequence[IndexDefinition]) -> Iterator[list[tuple[int, str]]]:
        """The indexes' OIDs and names while they exist; they outlive transactions, not this."""
        made = []
        try:
            for index in indexes:
                ddl = index.ddl(concurrently=False)
                row = self._session.rows(
                    "select indexrelid, indexname from hypopg_create_index(%s)", (ddl,)
                )[0]
                made.append((int(row[0]), str(row[1])))
            yield made
        finally:
            for oid, _ in made:
                self._session.rows("select hypopg_drop_index(%s::oid)", (oid,))

    @contextmanager
    def _hidden(self, names: Collection[tuple[str, str]]) -> Iterator[None]:
        if names and self._extension < HIDING_VERSION:
            version = ".".join(str(part) for part in self._extension)
            raise ShadowError(
                f"HypoPG {version} cannot hide indexes (1.4 can); use --planner shadow"
            )
        for name in names:
            self._session.rows("select hypopg_hide_index(%s::regclass)", (qualified(*name),))
        try:
            yield
        finally:
            if names:
                self._session.rows("select hypopg_unhide_all_indexes()")
