"""The steps of `apply` on one index: build it, take it back, drop it, put it back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dbaudit.advise.advice import AdvisedDrop, AdvisedIndex
from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.build.build import build, drop, drop_invalid, leaves_something
from dbaudit.migrate.build.partitioned import adoptable, build_members, create_parent
from dbaudit.migrate.build.partitions import PartitionIndex
from dbaudit.migrate.catalog import IndexFacts, find_index, find_table, table_rows
from dbaudit.migrate.ddl import CreateIndex, parse_create
from dbaudit.migrate.definition import Definition, definition_of, from_detail, restore
from dbaudit.migrate.events import Warned
from dbaudit.migrate.ledger.entries import Step
from dbaudit.migrate.ledger.history import Key
from dbaudit.migrate.outcome import DropOutcome, IndexOutcome, IndexVerdict
from dbaudit.migrate.preflight.preflight import Preflight, check_index, standing_concerns
from dbaudit.migrate.removal import remove
from dbaudit.migrate.run import Run

_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Built:
    """An index after its build; `oid` is None when it was not built by this run.

    `adopted` are indexes of single partitions that are part of it now.
    """

    index: AdvisedIndex
    outcome: IndexOutcome
    oid: int | None = None
    adopted: tuple[Definition, ...] = ()


def build_index(
    run: Run, index: AdvisedIndex, interrupted: Mapping[Key, Mapping[str, Any]]
) -> Built:
    """Build one index unless something is in the way; the outcome says what became of it.

    `interrupted` are builds that an earlier run began: what it finished unseen becomes this run's.
    """
    key = (index.schema, index.name)
    try:
        check = _checked(run, index)
    except QueryError as error:
        return Built(index, _outcome(index, "failed", f"it cannot be checked: {error}"))
    if check.decision == "skip":
        return _already_there(run, index, check, interrupted.get(key))
    if check.decision != "fail":
        check = _with_standing(run, index, check)
    if check.decision == "fail":
        return Built(index, _outcome(index, "failed", check.reason))
    if check.is_partitioned:
        return _build_partitioned(run, index, check, interrupted.get(key, {}))
    if check.decision == "replace":
        left = drop_invalid(run.writer, index.schema, index.name, run.options, run.on_event)
        if left:
            return Built(index, _outcome(index, "failed", left.lstrip("; ")))
    return _build(run, index)


def _checked(run: Run, index: AdvisedIndex) -> Preflight:
    """The check, repeated within limits while the table cannot even be read."""
    deadline = time.monotonic() + run.options.wait_ms / 1000
    check = check_index(run.session, index)
    while check.is_locked and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        check = check_index(run.session, index)
    return check


def _with_standing(run: Run, index: AdvisedIndex, check: Preflight) -> Preflight:
    """The check, failed where space or a slot forbids the build; what should be known is told."""
    for concern in standing_concerns(run.session, index, check, run.options):
        if concern.severity == "refusal":
            return replace(check, decision="fail", reason=concern.message)
        run.on_event(Warned(str(concern)))
    return check


def take_back(
    run: Run, outcome: IndexOutcome, adopted: Sequence[Definition], reason: str
) -> IndexOutcome:
    """Drop an index that this run built, and build again what it adopted."""
    try:
        with run.step(Step.TAKE_BACK, outcome.schema, outcome.name, {"reason": reason}):
            remove(run, outcome.schema, outcome.name, adopted)
    except QueryError as error:
        return replace(
            outcome, outcome="failed", reason=f"{reason}; taking it back failed: {error}"
        )
    return replace(outcome, outcome="rolled_back", reason=reason, valid=False)


def drop_index(run: Run, planned: AdvisedDrop, facts: IndexFacts) -> DropOutcome:
    """Drop an index of the plan that need not stay."""
    detail = definition_of(facts).as_detail()
    try:
        with run.step(Step.DROP, planned.schema, planned.name, detail):
            drop(run.writer, planned.schema, planned.name, run.options, run.on_event)
    except QueryError as error:
        return DropOutcome(
            planned.name,
            planned.schema,
            "failed",
            f"{error}; if it is invalid now, apply again, or rollback {run.ledger_id}",
        )
    return DropOutcome(planned.name, planned.schema, "kept", planned.reason or "dropped")


def put_back(run: Run, outcome: DropOutcome, facts: IndexFacts, reason: str) -> DropOutcome:
    """Build an index again that this run dropped."""
    definition = definition_of(facts)
    try:
        with run.step(Step.RESTORE, outcome.schema, outcome.name, definition.as_detail()):
            restore(run.writer, definition, run.options, run.on_event)
    except QueryError as error:
        return replace(outcome, outcome="failed", reason=f"{reason}; building it again: {error}")
    return replace(outcome, outcome="rolled_back", reason=reason)


def _build(run: Run, index: AdvisedIndex) -> Built:
    create = parse_create(index.ddl)
    ddl = create.sql(index.schema)
    try:
        with run.step(Step.BUILD, index.schema, index.name, {"ddl": ddl}) as after:
            facts, build_ms = _built_or_left(run, index, create, after)
            after["definition"] = facts.definition
    except QueryError as error:
        return Built(index, _outcome(index, "failed", str(error)))
    return Built(index, _built_outcome(run, index, facts, build_ms), facts.oid)


def _built_or_left(
    run: Run, index: AdvisedIndex, create: CreateIndex, after: dict[str, Any]
) -> tuple[IndexFacts, float]:
    """Build it; what is left behind of a failed build is told to the ledger, for a rollback.

    That may be all of it: Ctrl-C can come when the server is through with it.
    """
    try:
        return build(run.writer, index.schema, create, run.options, run.on_event)
    except KeyboardInterrupt as interrupt:
        facts = find_index(run.session, index.schema, index.name)
        if leaves_something(interrupt) or (facts is not None and facts.is_valid):
            after["remains"] = True
        raise
    except QueryError as error:
        if leaves_something(error):
            after["remains"] = True
        raise


def _build_partitioned(
    run: Run, index: AdvisedIndex, check: Preflight, earlier: Mapping[str, Any]
) -> Built:
    """Build the index of a partitioned table, or go on with what an `earlier` run began."""
    create = parse_create(index.ddl)
    found = adoptable(run, check.table_oid, create, check.tail)
    adopted = _definitions(run, found, earlier)
    detail = {
        "ddl": create.sql(index.schema),
        "adopted": [definition.as_detail() for definition in adopted],
    }
    try:
        with run.step(Step.BUILD, index.schema, index.name, detail) as after:
            parent = create_parent(run, index.schema, create)
            after["remains"] = True
            facts, build_ms = build_members(run, index.schema, create, parent, found)
            after["definition"] = facts.definition
    except QueryError as error:
        return Built(index, _outcome(index, "failed", str(error)))
    return Built(index, _built_outcome(run, index, facts, build_ms), facts.oid, adopted)


def _definitions(
    run: Run, found: Mapping[int, PartitionIndex], earlier: Mapping[str, Any]
) -> tuple[Definition, ...]:
    """All that is adopted, by an earlier run too: what a rollback has to build again."""
    definitions = [from_detail(detail) for detail in earlier.get("adopted", ())]
    for index in found.values():
        facts = find_index(run.session, index.schema, index.name)
        if facts is not None:
            definitions.append(definition_of(facts))
    return tuple({definition.definition: definition for definition in definitions}.values())


def _built_outcome(
    run: Run, index: AdvisedIndex, facts: IndexFacts, build_ms: float
) -> IndexOutcome:
    return replace(
        _outcome(index, "kept", "not verified"),
        built=True,
        valid=True,
        build_ms=round(build_ms, 3),
        size_bytes=facts.size_bytes,
        table_rows=table_rows(run.session, facts.table_oid or 0),
    )


def _already_there(
    run: Run, index: AdvisedIndex, check: Preflight, earlier: Mapping[str, Any] | None
) -> Built:
    facts = find_index(run.session, index.schema, index.name)
    size = facts.size_bytes if facts else None
    if earlier is None:
        outcome = _outcome(index, "skipped", check.reason)
        return Built(index, replace(outcome, valid=True, size_bytes=size))
    with run.step(Step.BUILD, index.schema, index.name, earlier) as after:
        after.pop("remains", None)
        after["definition"] = facts.definition if facts else None
    outcome = _outcome(index, "kept", "built by a run that was interrupted; not verified")
    return Built(index, replace(outcome, built=True, valid=True, size_bytes=size))


def _outcome(index: AdvisedIndex, verdict: IndexVerdict, reason: str) -> IndexOutcome:
    ddl = parse_create(index.ddl).sql(index.schema)
    return IndexOutcome(index.name, index.schema, index.table, ddl, False, False, verdict, reason)


def refusal(run: Run, planned: AdvisedDrop, facts: IndexFacts) -> str:
    """Why an index must not be dropped; empty when it may be."""
    name = qualified(planned.schema, planned.name)
    if not facts.is_index:
        return f"{name} is not an index"
    reasons = (
        (facts.backs_constraint, "it backs a constraint"),
        (facts.is_unique, "it is unique: it keeps a promise about the data"),
        (facts.is_replica_identity, "it is the table's replica identity"),
        (facts.is_partition, "it belongs to the index of a partitioned table"),
        (facts.is_partitioned, "it is the index of a partitioned table"),
    )
    for applies, reason in reasons:
        if applies:
            return f"{name} is not dropped: {reason}"
    relation = find_table(run.session, planned.schema, planned.name)
    if relation and not relation.is_owner:
        return f"the role {run.session.user} does not own {name} ({relation.owner} does)"
    return ""
