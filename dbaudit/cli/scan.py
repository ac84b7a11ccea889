"""`dbaudit scan`: the whole audit."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli import options as opt
from dbaudit.cli.console import streams
from dbaudit.cli.findings_report import FindingsOutput
from dbaudit.cli.logs import log_options, read_traffic, without_logs
from dbaudit.cli.migrations import migration_folders, tell_notes, without_migrations
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.recalled import recalled
from dbaudit.cli.setup import (
    open_session,
    open_target,
    read_config,
    registered_queries,
    replicas_of,
    timeout_ms,
)
from dbaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbaudit.audit.scan import Audit
    from dbaudit.rules.rule import Rule

SnapshotFile = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        help="Audit a snapshot that `dbaudit snapshot` saved, without a database.",
        show_default=False,
    ),
]
NoAdvice = Annotated[
    bool, typer.Option("--no-advice", help="Do not look for missing indexes (saves seconds).")
]
RegisteredOnly = Annotated[
    bool,
    typer.Option("--registered-only", help="Leave out the statements of pg_stat_statements."),
]


def scan(
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    queries: opt.QueryFiles = None,
    analyze: opt.Analyze = False,
    allow_writes: opt.AllowWrites = False,
    no_advice: NoAdvice = False,
    registered_only: RegisteredOnly = False,
    planner: opt.PlannerName = None,
    no_sample: opt.NoSample = False,
    again: opt.Again = False,
    snapshot: SnapshotFile = None,
    migrations: opt.Migrations = None,
    log: opt.Logs = None,
    log_line_prefix: opt.LogLinePrefix = None,
    since: opt.Since = None,
    until: opt.Until = None,
    formats: opt.Formats = None,
    output: opt.Output = None,
    fail_on: opt.FailOn = None,
    baseline: opt.Baseline = None,
    write_baseline: opt.WriteBaseline = None,
    only: opt.Only = None,
    ignore: opt.Ignore = None,
    rules: opt.RuleFolders = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> int:
    """Audit a database: catalog, statistics, registered queries. Prints findings."""
    from dbaudit.audit.migrations import MigrationOptions
    from dbaudit.audit.propose import propose_options
    from dbaudit.audit.scan import ScanOptions
    from dbaudit.rules.load import chosen_rules
    from dbaudit.targets.explain import ExplainOptions

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    reporting = FindingsOutput.from_options(
        config, formats or (), output, fail_on, baseline, write_baseline, verbose=verbose
    )
    chosen = chosen_rules(config, rules or (), only or (), ignore or ())
    folders = migration_folders(migrations, config) if snapshot is None else ()
    if not folders:
        chosen = without_migrations(chosen, only or ())
    logs = log_options(log, log_line_prefix, since, until, config)
    if logs is None or snapshot is not None:
        chosen = without_logs(chosen, only or (), counted=not registered_only)
    started = (datetime.now(UTC), time.monotonic())
    if snapshot is not None:
        _refuse_beside_snapshot(dsn or dsn_option or target, log, migrations)
        audit = _from_file(snapshot, chosen)
    else:
        proposing = propose_options(config, planner, no_sample=no_sample)
        scan_options = ScanOptions(
            explain=ExplainOptions(analyze=analyze, allow_writes=allow_writes),
            counted=not registered_only,
            propose=None if no_advice else proposing,
            migrations=MigrationOptions(folders, proposing) if folders else None,
        )
        registered = registered_queries(queries, config)
        limit = timeout_ms(timeout, config)
        with (
            open_target(dsn, dsn_option, target, config) as found,
            open_session(found, limit) as session,
            said.progress() as progress,
        ):
            from dbaudit.audit.scan import scan as run

            steps = DrawnSteps(progress)
            scan_options = replace(
                scan_options,
                replicas=replicas_of(found, target, config),
                traffic=None if logs is None else read_traffic(logs, steps),
                verdicts=recalled(session, config, said, again=again),
            )
            audit = run(session, registered, chosen, scan_options, steps)
        tell_notes(audit.snapshot, said)
    return reporting.deliver(audit, chosen, started, said)


def _refuse_beside_snapshot(
    database: str | None, logs: Sequence[str] | None, migrations: Sequence[Path] | None
) -> None:
    if database:
        raise UsageError("--snapshot audits a file; name no database with it")
    if logs:
        raise UsageError("--log goes with a database; `dbaudit workload` reads logs alone")
    if migrations:
        raise UsageError("--migrations are tried on a database; it does not go with --snapshot")


def _from_file(path: Path, rules: Sequence[Rule]) -> Audit:
    from dbaudit.audit.scan import Audit
    from dbaudit.audit.traffic_audit import judged_by_counters
    from dbaudit.audit.workload import Workload
    from dbaudit.snapshot.store import load_snapshot
    from dbaudit.workload.catalog import Catalog

    snapshot, evaluation = judged_by_counters(load_snapshot(path), rules)
    return Audit(snapshot, Workload(Catalog({}), {}, ()), None, evaluation)
