"""The whole audit on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dbaudit.advise.advice import Advice
from dbaudit.advise.advice_table import missed_table, taken_back_table
from dbaudit.advise.read_catalog import read_catalog
from dbaudit.advise.verdicts import Verdicts
from dbaudit.audit.counted import counted_queries
from dbaudit.audit.explained import Explained, explain_workload
from dbaudit.audit.function_predicates import with_function_predicates
from dbaudit.audit.migrations import MigrationOptions, with_migrations
from dbaudit.audit.propose import ProposeOptions, begun_cluster, with_advice
from dbaudit.audit.selectivity import with_selectivities
from dbaudit.audit.steps import Steps
from dbaudit.audit.traffic import Traffic
from dbaudit.audit.traffic_audit import judged, judged_by_counters, with_traffic
from dbaudit.audit.traffic_workload import (
    sent_queries,
    weighted,
    with_logged_plans,
    with_times,
)
from dbaudit.audit.uses import workload_uses
from dbaudit.audit.variants import bind_generic, bind_workload
from dbaudit.audit.workload import Workload
from dbaudit.audit.workload_tables import with_workload
from dbaudit.query import Query
from dbaudit.rules.evaluate import Evaluation, evaluate
from dbaudit.rules.rule import Rule
from dbaudit.snapshot.collect import collect, collected_tables
from dbaudit.snapshot.replicas import with_replicas
from dbaudit.snapshot.snapshot import Note, Snapshot
from dbaudit.targets.explain import ExplainOptions
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import Session
from dbaudit.workload.binding import Values
from dbaudit.workload.catalog import Catalog, catalog_from_snapshot


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that a scan found; `advice` is None where none was asked for or possible."""

    snapshot: Snapshot
    workload: Workload
    advice: Advice | None
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """`values` are parameters by name; `counted` adds the statements of pg_stat_statements.

    `is_generic` leaves all parameters open; `propose` is None for no advice, `migrations` for none
    to check. `replicas` are those of the target that are asked which indexes they use. `traffic` is
    what applications sent: its statements are looked at in place of pg_stat_statements'. `verdicts`
    are those of earlier runs of `apply`: what did not pay is not proposed again.
    """

    explain: ExplainOptions = field(default_factory=ExplainOptions)
    values: Values = field(default_factory=dict)
    counted: bool = True
    is_generic: bool = False
    propose: ProposeOptions | None = field(default_factory=ProposeOptions)
    migrations: MigrationOptions | None = None
    replicas: tuple[Replica, ...] = ()
    traffic: Traffic | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)


def scan(
    session: Session,
    registered: Sequence[Query],
    rules: Sequence[Rule],
    options: ScanOptions,
    steps: Steps,
) -> Audit:
    """Collect, plan the workload, propose indexes, check migrations, run the rules.

    Raises TargetError when the connection is lost, RuleError for a rule whose SQL fails.
    """
    with begun_cluster(options.propose if registered else None) as take_cluster:
        snapshot, workload = planned_snapshot(session, registered, options, steps)
        advice = None
        if options.propose is not None:
            proposing = replace(options.propose, verdicts=options.verdicts)
            snapshot, advice = with_advice(
                session, snapshot, workload, proposing, steps, take_cluster
            )
    if options.migrations is not None:
        snapshot = with_migrations(session, snapshot, workload, options.migrations, steps)
    measured = {
        "missed_indexes": missed_table(options.verdicts),
        "taken_back_indexes": taken_back_table(options.verdicts, read_catalog(snapshot)),
    }
    snapshot = snapshot.with_frames(measured)
    snapshot, evaluation = _judged(session, snapshot, rules, options)
    return Audit(snapshot, workload, advice, evaluation)


def _judged(
    session: Session, snapshot: Snapshot, rules: Sequence[Rule], options: ScanOptions
) -> tuple[Snapshot, Evaluation]:
    if options.traffic is not None:
        snapshot = with_traffic(snapshot, options.traffic)
        return snapshot, judged(snapshot, options.traffic, rules, session)
    if options.counted:
        return judged_by_counters(snapshot, rules, session)
    return snapshot, evaluate(snapshot, rules)


def planned_snapshot(
    session: Session, registered: Sequence[Query], options: ScanOptions, steps: Steps
) -> tuple[Snapshot, Workload]:
    """The target's catalog and statistics, and the workload planned on it."""
    with steps.step("collecting", collected_tables()) as advance:
        snapshot = with_replicas(collect(session, advance), options.replicas)
    catalog = catalog_from_snapshot(snapshot)
    snapshot = with_function_predicates(session, snapshot, catalog)
    registered, counted = _queries(snapshot, registered, catalog, options)
    workload = _planned(session, catalog, [*registered, *counted], options, steps)
    unplanned = [e for e in workload.explained if e.error and e.bound.query in counted]
    workload = replace(
        workload, explained=tuple(e for e in workload.explained if e not in unplanned)
    )
    told = workload if options.traffic is None else with_logged_plans(workload, options.traffic)
    planned = with_workload(snapshot, told).with_frames({}, _unplanned(unplanned))
    if options.traffic is not None:
        planned = with_times(planned, options.traffic)
    return with_selectivities(session, planned, workload, options.values), workload


def _queries(
    snapshot: Snapshot, registered: Sequence[Query], catalog: Catalog, options: ScanOptions
) -> tuple[Sequence[Query], Sequence[Query]]:
    """The registered queries, and the statements that the server was really asked."""
    if options.traffic is not None:
        sent = sent_queries(options.traffic, registered, catalog) if options.counted else ()
        return weighted(registered, options.traffic), sent
    return registered, counted_queries(snapshot, registered, catalog) if options.counted else ()


def _unplanned(entries: Sequence[Explained]) -> list[Note]:
    """A text of pg_stat_statements that cannot be planned without its constants is no finding."""
    if not entries:
        return []
    reason = (
        f"{len(entries)} of the statements that the server was asked cannot be planned without "
        f"their constants, such as {entries[0].bound.name}: {entries[0].error}"
    )
    return [Note("queries", reason)]


def _planned(
    session: Session,
    catalog: Catalog,
    queries: Sequence[Query],
    options: ScanOptions,
    steps: Steps,
) -> Workload:
    uses = workload_uses(session, queries, catalog)
    bound = (
        bind_generic(queries)
        if options.is_generic
        else bind_workload(session, queries, uses, options.values)
    )
    with steps.step("explaining", len(bound)) as advance:
        explained = explain_workload(session, bound, options.explain, advance)
    return Workload(catalog, uses, tuple(explained))
