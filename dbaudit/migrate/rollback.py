"""Undo what an `apply` did: drop what it built, build what it dropped, end the trials it began.

Safe to repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dbaudit.errors import ApplyError, QueryError, UsageError
from dbaudit.identifiers import qualified
from dbaudit.migrate.catalog import find_index
from dbaudit.migrate.ddl import parse_create
from dbaudit.migrate.definition import from_detail, restore
from dbaudit.migrate.events import DropDone, IndexDone, OnEvent
from dbaudit.migrate.ledger.entries import Step
from dbaudit.migrate.ledger.history import AppliedRun, Key, runs
from dbaudit.migrate.ledger.ledger import all_entries, reopen_ledger
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult, DropOutcome, IndexOutcome
from dbaudit.migrate.preflight.preflight import check_target
from dbaudit.migrate.removal import remove
from dbaudit.migrate.run import Run, alone, target_facts
from dbaudit.migrate.trial.trials import end
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.writer import connect_writer


def rollback(
    target: PostgresTarget, ledger_id: str | None, options: ApplyOptions, on_event: OnEvent
) -> ApplyResult:
    """Undo one run, by default the last one that has anything left to undo.

    Raises ApplyError when there is no such run, or another run is at work; TargetError when the
    target cannot be reached.
    """
    with connect_writer(target, lock_timeout_ms=options.lock_timeout_ms) as writer:
        check_target(writer.session)
        with alone(writer):
            known = runs(all_entries(writer.session, options.state_dir))
            chosen = _chosen(known, ledger_id, writer.session.database)
            ledger = reopen_ledger(writer, options.state_dir, chosen.place)
            return _undone(Run(writer, ledger, options, on_event, chosen.ledger_id), chosen)


def _chosen(known: Sequence[AppliedRun], ledger_id: str | None, database: str) -> AppliedRun:
    if ledger_id is not None:
        for run in known:
            if run.ledger_id == ledger_id:
                return run
        raise ApplyError(f"the ledger of {database} has no {ledger_id!r}; see dbaudit status")
    for run in reversed(known):
        if run.built or run.dropped or run.trials:
            return run
    raise ApplyError(f"the ledger of {database} has nothing to roll back")


def _undone(run: Run, chosen: AppliedRun) -> ApplyResult:
    """Dropped indexes come back first, so that no query is without any."""
    drops = [end(run, key) for key in chosen.trials]
    for key, detail in chosen.dropped.items():
        drops.append(_restored(run, key, detail))
        run.on_event(DropDone(drops[-1]))
    indexes = []
    for key, detail in chosen.built.items():
        indexes.append(_removed(run, key, detail, key in chosen.begun))
        run.on_event(IndexDone(indexes[-1]))
    return ApplyResult(
        target_facts(run.session), run.ledger_id, run.ledger.place, tuple(indexes), tuple(drops)
    )


def _removed(run: Run, key: Key, detail: Mapping[str, Any], was_begun: bool) -> IndexOutcome:
    """Drop an index that the run built, unless it is another one by now."""
    schema, name = key
    ddl = str(detail["ddl"])
    table = parse_create(ddl).table
    outcome = IndexOutcome(
        name, schema, table, ddl, True, False, "rolled_back", "rollback was asked for"
    )
    facts = find_index(run.session, schema, name)
    if facts is not None and not was_begun and facts.definition != detail.get("definition"):
        return replace(
            outcome,
            outcome="failed",
            reason=f"{qualified(schema, name)} is not the index that was built: "
            f"{facts.definition or 'not an index'}; it was left alone",
        )
    try:
        with run.step(Step.TAKE_BACK, schema, name, {"reason": "rollback"}):
            remove(run, schema, name, [from_detail(d) for d in detail.get("adopted", ())])
    except QueryError as error:
        return replace(outcome, outcome="failed", reason=str(error))
    if facts is None:
        return replace(outcome, outcome="skipped", reason="it was gone already")
    return outcome


def _restored(run: Run, key: Key, detail: Mapping[str, Any]) -> DropOutcome:
    """Build an index again that the run dropped."""
    schema, name = key
    outcome = DropOutcome(name, schema, "rolled_back", "built again as it was")
    try:
        with run.step(Step.RESTORE, schema, name, detail):
            is_built = restore(run.writer, from_detail(detail), run.options, run.on_event)
    except (QueryError, UsageError) as error:
        return replace(outcome, outcome="failed", reason=str(error))
    return outcome if is_built else replace(outcome, reason="it was there already")
