"""What is checked before anything is built: can it be done, is it there already, who is in the way?

`preflight` looks at a whole plan, before the question whether to apply it; `check_index` and
`standing_concerns` look again right before each build. Who is at work on the table changes from
moment to moment: right before a build that is not told, but waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dbaudit.advise.advice import AdvisedDrop, AdvisedIndex
from dbaudit.advise.plan_file import Plan
from dbaudit.errors import ApplyError, QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.partitions import partitions, tree_problem
from dbaudit.migrate.catalog import (
    IndexFacts,
    TableFacts,
    canonical_tail,
    find_index,
    find_table,
)
from dbaudit.migrate.ddl import parse_create
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.preflight.concerns import Concern
from dbaudit.migrate.preflight.replicas import replica_concerns
from dbaudit.migrate.preflight.space import (
    BuildLimits,
    build_limits,
    memory_concerns,
    need_of,
    space_concerns,
    worker_concerns,
)
from dbaudit.migrate.preflight.surroundings import snapshot_concerns, table_concerns
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

#: `build` it; `replace` the invalid left-over of its name first; `resume` the unfinished index of a
#: partitioned table; `skip` it; or it cannot be built.
Decision = Literal["build", "replace", "resume", "skip", "fail"]

_INSUFFICIENT_PRIVILEGE = "42501"
_LOCK_NOT_AVAILABLE = "55P03"
#: Versions whose concurrent builds miss rows that are updated meanwhile (release notes of 14.4).
_CORRUPTING_VERSIONS = range(140000, 140004)
_ORDINARY_TABLE, _PARTITIONED_TABLE, _MATERIALIZED_VIEW = "r", "p", "m"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What to do about one index, and why; `table_oid` is 0 where there is no table.

    `tail` is the definition behind the table's name as the server writes it, where it would say.
    `is_locked` says that it failed for a lock that may be gone soon.
    """

    decision: Decision
    reason: str = ""
    table_oid: int = 0
    is_partitioned: bool = False
    tail: str | None = None
    is_locked: bool = False


def check_target(session: Session) -> None:
    """Raise ApplyError when nothing can be changed on this server."""
    ((in_recovery, read_only),) = session.rows(
        "select pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'"
    )
    if in_recovery:
        raise ApplyError(
            f"{session.host} is a standby, where nothing can be built; apply to its primary"
        )
    if read_only:
        raise ApplyError(
            f"the role {session.user} works with default_transaction_read_only = on; "
            "apply as a role that may write"
        )


def preflight(session: Session, plan: Plan, options: ApplyOptions) -> tuple[Concern, ...]:
    """All that speaks against a plan, or should be known before it is applied.

    Raises ApplyError when nothing can be changed on this server at all.
    """
    check_target(session)
    checks = [(index, check_index(session, index)) for index in plan.indexes]
    concerns = [concern for pair in checks for concern in _index_concerns(*pair)]
    to_build = [pair for pair in checks if pair[1].decision not in {"fail", "skip"}]
    if to_build:
        concerns += _build_concerns(session, to_build, options)
    for drop in plan.drops:
        concerns += _drop_concerns(session, drop, options)
    return tuple(concerns)


def _build_concerns(
    session: Session, builds: Sequence[tuple[AdvisedIndex, Preflight]], options: ApplyOptions
) -> Iterator[Concern]:
    limits = build_limits(session)
    memory = _memory_bytes(limits, options)
    needs = [need_of(session, index, check.table_oid, limits, memory) for index, check in builds]
    too_large = list(space_concerns(needs, limits))
    yield from too_large
    refused = {concern.subject for concern in too_large if concern.severity == "refusal"}
    left = [need for need in needs if need.name not in refused]
    for need in left:
        yield from memory_concerns(need, limits, options, memory)
    yield from worker_concerns(options, limits, memory)
    yield from replica_concerns(session, sum(need.index_bytes for need in left))
    tables = {check.table_oid: qualified(index.schema, index.table) for index, check in builds}
    told = set()
    for oid, table in tables.items():
        oids = [partition.oid for partition in partitions(session, oid)] or [oid]
        for concern in table_concerns(session, table, oids, "build", options):
            told.add(concern.message)
            yield concern
    for concern in snapshot_concerns(session, options):
        if concern.message not in told:  # the same transaction may hold a lock on a table too
            yield concern


def standing_concerns(
    session: Session, index: AdvisedIndex, check: Preflight, options: ApplyOptions
) -> tuple[Concern, ...]:
    """What speaks against one build whoever is at work: space, memory, standbys and slots."""
    limits = build_limits(session)
    memory = _memory_bytes(limits, options)
    need = need_of(session, index, check.table_oid, limits, memory)
    return (
        *space_concerns([need], limits),
        *memory_concerns(need, limits, options, memory),
        *worker_concerns(options, limits, memory),
        *replica_concerns(session, need.index_bytes),
    )


