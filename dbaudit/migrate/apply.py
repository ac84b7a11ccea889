"""Apply a plan: check, measure, build, measure again, take back what did not pay, write it down."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import ApplyError, QueryError, TargetError
from dbaudit.migrate.drops import apply_drops
from dbaudit.migrate.events import IndexDone, OnEvent, Warned
from dbaudit.migrate.ledger.entries import Entry, State, Step
from dbaudit.migrate.ledger.history import Key, interrupted_builds, runs
from dbaudit.migrate.ledger.ledger import all_entries, hidden_ledger, open_ledger
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import (
    ApplyResult,
    result_document,
)
from dbaudit.migrate.preflight.preflight import check_target
from dbaudit.migrate.prove.change import notes, query_gain
from dbaudit.migrate.prove.deadline import Deadline
from dbaudit.migrate.prove.measure import Meter, measure_all
from dbaudit.migrate.prove.prove import SHARE_BEFORE, prove
from dbaudit.migrate.prove.watched import Watched
from dbaudit.migrate.recover import recover
from dbaudit.migrate.run import Run, alone, target_facts
from dbaudit.migrate.steps import build_index
from dbaudit.migrate.trial.trials import Trials, look
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.writer import connect_writer


def apply(
    target: PostgresTarget, plan: Plan, options: ApplyOptions, on_event: OnEvent
) -> ApplyResult:
    """Apply a plan on a target; what became of each change.

    Raises ApplyError when nothing can be done there, or another run is at work, or the connection
    is lost on the way; TargetError when it cannot be reached. On KeyboardInterrupt the build at
    hand is cancelled and dropped, the ledger told, and the interrupt goes on.
    """
    with connect_writer(target, lock_timeout_ms=options.lock_timeout_ms) as writer:
        check_target(writer.session)
        with alone(writer):
            ledger = open_ledger(writer, options.state_dir)
            run = Run(writer, ledger, options, on_event, secrets.token_hex(6))
            try:
                return _recorded(run, plan)
            except QueryError as error:
                raise ApplyError(f"{error}; see dbaudit status, and apply again") from error
            except TargetError as error:
                cleaned_up = recover(target, run.ledger_id, options, on_event)
                raise ApplyError(f"{error}; {cleaned_up}") from error


def _recorded(run: Run, plan: Plan) -> ApplyResult:
    """The whole run as one step of the ledger."""
    entries = all_entries(run.session, run.options.state_dir)
    if hidden := hidden_ledger(run.session):
        run.on_event(Warned(hidden))
    trials = look(run, plan, runs(entries))
    begun = {
        "pid": run.writer.pid,
        "indexes": [
            {"name": i.name, "schema": i.schema, "table": i.table, "ddl": i.ddl}
            for i in plan.indexes
        ],
        "drops": [{"name": drop.name, "schema": drop.schema} for drop in plan.drops],
    }
    run.ledger.append(Entry(run.ledger_id, Step.APPLY, State.BEGUN, detail=begun))
    result = _applied(run, plan, interrupted_builds(entries), trials)
    document = result_document(result)
    run.ledger.append(Entry(run.ledger_id, Step.APPLY, State.DONE, detail=document))
    return result


def _applied(
    run: Run, plan: Plan, interrupted: Mapping[Key, Mapping[str, Any]], trials: Trials
) -> ApplyResult:
    if not run.options.verify or not (plan.indexes or plan.drops):
        plan = replace(plan, statements=())
    proof_time = Deadline.after(run.options.proof_ms)
    before = measure_all(_meter(run, proof_time.part(SHARE_BEFORE)), plan.statements)
    left_ms = proof_time.left_ms
    built = [build_index(run, index, interrupted) for index in plan.indexes]
    indexes, pairs = prove(run, plan, before, built, Deadline.after(left_ms))
    for outcome in indexes:
        run.on_event(IndexDone(outcome))
    for line in notes(pairs):
        run.on_event(Warned(f"not measured: {line}"))
    drops = apply_drops(run, plan, [after for _, after in pairs], trials)
    return ApplyResult(
        target_facts(run.session),
        run.ledger_id,
        run.ledger.place,
        indexes,
        drops,
        tuple(query_gain(*pair) for pair in pairs),
    )


def _meter(run: Run, deadline: Deadline) -> Meter:
    """For measurements before anything is built."""
    return Meter(run.session, Watched(), run.options, deadline, run.on_event)
