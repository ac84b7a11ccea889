"""The shadow: an empty PostgreSQL of our own that plans as if it were the target."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from dbaudit.errors import QueryError, ShadowError
from dbaudit.identifiers import qualified
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.candidates import (
    Candidate,
    create_index,
    estimate_filling,
    finish_candidates,
    set_planner_counts,
)
from dbaudit.shadow.expression_statistics import restore_expression_statistics
from dbaudit.shadow.filling import Filled, fill
from dbaudit.shadow.index_facts import Filling
from dbaudit.shadow.plan_names import plan_name, renamed
from dbaudit.shadow.planner import PlanJson
from dbaudit.shadow.ranges import NO_ENDS, twin_candidates
from dbaudit.shadow.restore import Failure
from dbaudit.shadow.sampler import Sampler
from dbaudit.shadow.shaping import RelationFile, apply_shapes, empty_tables
from dbaudit.shadow.source import RelationName
from dbaudit.shadow.sql import statement
from dbaudit.shadow.stand_ins import DATABASE
from dbaudit.shadow.switches import IndexSwitches
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import connect_shadow, run, what_if

#: Nothing may change what was set up, and nothing is worth keeping. Little memory, few processes.
SERVER_SETTINGS: Mapping[str, str] = {
    **THROWAWAY,
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "10",
    "shared_buffers": "16MB",
    "io_method": "sync",
    "lc_messages": "C",
}

_NOT_RUNNING = "the shadow is not running; use it as a context manager"

INITDB = ("--no-data-checksums", "--no-locale")


def new_cluster() -> Cluster:
    """A cluster fit for a shadow, not yet made."""
    return Cluster(settings=SERVER_SETTINGS, initdb=INITDB)


class Shadow:
    """The Planner on an empty server of our own that believes it is as large as the target.

    `tables` are the (schema, name) that the queries touch; what they depend on comes along.
    `settings` overrides planner settings that are otherwise read from the target; `cluster` is a
    `new_cluster` that may be made already, and is removed with the shadow; `sampler` makes sizes
    true where the planner's estimates of rows and distinct keys are not. A context manager;
    entering raises ShadowError or TargetError. After leaving, nothing is left.
    """

    kind = "shadow"

    def __init__(
        self,
        target: PostgresTarget,
        tables: Collection[RelationName],
        settings: Mapping[str, str] | None = None,
        cluster: Cluster | None = None,
        sampler: Sampler | None = None,
    ) -> None:
        self._sampler = sampler
        self._target = target
        self._tables = frozenset(tables)
        self._overrides = dict(settings or {})
        self._cluster = cluster or new_cluster()
        self._connection = ExitStack()
        self._candidates: dict[IndexDefinition, Candidate] = {}
        self._plan_names: dict[IndexDefinition, tuple[str, ...]] = {}
        self._switches = IndexSwitches()
        self._numbers = itertools.count(1)
        self._files: list[RelationFile] = []
        self._calls = 0
        self._open_session: Session | None = None
        self._contents: Filled | None = None
        self._ends = NO_ENDS

    def __enter__(self) -> Self:
        try:
            self._cluster.start()
            self._contents = fill(self._cluster, self._target, self._tables)
            self._files = list(self._contents.files)
            self._ends = self._contents.ends
            self._reshape()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    @property
    def version(self) -> str:
        """The version of the shadow's server."""
        return self._session.version

    @property
    def what_if_calls(self) -> int:
        """How many times `plan` asked the planner."""
        return self._calls

    @property
    def uncovered(self) -> Mapping[RelationName, str]:
        """The tables that were asked for and are not in the shadow, each with the reason."""
        return self._filled.not_covered

    @property
    def failures(self) -> Sequence[Failure]:
        """What the dump held and the shadow refused."""
        return self._filled.failures

    @property
    def limits(self) -> Sequence[str]:
        """What the shadow lacks of its tables, one line each: plans may differ where it counts."""
        return self._filled.limits

    def prepare(self, candidates: Sequence[IndexDefinition]) -> Mapping[IndexDefinition, str]:
        """Make the candidates as empty indexes, switched off; the refused ones and why."""
        refused: dict[IndexDefinition, str] = {}
        fillings: dict[IndexDefinition, dict[int, Filling]] = {}
        heap_pages = {file.oid: file.size.pages for file in self._files if file.is_table}
        new = [d for d in dict.fromkeys(candidates) if d not in self._candidates]
        # Plans hang on the expressions, and the time for samples may be over before the sizes.
        expressions = self._sampler.expressions(new) if self._sampler and new else {}
        samples = self._sampler.sample(new) if self._sampler and new else {}
        self._switches.set(self._session)
        for definition in new:
            with _refusal(definition, refused):
                fillings[definition] = estimate_filling(
                    self._session, definition, heap_pages, samples.get(definition, {})
                )
        if not fillings:
            return refused
        counts = run(self._session, statement("planner_counts"))
        with self._stopped():
            empty_tables(self._cluster.data, self._files)
        names: dict[IndexDefinition, str] = {}
        for definition in fillings:
            with _refusal(definition, refused):
                name = self._free_name(definition)
                create_index(self._session, name, definition)
                names[definition] = name
        version_num = self._filled.source.version_num
        for candidate in finish_candidates(self._session, names, fillings, version_num):
            self._candidates[candidate.definition] = candidate
            self._files.extend(candidate.files)
        oids = {definition: self._candidates[definition].oids for definition in names}
        self._ends = twin_candidates(self._session, oids, self._ends)
        set_planner_counts(self._session, counts)
        made = [self._candidates[definition] for definition in names]
        restore_expression_statistics(self._session, made, expressions)
        self._name_in_plans(names)
        self._reshape()
        return refused

    def _name_in_plans(self, new: Collection[IndexDefinition]) -> None:
        """Give the new candidates names of their own; those of partitions' indexes are as made."""
        tree = "select oid, relname from pg_catalog.pg_class where oid = any(%s::oid[])"
        oids = [oid for index in new for oid in self._candidate(index).oids]
        relnames: dict[int, str] = dict(run(self._session, tree, (oids,)))
        taken = {name for names in self._plan_names.values() for name in names}
        for index in new:
            candidate = self._candidate(index)
            own = plan_name(index, taken)
            taken.add(own)
            below = {relnames[oid] for oid in candidate.oids} - {candidate.name}
            self._plan_names[index] = (own, *sorted(below))

    def size_bytes(self, index: IndexDefinition) -> int:
        """The estimated size on disk of a prepared candidate."""
        return self._candidate(index).size_bytes

    def plan_names(self, index: IndexDefinition) -> Collection[str]:
        """The names under which a prepared candidate stands in plans, first its own, then those of
        its partitions' indexes."""
        return self._plan_names[index]

    def plan(
        self,
        query: BoundQuery,
        indexes: Collection[IndexDefinition] = (),
        hidden: Collection[RelationName] = (),
    ) -> PlanJson:
        """The plan with these candidates and without these existing indexes.

        A candidate stands in the plan under the first of its `plan_names`.
        """
        self._calls += 1
        chosen = [self._candidate(index) for index in indexes]
        self._switches.set(
            self._session,
            on=[oid for candidate in chosen for oid in candidate.oids],
            hidden=[oid for name in hidden for oid in self._index_oids(name)],
        )
        plan = what_if(self._session, query, self._filled.role)
        return renamed(plan, {c.name: self._plan_names[c.definition][0] for c in chosen})

    def verbose_plan(self, query: BoundQuery) -> PlanJson:
        """The plan as things are, as EXPLAIN (VERBOSE) gives it."""
        self._calls += 1
        options = ExplainOptions(verbose=True)
        self._switches.set(self._session)
        return what_if(self._session, query, self._filled.role, options)

    def not_covered(self, query: BoundQuery) -> str | None:
        """Why this query cannot be planned here, or None."""
        try:
            self._switches.set(self._session)
            what_if(self._session, query, self._filled.role)
        except QueryError as error:
            message = str(error)
            for (schema, name), reason in self.uncovered.items():
                if name in message:
                    return f"{schema}.{name} is not in the shadow: {reason}"
            return message
        return None

    @property
    def _filled(self) -> Filled:
        if self._contents is None:
            raise ShadowError(_NOT_RUNNING)
        return self._contents

    @property
    def _session(self) -> Session:
        if self._open_session is None:
            raise ShadowError(_NOT_RUNNING)
        return self._open_session

    def _reshape(self) -> None:
        with self._stopped():
            apply_shapes(self._cluster.data, self._files, self._ends)

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """The server at rest, its files to be shaped; then it runs again with a session."""
        self._disconnect()
        self._cluster.stop()
        yield
        self._cluster.start()
        session = self._connection.enter_context(connect_shadow(self._cluster.dsn(DATABASE)))
        self._open_session = session
        _apply_settings(session, {**self._filled.source.settings, **self._overrides})

    def _disconnect(self) -> None:
        self._open_session = None
        self._connection.close()

    def _leave(self) -> None:
        self._disconnect()
        self._cluster.remove()

    def _candidate(self, index: IndexDefinition) -> Candidate:
        if index not in self._candidates:
            raise ShadowError(f"the candidate {index.name} was not prepared; prepare it first")
        return self._candidates[index]

    def _index_oids(self, name: RelationName) -> list[int]:
        full_name = qualified(*name)
        return [row[0] for row in run(self._session, statement("index_tree"), (full_name,) * 2)]

    def _free_name(self, definition: IndexDefinition) -> str:
        for number in self._numbers:
            name = f"dbaudit candidate {number}"
            full_name = qualified(definition.schema, name)
            if run(self._session, "select to_regclass(%s) is null", (full_name,))[0][0]:
                return name
        raise AssertionError("the numbers do not end")


@contextmanager
def _refusal(definition: IndexDefinition, refused: dict[IndexDefinition, str]) -> Iterator[None]:
    """Record the server's message when it refuses the candidate."""
    try:
        yield
    except QueryError as error:
        refused[definition] = str(error)


def _apply_settings(session: Session, settings: Mapping[str, str]) -> None:
    """Set what this server knows and lets be set in a session; the rest has no say in a plan."""
    settable: set[Any] = {
        name
        for (name,) in run(
            session,
            "select name from pg_catalog.pg_settings where context in ('user', 'superuser')",
        )
    }
    for name, value in settings.items():
        if name in settable:
            run(session, "select set_config(%s, %s, false)", (name, value))
