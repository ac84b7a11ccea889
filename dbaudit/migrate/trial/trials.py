"""The trials of a target: what the ledger holds of them, and what a run does about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import TargetError
from dbaudit.migrate.events import Warned
from dbaudit.migrate.ledger.entries import Entry, State, Step
from dbaudit.migrate.ledger.history import AppliedRun, Key
from dbaudit.migrate.outcome import DropOutcome, TrialFacts
from dbaudit.migrate.run import Run
from dbaudit.migrate.trial.trial import Judgement, Trial, Verdict, judge, trial_from, waiting
from dbaudit.migrate.trial.usage import count
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import Session

_TIMES = """
select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(
        (clock_timestamp() + make_interval(secs => %s)) at time zone 'utc',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    )
"""


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of a plan's drops as a run finds them, before it reads anything itself.

    `used` tells why a trial is over and its index stays.
    """

    judged: Mapping[Key, tuple[Trial, Judgement]] = field(default_factory=dict)
    used: Mapping[Key, str] = field(default_factory=dict)


def look(run: Run, plan: Plan, known: Sequence[AppliedRun]) -> Trials:
    """The trials of the plan's drops and what has come of them; `known` are the earlier runs.

    Raises TargetError when the target cannot be asked.
    """
    keys = {(drop.schema, drop.name) for drop in plan.drops}
    if keys and run.options.trial_seconds is not None and not run.session.may_read_uncounted:
        run.on_event(Warned(_counts_itself(run.session)))
    judged = {
        trial.key: (trial, judgement)
        for _, trial, judgement in judge_all(run.session, run.options.replicas, known, keys)
    }
    used = {
        key: str(found.trials[key].get("reason", "it was used while on trial"))
        for found in known
        for key in found.used & keys
    }
    return Trials(judged, used)


def judge_all(
    session: Session,
    replicas: Sequence[Replica],
    known: Sequence[AppliedRun],
    keys: set[Key] | None = None,
) -> list[tuple[str, Trial, Judgement]]:
    """Every trial that goes on (of these indexes): its run's id, itself, what comes of it."""
    found = [
        (run.ledger_id, trial_from(key, detail))
        for run in known
        for key, detail in run.trials.items()
        if key not in run.used and (keys is None or key in keys)
    ]
    counted = count(session, replicas, [trial.key for _, trial in found])
    now, _ = _times(session, 0)
    return [(ledger_id, trial, judge(trial, counted, now)) for ledger_id, trial in found]


def settled(run: Run, key: Key, trials: Trials) -> DropOutcome | None:
    """What the trial of an index says of its drop: None when it may be dropped now."""
    if key not in trials.judged:
        if run.options.trial_seconds is not None:
            return _begun(run, key, run.options.trial_seconds, "")
        if key in trials.used:
            return _skipped(key, f"{trials.used[key]}; --trial begins another trial")
        return None
    trial, judgement = trials.judged[key]
    match judgement.verdict:
        case Verdict.DROP:
            return None
        case Verdict.ANEW:
            return _begun(run, key, trial.seconds, f"{judgement.reason}; ")
        case Verdict.USED:
            detail = {**trial.as_detail(), "reason": judgement.reason}
            run.ledger.append(Entry(run.ledger_id, Step.TRIAL, State.FAILED, *key, detail))
            return _skipped(key, judgement.reason)
        case Verdict.WAIT:
            facts = TrialFacts(trial.since, trial.until, judgement.scans)
            return _skipped(key, judgement.reason, facts)


def end(run: Run, key: Key) -> DropOutcome:
    """End the trial of an index, as a rollback does: the index stays."""
    detail = {"reason": "rollback"}
    run.ledger.append(Entry(run.ledger_id, Step.TRIAL, State.DONE, *key, detail))
    schema, name = key
    return DropOutcome(name, schema, "rolled_back", "its trial is ended, and it stays")


def _begun(run: Run, key: Key, seconds: float, why: str) -> DropOutcome:
    """Write down the counters of now; nothing is dropped."""
    schema, name = key
    try:
        counted = count(run.session, run.options.replicas, [key])
        since, until = _times(run.session, seconds)
    except TargetError as error:
        return DropOutcome(name, schema, "failed", f"{why}its trial cannot begin: {error}")
    for one in counted:
        if one.problem or key not in one.usages:
            problem = f"cannot be asked: {one.problem}" if one.problem else "has no such index"
            reason = f"{why}its trial cannot begin: {one.server} {problem}"
            return DropOutcome(name, schema, "failed", reason)
    trial = Trial(key, seconds, since, until, {one.server: one.usages[key] for one in counted})
    detail = trial.as_detail()
    run.ledger.append(Entry(run.ledger_id, Step.TRIAL, State.BEGUN, *key, detail))
    facts = TrialFacts(since, until, {one.server: 0 for one in counted})
    return _skipped(key, f"{why}{waiting(trial)}", facts)


def _skipped(key: Key, reason: str, trial: TrialFacts | None = None) -> DropOutcome:
    schema, name = key
    return DropOutcome(name, schema, "skipped", reason, trial)


def _times(session: Session, seconds: float) -> tuple[str, str]:
    """The target's time, and that time so many seconds later."""
    ((now, later),) = session.rows(_TIMES, (seconds,))
    return now, later


def _counts_itself(session: Session) -> str:
    return (
        f"what dbaudit itself reads as the role {session.user} counts as a scan and may end a "
        f"trial; GRANT SET ON PARAMETER track_counts TO {session.user} avoids it"
    )
