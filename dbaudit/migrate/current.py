"""What a run did to an index, as the catalog has it now.

The ledger holds what was done and what was begun. What became of a step that was interrupted, and
whether somebody else has dropped the index since, only the catalog tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dbaudit.migrate.ledger.history import AppliedRun, Key
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.session import Session

#: Whether each index that is there is valid.
Validity = Mapping[Key, bool]


def index_validity(session: Session, known: Sequence[AppliedRun]) -> Validity:
    """The indexes of some runs' plans that are there now."""
    keys = {
        (change["schema"], change["name"])
        for run in known
        for kind in ("indexes", "drops")
        for change in run.plan.get(kind, ())
    }
    if not keys:
        return {}
    schemas, names = zip(*sorted(keys), strict=True)
    rows = session.rows(sql_file("index_validity"), (list(schemas), list(names)))
    return {(schema, name): is_valid for schema, name, is_valid in rows}


def index_now(run: AppliedRun, change: dict[str, Any], validity: Validity) -> dict[str, Any]:
    """One index of a run that is at its end: `valid` is the catalog's word, and so is what became
    of a step that the run did not see the end of."""
    key = (change["schema"], change["name"])
    is_valid = validity.get(key)
    if change["outcome"] == "kept" and key in run.undone:
        return change | {
            "outcome": "rolled_back",
            "reason": "rolled back afterwards",
            "valid": False,
        }
    if key not in run.built:  # whatever goes by the name is not this run's
        return change | {"valid": change["valid"] and bool(is_valid)}
    if run.document is None:
        change |= _unseen(is_valid)
    elif change["outcome"] == "kept" and not is_valid:
        change["reason"] += "; it is gone by now" if is_valid is None else "; it is invalid by now"
    return change | {"valid": bool(is_valid)}


def _unseen(is_valid: bool | None) -> dict[str, Any]:
    """What became of an index whose run was interrupted."""
    if is_valid is None:
        return {"outcome": "rolled_back", "reason": "interrupted; it is gone", "built": False}
    if is_valid:
        reason = "interrupted before it was verified"
        return {"outcome": "kept", "reason": reason, "built": True}
    return {"outcome": "failed", "reason": "interrupted; it is invalid", "built": False}


def drop_now(run: AppliedRun, change: dict[str, Any], validity: Validity) -> dict[str, Any]:
    """One drop of a run that is at its end."""
    key = (change["schema"], change["name"])
    if change["outcome"] == "kept" and key in run.undone:
        return change | {"outcome": "rolled_back", "reason": "rolled back afterwards"}
    if run.document is None and key in run.dropped and key not in validity:
        return change | {"outcome": "kept", "reason": "dropped; the run was interrupted later"}
    return change
