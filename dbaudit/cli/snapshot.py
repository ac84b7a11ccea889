"""`dbaudit snapshot`: save what an audit needs, to audit it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbaudit.cli import options as opt
from dbaudit.cli.console import streams
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.setup import (
    open_session,
    open_target,
    read_config,
    registered_queries,
    replicas_of,
    timeout_ms,
)
from dbaudit.report.output import check_path


def snapshot(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    queries: opt.QueryFiles = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Save what an audit needs to a file.

    `dbaudit scan --snapshot FILE` audits it elsewhere.

    The file holds no rows and no values of the database, but the texts of its queries.
    """
    from dbaudit.audit.scan import ScanOptions, planned_snapshot
    from dbaudit.snapshot.store import save_snapshot

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    check_path(output)
    registered = registered_queries(queries, config)
    with (
        open_target(dsn, dsn_option, target, config) as found,
        open_session(found, timeout_ms(timeout, config)) as session,
        said.progress() as progress,
    ):
        steps = DrawnSteps(progress)
        replicas = replicas_of(found, target, config)
        scan_options = ScanOptions(propose=None, replicas=replicas)
        taken, _ = planned_snapshot(session, registered, scan_options, steps)
    save_snapshot(taken, output)
    said.note(f"{output}: {len(taken.frames)} tables of {taken.target.database}")
