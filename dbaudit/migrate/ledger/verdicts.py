"""What the ledger's runs have measured: indexes that were taken back, drops that were missed. Pure.

Only a run that came to its end has judged anything: a rollback, a build that failed or a connection
that was lost says nothing of an index. The newest run that judged an index counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dbaudit.advise.roles import essence
from dbaudit.advise.verdicts import TakenBack, Verdicts
from dbaudit.index_definition import IndexDefinition
from dbaudit.migrate.ddl import parse_create
from dbaudit.migrate.ledger.history import AppliedRun, Key


def verdicts(known: Sequence[AppliedRun], since: datetime) -> Verdicts:
    """The verdicts of the runs that began at that time or later; `known` are the oldest first.

    Raises UsageError for an index in a document whose text is no CREATE INDEX.
    """
    taken_back: dict[IndexDefinition, TakenBack] = {}
    missed: dict[Key, str] = {}
    for run in known:
        if datetime.fromisoformat(run.at) >= since:
            document = run.document or {}
            for index in document.get("indexes", ()):
                _judge_index(taken_back, index, run)
            for drop in document.get("drops", ()):
                _judge_drop(missed, drop, run)
            for key in run.used:
                missed[key] = f"apply watched it before it would drop it: {_why_used(run, key)}"
    return Verdicts(taken_back, missed)


def _judge_index(
    taken_back: dict[IndexDefinition, TakenBack], index: Mapping[str, Any], run: AppliedRun
) -> None:
    definition = parse_create(index["ddl"]).definition(index["schema"])
    if definition is None:
        return
    if index["outcome"] == "rolled_back" and _stands(index, run.document or {}):
        reason = f"apply built it on {_day(run)} and took it back: {index['reason']}"
        queries = _measured(run.document or {})
        taken_back[essence(definition)] = TakenBack(reason, queries, index.get("table_rows"))
    elif index["outcome"] == "kept":
        taken_back.pop(essence(definition), None)


def _stands(index: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether what an index was judged beside stayed: without that it might pay."""
    gone = {
        (other["schema"], other["table"], other["name"])
        for other in document.get("indexes", ())
        if other["outcome"] == "rolled_back"
    }
    beside = {(index["schema"], index["table"], name) for name in index.get("beside", ())}
    return beside.isdisjoint(gone)


def _judge_drop(missed: dict[Key, str], drop: Mapping[str, Any], run: AppliedRun) -> None:
    key = (drop["schema"], drop["name"])
    if drop["outcome"] == "rolled_back":
        missed[key] = f"apply dropped it on {_day(run)} and built it again: {drop['reason']}"
    elif drop["outcome"] == "kept":
        missed.pop(key, None)


def _measured(document: Mapping[str, Any]) -> frozenset[str] | None:
    """The fingerprints of the queries that could be planned; None of a run that kept none."""
    queries = document.get("queries", ())
    if not queries or not all(query.get("fingerprint") for query in queries):
        return None
    return frozenset(query["fingerprint"] for query in queries if query["cost_after"] is not None)


def _why_used(run: AppliedRun, key: Key) -> str:
    return str(run.trials[key].get("reason", "it was used while on trial"))


def _day(run: AppliedRun) -> str:
    return run.at[: len("2026-01-01")]
