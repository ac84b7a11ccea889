"""What was applied to a target, and what it gained: the ledger, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dbaudit.migrate.current import Validity, drop_now, index_now, index_validity
from dbaudit.migrate.ledger.history import AppliedRun, runs
from dbaudit.migrate.ledger.ledger import all_entries, hidden_ledger
from dbaudit.migrate.outcome import status_document
from dbaudit.migrate.preflight.left_over import left_over
from dbaudit.migrate.run import process_at_work, target_facts
from dbaudit.migrate.trial.trial import Judgement, Trial, Verdict
from dbaudit.migrate.trial.trials import judge_all
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import Session

_TO_THE_SECOND = len("2026-01-01T00:00:00")

_UNKNOWN: Mapping[str, Any] = {
    "built": False,
    "valid": False,
    "used_by": [],
    "build_ms": None,
    "size_bytes": None,
    "queries": [],
    "gain": None,
}


def status(session: Session, state_dir: Path, replicas: Sequence[Replica] = ()) -> dict[str, Any]:
    """The JSON of `status`: under "applied" each run as `apply` gave it, the newest first.

    Added to each: `at` (UTC), `running`, `interrupted`; what is rolled back by now has that
    outcome, and `valid` is what the catalog says now. "trials" are the indexes on trial,
    "left_over" the invalid indexes that runs left, "at_work" the process of an apply or rollback,
    "notes" what could not be seen.
    """
    ledgers = all_entries(session, state_dir)
    known = runs(ledgers)
    pid = process_at_work(session)
    validity = index_validity(session, known)
    applied = [_document(run, pid, validity) for run in reversed(known)]
    hidden = hidden_ledger(session)
    return {
        **status_document(target_facts(session), applied),
        "trials": [_trial(*trial) for trial in judge_all(session, replicas, known)],
        # What is invalid while one is at work is being built, or about to be dropped.
        "left_over": left_over(session, ledgers) if pid is None else [],
        "at_work": pid,
        "notes": [hidden] if hidden else [],
    }


def _document(run: AppliedRun, pid: int | None, validity: Validity) -> dict[str, Any]:
    is_running = run.document is None and pid is not None and run.plan.get("pid") == pid
    document = dict(run.document) if run.document is not None else _unfinished(run, is_running)
    document["at"] = _to_the_second(run.at)
    document["running"] = is_running
    document["interrupted"] = run.document is None and not is_running
    if not is_running:
        for kind, now in (("indexes", index_now), ("drops", drop_now)):
            document[kind] = [now(run, dict(change), validity) for change in document[kind]]
    document["drops"] = [_with_trial(run, dict(change)) for change in document["drops"]]
    return document


def _with_trial(run: AppliedRun, change: dict[str, Any]) -> dict[str, Any]:
    key = (change["schema"], change["name"])
    if change.get("trial") and key not in run.trials:
        how = "ended by a rollback" if key in run.undone else "over"
        change |= {"trial": None, "reason": f"{change['reason']}; that trial is {how}"}
    return change


def _unfinished(run: AppliedRun, is_running: bool) -> dict[str, Any]:
    """What is known of a run that is still at work, or never came to its end."""
    how = _so_far if is_running else _interrupted
    indexes = [{**_UNKNOWN, **index, **how(run, index)} for index in run.plan.get("indexes", ())]
    drops = [{**drop, **_drop(run, drop, is_running)} for drop in run.plan.get("drops", ())]
    return {"ledger_id": run.ledger_id, "ledger_at": run.place, "indexes": indexes, "drops": drops}


def _so_far(run: AppliedRun, index: Mapping[str, Any]) -> dict[str, Any]:
    key = (index["schema"], index["name"])
    if key in run.undone:
        return {"outcome": "rolled_back", "reason": "taken back just now"}
    if key in run.begun:
        return {"outcome": "skipped", "reason": "it is being built now"}
    if key in run.built:
        reason = "built just now, not verified yet"
        return {"outcome": "kept", "reason": reason, "built": True, "valid": True}
    return {"outcome": "skipped", "reason": "its turn has not come yet, or is over"}


def _interrupted(run: AppliedRun, index: Mapping[str, Any]) -> dict[str, Any]:
    key = (index["schema"], index["name"])
    is_built = key in run.built and key not in run.begun
    was_undone = key in run.undone
    outcome = "kept" if is_built else "rolled_back" if was_undone else "failed"
    reason = "interrupted before it was verified" if is_built else "interrupted"
    return {"outcome": outcome, "reason": reason, "built": is_built, "valid": is_built}


def _drop(run: AppliedRun, drop: Mapping[str, Any], is_running: bool) -> dict[str, Any]:
    if not is_running:
        return {"outcome": "failed", "reason": "interrupted"}
    is_begun = (drop["schema"], drop["name"]) in run.dropped
    reason = "it is being dropped, or was just now" if is_begun else "its turn has not come yet"
    return {"outcome": "skipped", "reason": reason}


def _trial(ledger_id: str, trial: Trial, judgement: Judgement) -> dict[str, Any]:
    """One entry of "trials"; `next` says what the next apply of its plan does."""
    schema, name = trial.key
    return {
        "schema": schema,
        "name": name,
        "ledger_id": ledger_id,
        "since": _to_the_second(trial.since),
        "until": _to_the_second(trial.until),
        "scans": dict(judgement.scans),
        "reason": judgement.reason,
        "next": _NEXT[judgement.verdict],
    }


_NEXT: Mapping[Verdict, str] = {
    Verdict.WAIT: "wait",
    Verdict.DROP: "drop",
    Verdict.USED: "keep",
    Verdict.ANEW: "start anew",
}


def _to_the_second(at: str) -> str:
    return f"{at[:_TO_THE_SECOND]}Z"
