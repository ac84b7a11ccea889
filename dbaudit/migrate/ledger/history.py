"""What the ledger's entries add up to, run by run. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbaudit.migrate.ledger.entries import Entry, State, Step

#: An index by schema and name.
Key = tuple[str, str]


@dataclass(slots=True)
class AppliedRun:
    """One `apply` so far.

    `built` are indexes that it built, or began to build, and that were not taken away again
    (those of partitioned tables remain where they are unfinished, and are among the `begun`);
    `dropped` those that it dropped, or began to drop, and that were not restored; each with the
    detail needed to undo it. `trials` are the indexes on trial that it began, or saw the end of:
    those that were used meanwhile are among `used` too, until another trial begins or a rollback.
    `document` is what `apply` ended with, None when it was interrupted, or is still at work.
    """

    ledger_id: str
    place: str
    at: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None
    built: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    begun: set[Key] = field(default_factory=set)
    dropped: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    trials: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    used: set[Key] = field(default_factory=set)
    undone: set[Key] = field(default_factory=set)


def runs(ledgers: Sequence[tuple[str, Sequence[Entry]]]) -> list[AppliedRun]:
    """The runs in both ledgers, the oldest first; each ledger comes with its place.

    Within a ledger its own order counts, whatever the clock did meanwhile.
    """
    found: dict[str, AppliedRun] = {}
    placed = ([(place, entry) for entry in entries] for place, entries in ledgers)
    for place, entry in heapq.merge(*placed, key=lambda pair: pair[1].at):
        run = found.setdefault(entry.ledger_id, AppliedRun(entry.ledger_id, place, entry.at))
        _hand_over(entry, list(found.values()))
        _add(run, entry)
    return list(found.values())


def interrupted_builds(
    ledgers: Sequence[tuple[str, Sequence[Entry]]],
) -> dict[Key, Mapping[str, Any]]:
    """Indexes whose build was begun and is not at an end, with what the ledger holds of it."""
    return {key: run.built[key] for run in runs(ledgers) for key in run.begun}


def _hand_over(entry: Entry, earlier: Sequence[AppliedRun]) -> None:
    """An index belongs to the run that built it last, or put it on trial; a drop ends the trial."""
    key = (entry.schema, entry.name)
    is_dropped = (entry.step, entry.state) == (Step.DROP, State.DONE)
    for run in earlier:
        if entry.step is Step.BUILD:
            run.built.pop(key, None)
            run.begun.discard(key)
        if entry.step is Step.TRIAL or is_dropped:
            run.trials.pop(key, None)
            run.used.discard(key)


def _add(run: AppliedRun, entry: Entry) -> None:
    key = (entry.schema, entry.name)
    match entry.step, entry.state:
        case Step.APPLY, State.BEGUN:
            run.plan = entry.detail
        case Step.APPLY, State.DONE:
            run.document = entry.detail
        case Step.BUILD, state:
            _add_build(run, key, state, entry.detail)
        case Step.DROP, _:  # a failed one too: it may have left the index invalid
            run.dropped[key] = entry.detail
        case Step.TAKE_BACK, State.DONE:
            run.built.pop(key, None)
            run.begun.discard(key)
            run.undone.add(key)
        case Step.TRIAL, State.DONE:  # a rollback
            run.undone.add(key)
        case Step.TRIAL, state:
            run.trials[key] = entry.detail
            run.used |= {key} if state is State.FAILED else set()
        case Step.RESTORE, State.DONE:
            run.dropped.pop(key, None)
            run.undone.add(key)


def _add_build(run: AppliedRun, key: Key, state: State, detail: Mapping[str, Any]) -> None:
    is_unfinished = state is State.BEGUN or (state is State.FAILED and detail.get("remains"))
    if state is State.FAILED and not is_unfinished:
        run.built.pop(key, None)
    else:
        run.built[key] = detail
    if is_unfinished:
        run.begun.add(key)
    else:
        run.begun.discard(key)
