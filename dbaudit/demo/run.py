"""The whole loop on an example system: load, scan, advise, apply, verify."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from dbaudit.advise.advice import Advice
from dbaudit.advise.plan_file import advice_document
from dbaudit.audit.scan import Audit, ScanOptions, scan
from dbaudit.audit.steps import Steps
from dbaudit.config import Config, load_config
from dbaudit.demo.load import add_hand_written_indexes, load
from dbaudit.demo.systems import System
from dbaudit.errors import ShadowError
from dbaudit.migrate.apply import apply
from dbaudit.migrate.events import OnEvent
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult
from dbaudit.migrate.plan import plan_of
from dbaudit.rules.load import about_database, chosen_rules
from dbaudit.rules.rule import Rule
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions
from dbaudit.targets.session import connect
from dbaudit.targets.writer import connect_writer
from dbaudit.workload.query_file import load_queries

#: A table larger than a quarter of shared_buffers is read through a small ring (bufmgr.c,
#: GetAccessStrategy) and pushed out by every index build; with this much the times are of warm
#: data before and after alike.
SETTINGS = {
    **THROWAWAY,
    "shared_preload_libraries": "pg_stat_statements",
    "shared_buffers": "640MB",
}


class Screen(Protocol):
    """Shows how far the demo has come."""

    def loading(self) -> AbstractContextManager[Callable[[str, int, int], None]]:
        """While the system is loaded: told label, batches done and batches in all."""

    def steps(self) -> AbstractContextManager[Steps]:
        """While the system is scanned."""

    def applying(self) -> AbstractContextManager[OnEvent]:
        """While the advice is applied."""


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What the loop gave: the audit with its advice, the rules that ran, what apply did."""

    system: System
    audit: Audit
    rules: tuple[Rule, ...]
    advice: Advice
    result: ApplyResult


def run_demo(
    system: System, scale: int | None, screen: Screen, *, hand_written: bool = False
) -> DemoOutcome:
    """Run the loop in a PostgreSQL of our own, which is gone afterwards, however it ends.

    With its authors' indexes in place the scan says which of them serve.
    """
    config = load_config(system.config, system.folder, {})
    rules = about_database(chosen_rules(config))
    with Cluster(settings=SETTINGS) as cluster:
        target = PostgresTarget(cluster.dsn())
        with screen.loading() as progress, _loader(target) as execute:
            load(system, execute, scale, progress)
            if hand_written:
                add_hand_written_indexes(system, execute)
                execute("VACUUM ANALYZE")
        audit = _scanned(target, config, rules, screen)
        if audit.advice is None:
            raise ShadowError(f"no advice for {system.name}: {audit.snapshot.notes}")
        result = _applied(target, audit, audit.advice, cluster.log.parent, screen)
    return DemoOutcome(system, audit, rules, audit.advice, result)


@contextmanager
def _loader(target: PostgresTarget) -> Iterator[Callable[[str], object]]:
    with connect_writer(target, lock_timeout_ms=0) as writer:
        yield writer.execute


def _scanned(
    target: PostgresTarget, config: Config, rules: tuple[Rule, ...], screen: Screen
) -> Audit:
    """The audit, every registered query executed: the data is the demo's own."""
    queries = load_queries(config.queries, config.folder)
    options = ScanOptions(explain=ExplainOptions(analyze=True, allow_writes=True), counted=False)
    with connect(target) as session, screen.steps() as steps:
        return scan(session, queries, rules, options, steps)


def _applied(
    target: PostgresTarget, audit: Audit, advice: Advice, state_dir: Path, screen: Screen
) -> ApplyResult:
    statements = [entry.bound for entry in audit.workload.explained if entry.plan is not None]
    document = advice_document(advice, asdict(audit.snapshot.target), statements)
    with screen.applying() as on_event:
        options = ApplyOptions(state_dir=state_dir, allow_writes=True)
        return apply(target, plan_of(document, "the demo's advice"), options, on_event)
