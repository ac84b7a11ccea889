"""What was applied to a target, and what it gained: the ledger, read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbaudit.migrate.history import AppliedRun, runs
from dbaudit.migrate.ledger import all_entries, hidden_ledger
from dbaudit.migrate.outcome import status_document
from dbaudit.migrate.run import target_facts
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


def status(session: Session, state_dir: Path) -> dict[str, Any]:
    """The JSON of `status`: under "applied" each run as `apply` gave it, the newest first.

    Added to each: `at` (UTC), `interrupted`, and what is rolled back by now has that outcome.
    """
    known = runs(all_entries(session, state_dir))
    document = status_document(target_facts(session), [_document(run) for run in reversed(known)])
    hidden = hidden_ledger(session)
    return {**document, "notes": [hidden] if hidden else []}


def _document(run: AppliedRun) -> dict[str, Any]:
    document = dict(run.document) if run.document is not None else _interrupted(run)
    document["at"] = f"{run.at[:_TO_THE_SECOND]}Z"
    document["interrupted"] = run.document is None
    for kind in ("indexes", "drops"):
        document[kind] = [_as_it_is_now(run, dict(change)) for change in document[kind]]
    return document


def _as_it_is_now(run: AppliedRun, change: dict[str, Any]) -> dict[str, Any]:
    if change["outcome"] == "kept" and (change["schema"], change["name"]) in run.undone:
        change |= {"outcome": "rolled_back", "reason": "rolled back afterwards"}
    return change


def _interrupted(run: AppliedRun) -> dict[str, Any]:
    """What is known of a run that never came to its end."""
    indexes = []
    for index in run.plan.get("indexes", ()):
        key = (index["schema"], index["name"])
        is_built = key in run.built and key not in run.begun
        was_undone = key in run.undone
        outcome = "kept" if is_built else "rolled_back" if was_undone else "failed"
        reason = "interrupted before it was verified" if is_built else "interrupted"
        known = {"outcome": outcome, "reason": reason, "built": is_built, "valid": is_built}
        indexes.append({**_UNKNOWN, **index, **known})
    drops = [
        {**drop, "outcome": "failed", "reason": "interrupted"} for drop in run.plan.get("drops", ())
    ]
    return {"ledger_id": run.ledger_id, "ledger_at": run.place, "indexes": indexes, "drops": drops}
