"""Gather what `workload` was asked to look at, from wherever it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbaudit.audit.traffic import (
    Traffic,
    traffic_of_counters,
    traffic_of_logs,
    traffic_of_samples,
)
from dbaudit.audit.traffic_audit import judged, snapshot_of_traffic, with_traffic
from dbaudit.audit.traffic_sums import sums_of_logs
from dbaudit.cli.console import Streams
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.setup import open_session, open_target
from dbaudit.cli.workload_follow import followed_sums
from dbaudit.cli.workload_sources import Sources
from dbaudit.config import Config
from dbaudit.errors import UsageError
from dbaudit.report.wording import target_label
from dbaudit.rules.evaluate import Evaluation
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.snapshot.store import load_snapshot
from dbaudit.traffic.files import find_logs
from dbaudit.traffic.reading import ReadOptions

if TYPE_CHECKING:
    from dbaudit.targets.session import Session

#: A look takes about a millisecond of the server's time.
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is to be read, and how; `target` is a name in the configuration."""

    sources: Sources
    reading: ReadOptions
    target: str | None
    timeout_ms: int
    sample_seconds: float | None = None
    follows: bool = False

    @property
    def asks_target(self) -> bool:
        """Whether a database is named, or nothing else is."""
        is_named = self.sources.dsn is not None or self.target is not None
        return is_named or not (self.sources.logs or self.sources.snapshots)


def gathered(
    wanted: Gathering, rules: Sequence[Rule], config: Config, said: Streams
) -> tuple[Traffic, Snapshot, Evaluation]:
    """The sums, the snapshot with them (the target's where one is named), and what rules say.

    Raises UsageError for sources that do not go together, LogError for a log that cannot be read,
    TargetError for a database that cannot be reached.
    """
    _check(wanted)
    sources = wanted.sources
    with _session(wanted, config) as session, said.progress() as progress:
        steps = DrawnSteps(progress)
        snapshot = None if session is None else _collected(session, steps)
        if sources.logs:
            traffic = _of_logs(wanted, said, steps)
        elif sources.snapshots:
            taken = [(str(path), load_snapshot(path)) for path in sources.snapshots]
            traffic = traffic_of_counters(taken)
            snapshot = snapshot or max((s for _, s in taken), key=lambda s: s.collected_at)
        elif session is not None and wanted.sample_seconds is not None:
            traffic = _sampled(session, wanted.sample_seconds, steps)
        elif snapshot is not None:
            traffic = traffic_of_counters([(target_label(snapshot.target), snapshot)])
        told = with_traffic(snapshot or snapshot_of_traffic(traffic), traffic)
        return traffic, told, judged(told, traffic, rules, session)


def _check(wanted: Gathering) -> None:
    if wanted.sample_seconds is not None and (wanted.sources.logs or wanted.sources.snapshots):
        raise UsageError("--sample watches a database; give no logs or snapshots with it")
    if wanted.sample_seconds is not None and wanted.sample_seconds <= 0:
        raise UsageError("--sample: expected a duration above 0, such as 30s")
    if wanted.follows and len(wanted.sources.logs) != 1:
        raise UsageError("--follow goes on reading one log, or one folder of logs; name it")


@contextmanager
def _session(wanted: Gathering, config: Config) -> Iterator[Session | None]:
    if not wanted.asks_target:
        yield None
        return
    with (
        open_target(wanted.sources.dsn, None, wanted.target, config) as found,
        open_session(found, wanted.timeout_ms) as session,
    ):
        yield session


def _collected(session: Session, steps: DrawnSteps) -> Snapshot:
    from dbaudit.snapshot.collect import collect, collected_tables

    with steps.step("collecting", collected_tables()) as advance:
        return collect(session, advance)


def _of_logs(wanted: Gathering, said: Streams, steps: DrawnSteps) -> Traffic:
    logs = find_logs(wanted.sources.logs)
    if wanted.follows:
        return traffic_of_logs(followed_sums(logs[-1], wanted.reading, said))
    with steps.step("reading", None):
        return traffic_of_logs(sums_of_logs(logs, wanted.reading))


def _sampled(session: Session, seconds: float, steps: DrawnSteps) -> Traffic:
    from dbaudit.targets.activity import sample_activity

    with steps.step("watching", max(1, round(seconds / _LOOK_SECONDS))) as advance:
        samples = sample_activity(session, seconds, _LOOK_SECONDS, lambda _: advance(""))
    return traffic_of_samples(samples, session.database)
