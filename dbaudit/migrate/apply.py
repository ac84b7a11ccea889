"""Apply a plan: check, measure, build, measure again, take back what did not pay, write it down."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import ApplyError, QueryError, TargetError
from dbaudit.migrate.drops import apply_drops
from dbaudit.migrate.entries import Entry, State, Step
from dbaudit.migrate.events import IndexDone, OnEvent, Warned
from dbaudit.migrate.history import Key, interrupted_builds
from dbaudit.migrate.ledger import all_entries, open_ledger
from dbaudit.migrate.measure import Measurement, measure, measure_all
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import (
    ApplyResult,
    IndexOutcome,
    result_document,
)
from dbaudit.migrate.preflight import check_target
from dbaudit.migrate.recover import recover
from dbaudit.migrate.run import Run, alone, target_facts
from dbaudit.migrate.steps import Built, build_index, take_back
from dbaudit.migrate.verify import Pair, is_slower, judge, notes, query_gain
from dbaudit.migrate.watched import Watched, watch
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
    interrupted = interrupted_builds(all_entries(run.session, run.options.state_dir))
    begun = {
        "indexes": [
            {"name": i.name, "schema": i.schema, "table": i.table, "ddl": i.ddl}
            for i in plan.indexes
        ],
        "drops": [{"name": drop.name, "schema": drop.schema} for drop in plan.drops],
    }
    run.ledger.append(Entry(run.ledger_id, Step.APPLY, State.BEGUN, detail=begun))
    result = _applied(run, plan, interrupted)
    document = result_document(result)
    run.ledger.append(Entry(run.ledger_id, Step.APPLY, State.DONE, detail=document))
    return result


def _applied(run: Run, plan: Plan, interrupted: Mapping[Key, Mapping[str, Any]]) -> ApplyResult:
    if not run.options.verify or not (plan.indexes or plan.drops):
        plan = replace(plan, statements=())
    before = measure_all(run.session, plan.statements, Watched(), run.options, run.on_event)
    built = [build_index(run, index, interrupted) for index in plan.indexes]
    pairs = _measured_again(run, plan, before, built)
    indexes = tuple(_judged(run, item, pairs, _share(item, built)) for item in built)
    for line in notes(pairs):
        run.on_event(Warned(f"not measured: {line}"))
    drops = apply_drops(run, plan, indexes, [after for _, after in pairs])
    return ApplyResult(
        target_facts(run.session),
        run.ledger_id,
        run.ledger.place,
        indexes,
        drops,
        tuple(query_gain(*pair) for pair in pairs),
    )


def _measured_again(
    run: Run, plan: Plan, before: Sequence[Measurement], built: Sequence[Built]
) -> list[Pair]:
    """Every statement before and after; one that seems slower is measured once more."""
    watched = watch(
        run.session,
        {item.oid: (item.index.schema, item.index.name) for item in built if item.oid is not None},
    )
    if not watched.by_oid:
        return [(measurement, measurement) for measurement in before]
    after = measure_all(run.session, plan.statements, watched, run.options, run.on_event)
    pairs = []
    for statement, old, new in zip(plan.statements, before, after, strict=True):
        runs = [new]
        if is_slower(old, new, run.options.max_loss):
            runs.append(measure(run.session, statement, watched, run.options))
        pairs.append((old, min(runs, key=_ms)))
    return pairs


def _ms(measurement: Measurement) -> float:
    return math.inf if measurement.ms is None else measurement.ms


def _share(built: Built, all_built: Sequence[Built]) -> float:
    """The index's part of the bytes of its table's new indexes."""
    table = (built.index.schema, built.index.table)
    sizes = [
        other.outcome.size_bytes or 0
        for other in all_built
        if (other.index.schema, other.index.table) == table
    ]
    return (built.outcome.size_bytes or 0) / sum(sizes) if sum(sizes) else 1.0


def _judged(run: Run, built: Built, pairs: Sequence[Pair], share: float) -> IndexOutcome:
    """The outcome of one index, taken back when it did not pay."""
    outcome = built.outcome
    if built.oid is not None and run.options.verify:
        verdict = judge(built.index, pairs, run.options, share)
        outcome = replace(
            outcome,
            used_by=verdict.used_by,
            queries=verdict.gains,
            gain=verdict.gain,
            reason=verdict.reason,
        )
        if not verdict.keeps:
            outcome = take_back(run, outcome, built.adopted, verdict.reason)
    run.on_event(IndexDone(outcome))
    return outcome
