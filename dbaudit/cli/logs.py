"""Logs beside a database: what `scan --log` and `advise --log` read of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbaudit.cli.workload_sources import moment
from dbaudit.config import Config
from dbaudit.errors import UsageError

if TYPE_CHECKING:
    from dbaudit.audit.steps import Steps
    from dbaudit.audit.traffic import Traffic
    from dbaudit.rules.rule import Rule
    from dbaudit.traffic.reading import ReadOptions


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which logs, and how they are read."""

    logs: tuple[str, ...]
    reading: ReadOptions


def log_options(
    given: Sequence[str] | None,
    prefix: str | None,
    since: str | None,
    until: str | None,
    config: Config,
) -> LogOptions | None:
    """The logs of the command line, else of the configuration; None without any."""
    logs = tuple(given or config.logs)
    return (
        LogOptions(logs, read_options(prefix or config.log_line_prefix, since, until))
        if logs
        else None
    )


def read_options(prefix: str | None, since: str | None, until: str | None) -> ReadOptions:
    """How logs are read. Raises UsageError for a time that is none."""
    from dbaudit.traffic.reading import ReadOptions

    now = time.time()
    return ReadOptions(
        prefix=prefix,
        since=moment(since, "--since", now),
        until=moment(until, "--until", now),
    )


def read_traffic(options: LogOptions, steps: Steps) -> Traffic:
    """What the logs hold. Raises LogError."""
    from dbaudit.audit.traffic import traffic_of_logs
    from dbaudit.audit.traffic_sums import sums_of_logs
    from dbaudit.traffic.files import find_logs

    with steps.step("reading logs", None):
        return traffic_of_logs(sums_of_logs(find_logs(options.logs), options.reading))


def without_logs(
    rules: Sequence[Rule], wanted: Collection[str] = (), *, counted: bool = True
) -> tuple[Rule, ...]:
    """The rules but for those over what applications sent that have nothing to say without logs.

    Where statements are `counted`, some have. Raises UsageError when one of the others is wanted.
    """
    from dbaudit.rules.load import is_about_traffic

    left = [
        rule for rule in rules if is_about_traffic(rule) and not (counted and rule.counters_suffice)
    ]
    idle = [rule.id for rule in left if rule.id in wanted]
    if idle:
        raise UsageError(
            f"--only {idle[0]}: name a log with --log FILE, or see: dbaudit workload --help"
        )
    return tuple(rule for rule in rules if rule not in left)
