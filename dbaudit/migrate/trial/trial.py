"""An index on trial: watched for some time before it is dropped, and what that has shown. Pure.

Where its counters cannot be compared with those at the beginning, the index is not dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dbaudit.migrate.ledger.history import Key
from dbaudit.migrate.trial.usage import Counted, Usage, usage_from


class Verdict(Enum):
    """What comes of a trial."""

    WAIT = "wait"  # its time is not over, or some server could not be asked
    DROP = "drop"  # nobody scanned it
    USED = "used"  # somebody did: it stays
    ANEW = "anew"  # the counters do not reach back to its beginning


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial: times in UTC by the target's clock, and the counters at its beginning by server."""

    key: Key
    seconds: float
    since: str
    until: str
    usages: Mapping[str, Usage]

    def as_detail(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {
            "seconds": self.seconds,
            "since": self.since,
            "until": self.until,
            "usages": {server: usage.as_detail() for server, usage in self.usages.items()},
        }


def trial_from(key: Key, detail: Mapping[str, Any]) -> Trial:
    """The trial that `as_detail` gave."""
    usages = {server: usage_from(usage) for server, usage in detail["usages"].items()}
    seconds = float(detail["seconds"])
    return Trial(key, seconds, str(detail["since"]), str(detail["until"]), usages)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comes of a trial, and why; `scans` are those counted since it began, by server."""

    verdict: Verdict
    reason: str
    scans: Mapping[str, int]


def judge(trial: Trial, counted: Sequence[Counted], now: str) -> Judgement:
    """What comes of a trial; `now` is the target's time, as `until` is written."""
    scans, lost, unknown = _compared(trial, counted)
    used = [f"{number} on {server}" for server, number in scans.items() if number]
    if used:
        many = f"{', '.join(used)} since {to_the_minute(trial.since)}{_last(trial, counted)}"
        return Judgement(Verdict.USED, f"it was scanned while on trial: {many}; it stays", scans)
    if unknown:
        reason = f"{unknown[0]}, so nobody knows whether it is used there"
        return Judgement(Verdict.WAIT, f"on trial, and not dropped: {reason}", scans)
    if lost:
        return Judgement(Verdict.ANEW, f"its trial starts anew: {lost[0]}", scans)
    if now < trial.until:
        return Judgement(Verdict.WAIT, waiting(trial), scans)
    servers = ", ".join(scans)
    over = f"not scanned since {to_the_minute(trial.since)} on {servers}"
    return Judgement(Verdict.DROP, over, scans)


def waiting(trial: Trial) -> str:
    """What is told of a trial that nothing has ended yet."""
    return f"on trial until {to_the_minute(trial.until)}: 0 scans so far"


def to_the_minute(at: str) -> str:
    """A time for people: 2026-01-31 13:30 UTC."""
    return f"{at[:16].replace('T', ' ')} UTC"


def _compared(
    trial: Trial, counted: Sequence[Counted]
) -> tuple[dict[str, int], list[str], list[str]]:
    """The scans by server, why counters cannot be compared, and why they cannot be read."""
    scans: dict[str, int] = {}
    lost = [
        f"{one.server} was not watched until now"
        for one in counted
        if one.server not in trial.usages
    ]
    unknown: list[str] = []
    by_server = {one.server: one for one in counted}
    for server, before in trial.usages.items():
        now = by_server.get(server)
        if problem := _unknown(trial.key, server, now):
            unknown.append(problem)
        elif now is not None:
            after = now.usages[trial.key]
            if reason := _lost(server, before, after):
                lost.append(reason)
            else:
                scans[server] = after.idx_scan - before.idx_scan
    unknown += [
        f"{one.server} cannot be asked: {one.problem}"
        for one in counted
        if one.problem and one.server not in trial.usages
    ]
    return scans, lost, unknown


def _unknown(key: Key, server: str, counted: Counted | None) -> str:
    if counted is None:
        return (
            f"{server} was watched too and is not among the replicas now; name the target with "
            "--target, or end the trial with rollback"
        )
    if counted.problem:
        return f"{server} cannot be asked: {counted.problem}"
    return "" if key in counted.usages else f"{server} has no such index"


def _lost(server: str, before: Usage, after: Usage) -> str:
    if before.oid != after.oid:
        return f"on {server} it is another index of this name by now"
    if before.timeline != after.timeline:
        return f"{server} is another server by now, or was promoted"
    if before.counted_since != after.counted_since or after.idx_scan < before.idx_scan:
        return f"the counters of {server} were reset"
    return ""


def _last(trial: Trial, counted: Sequence[Counted]) -> str:
    usages = [one.usages[trial.key] for one in counted if trial.key in one.usages]
    last = max((usage.last_idx_scan or "" for usage in usages), default="")
    return f", last at {to_the_minute(last)}" if last else ""
