"""The drops of a plan, each proved by the queries that used the index and put back where missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbaudit.advise.advice import AdvisedDrop
from dbaudit.advise.plan_file import Plan
from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified
from dbaudit.migrate.catalog import IndexFacts, find_index
from dbaudit.migrate.events import DropDone, Warned
from dbaudit.migrate.outcome import DropOutcome, DropVerdict
from dbaudit.migrate.prove.measure import Measurement, measure
from dbaudit.migrate.prove.verify import loss_without
from dbaudit.migrate.prove.watched import Watched
from dbaudit.migrate.run import Run
from dbaudit.migrate.steps import drop_index, put_back, refusal
from dbaudit.migrate.trial.trials import Trials, settled


def apply_drops(
    run: Run, plan: Plan, before: Sequence[Measurement], trials: Trials
) -> tuple[DropOutcome, ...]:
    """Drop what the plan drops, one by one, each put back when it made a query slower.

    `before` are the measurements with them and the plan's new indexes.
    """
    unproved = [drop.name for drop in plan.drops if drop.replaced_by is None]
    if unproved and run.options.trial_seconds is None and not trials.judged:
        run.on_event(Warned(_advises_trial(unproved)))
    outcomes = []
    for planned in plan.drops:
        outcome = _settled(run, plan, planned, before, trials)
        run.on_event(DropDone(outcome))
        outcomes.append(outcome)
    return tuple(outcomes)


def _advises_trial(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (
        f"the plan names no index that replaces {names[0]}{more}; where a drop rests on what was "
        "not scanned until now, --trial 7d watches the index, on replicas too, before it goes"
    )


def _settled(
    run: Run, plan: Plan, planned: AdvisedDrop, before: Sequence[Measurement], trials: Trials
) -> DropOutcome:
    try:
        facts = find_index(run.session, planned.schema, planned.name)
        if facts is None:
            return _outcome(planned, "skipped", "there is no such index")
        if missing := _missing_replacement(run, plan, planned, facts):
            return _outcome(planned, "skipped", missing)
    except QueryError as error:
        return _outcome(planned, "failed", f"it cannot be checked: {error}")
    if reason := refusal(run, planned, facts):
        return _outcome(planned, "failed", reason)
    if facts.is_valid:  # one that is not serves no query: there is nothing to watch
        waiting = settled(run, (planned.schema, planned.name), trials)
        if waiting is not None:
            return waiting
    return _dropped(run, plan, planned, facts, before, trials)


def _dropped(
    run: Run,
    plan: Plan,
    planned: AdvisedDrop,
    facts: IndexFacts,
    before: Sequence[Measurement],
    trials: Trials,
) -> DropOutcome:
    outcome = drop_index(run, planned, facts)
    if outcome.outcome != "kept":
        return outcome
    key = (planned.schema, planned.name)
    if slower := _slower_without(run, plan, key, before):
        return put_back(run, outcome, facts, slower)
    if key in trials.judged:
        _, judgement = trials.judged[key]
        return replace(outcome, reason=f"{outcome.reason}; {judgement.reason}")
    return outcome


def _missing_replacement(run: Run, plan: Plan, planned: AdvisedDrop, facts: IndexFacts) -> str:
    """What the drop relies on and is not there; empty when nothing is missing.

    Where the plan does not say what that is, it may be any of its new indexes of the same table.
    """
    if planned.replaced_by is not None:
        wanted = [(planned.replaced_by.schema, planned.replaced_by.name)]
    else:
        wanted = [
            (index.schema, index.name)
            for index in plan.indexes
            if (index.schema, index.table) == (facts.table_schema, facts.table)
        ]
    for schema, name in wanted:
        found = find_index(run.session, schema, name)
        if found is None or not found.is_valid or found.table_oid != facts.table_oid:
            verb = "replaces" if planned.replaced_by is not None else "may replace"
            return f"{qualified(schema, name)}, which {verb} it, is not there"
    return ""


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


def _outcome(planned: AdvisedDrop, verdict: DropVerdict, reason: str) -> DropOutcome:
    return DropOutcome(planned.name, planned.schema, verdict, reason)