def _memory_bytes(limits: BuildLimits, options: ApplyOptions) -> int:
    return options.maintenance_work_mem_bytes or limits.maintenance_work_mem_bytes


def _index_concerns(index: AdvisedIndex, check: Preflight) -> Iterator[Concern]:
    if check.decision == "fail":
        yield Concern("refusal", index.name, check.reason)
    elif check.decision == "skip":
        yield Concern("warning", index.name, f"it is {check.reason}; nothing is done")
    elif check.reason:
        yield Concern("warning", index.name, check.reason)


def _drop_concerns(session: Session, drop: AdvisedDrop, options: ApplyOptions) -> Iterator[Concern]:
    facts = find_index(session, drop.schema, drop.name)
    if facts is None:
        yield Concern("warning", drop.name, "there is no such index; nothing is done")
    elif facts.table_oid is not None:
        yield from table_concerns(session, drop.name, [facts.table_oid], "drop", options)


def check_index(session: Session, index: AdvisedIndex) -> Preflight:
    """Whether an index can be built; the server itself is asked whether its definition is right."""
    if session.version_num in _CORRUPTING_VERSIONS:
        return Preflight(
            "fail",
            f"PostgreSQL {session.version} can corrupt what it builds concurrently; update the "
            "server to 14.4 or later first",
        )
    table = find_table(session, index.schema, index.table)
    problem = _table_problem(session, index, table) if table else _missing(index)
    if problem or table is None:
        return Preflight("fail", problem)
    if builders := session.rows(sql_file("builds_in_progress"), (table.oid,)):
        return Preflight(
            "fail",
            f"process {builders[0][0]} is building an index on "
            f"{qualified(index.schema, index.table)}; run it again afterwards",
        )
    existing = find_index(session, index.schema, index.name)
    if existing and not existing.is_index:
        name = qualified(index.schema, index.name)
        return Preflight(
            "fail", f"the name {name} is taken by a table, view or sequence; rename it"
        )
    try:
        tail = canonical_tail(session, index.schema, parse_create(index.ddl))
    except QueryError as error:
        if error.sqlstate == _LOCK_NOT_AVAILABLE:
            return Preflight(
                "fail",
                f"{qualified(index.schema, index.table)} is locked even against readers, or "
                "somebody waits for that; run it again when it is free",
                is_locked=True,
            )
        if error.sqlstate != _INSUFFICIENT_PRIVILEGE:
            return Preflight("fail", f"the server does not take its definition: {error}")
        tail = None  # no temporary tables for this role: a definition cannot be compared
    found = _against(index, existing, tail) if existing else Preflight("build")
    return replace(
        found,
        table_oid=table.oid,
        is_partitioned=table.relkind == _PARTITIONED_TABLE,
        tail=tail,
    )


def _missing(index: AdvisedIndex) -> str:
    return f"there is no table {qualified(index.schema, index.table)}; was it renamed or dropped?"


def _table_problem(session: Session, index: AdvisedIndex, table: TableFacts) -> str:
    name = qualified(index.schema, index.table)
    if table.relkind not in {_ORDINARY_TABLE, _PARTITIONED_TABLE, _MATERIALIZED_VIEW}:
        return f"{name} is neither a table nor a materialized view"
    if not table.is_owner:
        return (
            f"the role {session.user} does not own {name} ({table.owner} does); "
            f"apply as {table.owner} or a member of it"
        )
    if not table.may_create:
        return f"the role {session.user} may not create in the schema {index.schema}; grant CREATE"
    if table.relkind == _PARTITIONED_TABLE:
        problem = tree_problem(session, partitions(session, table.oid))
        return f"{name} is partitioned, and {problem}" if problem else ""
    return ""


def _against(index: AdvisedIndex, existing: IndexFacts, tail: str | None) -> Preflight:
    """What to do when the name is taken."""
    name = qualified(index.schema, index.name)
    on_table = (existing.table_schema, existing.table) == (index.schema, index.table)
    if not on_table or existing.definition is None:
        taken = f"the name {name} is taken by an index on {existing.table}; rename the new one"
        return Preflight("fail", taken)
    if not existing.is_valid and not existing.is_partitioned:
        return Preflight("replace", "an invalid left-over of this name is dropped first")
    if tail is None:
        return Preflight(
            "fail",
            f"the name {name} is taken, and without the privilege TEMPORARY on the database its "
            "definition cannot be compared; rename the new index",
        )
    found = parse_create(existing.definition)
    wanted = parse_create(index.ddl)
    if (found.tail, found.unique) == (tail, wanted.unique):
        if not existing.is_valid:
            return Preflight("resume", "some partitions have it already")
        return Preflight("skip", "already there with the same definition")
    return Preflight(
        "fail",
        f"the name {name} is taken by another definition: {existing.definition}; "
        "rename the new index",
    )
