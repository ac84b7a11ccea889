"""`dbaudit apply`: build what an advice proposes, prove it, take back what did not pay."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli import build_options as bounds
from dbaudit.cli import options as opt
from dbaudit.cli.apply_output import FORMATS, deliver, drawn_events, question, show_concerns
from dbaudit.cli.console import Streams, streams
from dbaudit.cli.setup import (
    open_session,
    open_target,
    read_config,
    registered_queries,
    replicas_of,
    timeout_ms,
)
from dbaudit.cli.trial_option import Trial, trial_seconds
from dbaudit.errors import UsageError
from dbaudit.report.output import check_destinations, parse_destinations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbaudit.advise.plan_file import Plan
    from dbaudit.query import Query
    from dbaudit.targets.session import Session

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
ProofTime = Annotated[
    str | None,
    typer.Option(
        "--proof-time",
        metavar="TIME",
        help="Time for all measuring (default 5min); when it runs out, queries run fewer times.",
        show_default=False,
    ),
]


def apply(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The plan file of `dbaudit advise`, or one SQL migration."
        ),
    ],
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    queries: opt.QueryFiles = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the statements and change nothing.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify/--no-verify",
            help="Measure the queries before and after; take back what did not pay (default).",
        ),
    ] = True,
    min_gain: Annotated[
        float | None,
        typer.Option(
            "--min-gain", metavar="FACTOR", help="Least gain that keeps an index (default 1.1)."
        ),
    ] = None,
    max_loss: Annotated[
        float,
        typer.Option(
            "--max-loss", metavar="FACTOR", help="How much slower another query may become."
        ),
    ] = 1.5,
    proof_time: ProofTime = None,
    allow_writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes", help="Measure statements that change data too, rolled back."
        ),
    ] = False,
    max_wait: bounds.MaxWait = None,
    maintenance_work_mem: bounds.MaintenanceWorkMem = None,
    parallel_workers: bounds.ParallelWorkers = None,
    trial: Trial = None,
    yes: Yes = False,
    formats: opt.Formats = None,
    output: opt.Output = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Apply a plan: build, prove by measuring, keep what pays.

    Indexes are built concurrently; what does not pay is taken back, and a ledger remembers.
    A plan file brings its queries along; an SQL migration is proved by the registered ones.
    Exit status 4 when something failed or everything was taken back.
    """
    from dbaudit.migrate.apply import apply as run
    from dbaudit.migrate.options import ApplyOptions, state_dir
    from dbaudit.migrate.outcome import require_success, result_document
    from dbaudit.migrate.plan import read_plan
    from dbaudit.migrate.preflight.preflight import preflight

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    gain = config.min_gain if min_gain is None else min_gain
    if gain < 1 or max_loss < 1:
        raise UsageError("--min-gain and --max-loss are factors of 1 or more")
    watched_for = trial_seconds(trial)
    options = ApplyOptions(
        state_dir=state_dir(os.environ, Path.home()),
        verify=verify,
        min_gain=gain,
        max_loss=max_loss,
        proof_ms=_proof_ms(proof_time),
        allow_writes=allow_writes,
        statement_timeout_ms=timeout_ms(timeout, config),
        trial_seconds=watched_for,
        wait_ms=bounds.wait_ms(max_wait, config),
        maintenance_work_mem_bytes=bounds.memory_bytes(maintenance_work_mem, config),
        parallel_workers=bounds.workers(parallel_workers, config),
    )
    plan = read_plan(file)
    _show(plan, said, is_dry_run=dry_run)
    if watched_for is not None and plan.drops:
        said.note(f"on trial for {trial}: what would be dropped is watched first")
    if dry_run:
        return
    if not (plan.indexes or plan.drops):
        said.note("the plan changes nothing")
        return
    require_an_answer(yes=yes)
    with open_target(dsn, dsn_option, target, config) as found:
        options = replace(options, replicas=replicas_of(found, target, config))
        with open_session(found, options.statement_timeout_ms) as session:
            plan = _with_registered(session, plan, registered_queries(queries, config))
            concerns = preflight(session, plan, options)
        show_concerns(concerns, said)
        confirm(question(concerns), yes=yes)
        with drawn_events(said, concerns) as on_event:
            result = run(found, plan, options, on_event)
    deliver(result_document(result), destinations, said)
    require_success(result)


def _with_registered(session: Session, plan: Plan, registered: Sequence[Query]) -> Plan:
    """The plan, proved by the registered queries where it brings none.

    Most plans bring theirs: those do not wait for what reads a catalog to be imported.
    """
    if plan.statements or not registered:
        return plan
    from dbaudit.audit.proof import with_registered

    return with_registered(session, plan, registered)


def confirm(question: str, *, yes: bool) -> None:
    """Ask the person at the prompt. Raises UsageError where nobody can answer."""
    require_an_answer(yes=yes)
    if not yes:
        typer.confirm(question, abort=True, err=True)


def require_an_answer(*, yes: bool) -> None:
    """Raise UsageError where a question would be asked and nobody can answer."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody can answer here; give --yes to change the database, or --dry-run")


def _proof_ms(given: str | None) -> int:
    """The time for all measuring, in ms."""
    from dbaudit.units import parse_seconds

    seconds = parse_seconds(given or "5min")
    if seconds <= 0:
        raise UsageError(f"--proof-time {given}: expected more than 0")
    return max(1, round(seconds * 1000))


def _show(plan: Plan, said: Streams, *, is_dry_run: bool) -> None:
    """The statements: the answer of a dry run, on stdout; else a note before the question."""
    from dbaudit.migrate.render.changes import dry_run

    for statement in dry_run(plan):
        if is_dry_run:
            said.out.print(f"{statement};", soft_wrap=True)
        else:
            said.note(f"{statement};")
