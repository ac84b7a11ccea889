"""The drops of a plan, each proved by the queries that used the index and put back where missed."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.advise.advice import AdvisedDrop
from dbaudit.advise.plan_file import Plan
from dbaudit.errors import QueryError
from dbaudit.migrate.catalog import find_index
from dbaudit.migrate.events import DropDone
from dbaudit.migrate.measure import Measurement, measure
from dbaudit.migrate.outcome import DropOutcome, IndexOutcome
from dbaudit.migrate.run import Run
from dbaudit.migrate.steps import drop_index, put_back
from dbaudit.migrate.verify import loss_without
from dbaudit.migrate.watched import Watched


def apply_drops(
    run: Run, plan: Plan, indexes: Sequence[IndexOutcome], before: Sequence[Measurement]
) -> tuple[DropOutcome, ...]:
    """Drop what the plan drops, one by one, each put back when it made a query slower.

    `indexes` are the outcomes of the plan's new indexes, `before` the measurements with them.
    """
    unsettled = {
        (index.schema, index.table)
        for index in indexes
        if index.outcome in {"failed", "rolled_back"}
    }
    outcomes = []
    for planned in plan.drops:
        outcome = _dropped(run, plan, planned, unsettled, before)
        run.on_event(DropDone(outcome))
        outcomes.append(outcome)
    return tuple(outcomes)


def _dropped(
    run: Run,
    plan: Plan,
    planned: AdvisedDrop,
    unsettled: set[tuple[str, str]],
    before: Sequence[Measurement],
) -> DropOutcome:
    try:
        facts = find_index(run.session, planned.schema, planned.name)
    except QueryError as error:
        reason = f"it cannot be checked: {error}"
        return DropOutcome(planned.name, planned.schema, "failed", reason)
    if facts is not None and (facts.table_schema, facts.table) in unsettled:
        reason = "an index on its table that may replace it was not kept"
        return DropOutcome(planned.name, planned.schema, "skipped", reason)
    outcome = drop_index(run, planned, facts)
    if outcome.outcome != "kept" or facts is None:
        return outcome
    slower = _slower_without(run, plan, (planned.schema, planned.name), before)
    return put_back(run, outcome, facts, slower) if slower else outcome


def _slower_without(
    run: Run, plan: Plan, index: tuple[str, str], before: Sequence[Measurement]
) -> str:
    """The query that used the dropped index and misses it, or empty."""
    for statement, old in zip(plan.statements, before, strict=True):
        if old.uses(index):
            new = measure(run.session, statement, Watched(), run.options)
            if reason := loss_without(old, new, run.options.max_loss):
                return reason
    return ""
