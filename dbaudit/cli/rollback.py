"""`dbaudit rollback`: undo what an apply did."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from dbaudit.cli import build_options as bounds
from dbaudit.cli import options as opt
from dbaudit.cli.apply import Yes, confirm
from dbaudit.cli.apply_output import FORMATS, deliver, drawn_events
from dbaudit.cli.console import streams
from dbaudit.cli.setup import open_target, read_config, timeout_ms
from dbaudit.report.output import check_destinations, parse_destinations


def rollback(
    ledger_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="What to undo, as `dbaudit status` names it; the last by default."
        ),
    ] = None,
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    max_wait: bounds.MaxWait = None,
    yes: Yes = False,
    formats: opt.Formats = None,
    output: opt.Output = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Undo an apply.

    The indexes that it built are dropped, those that it dropped are built again, concurrently. A
    trial that it began is ended, and its index stays.
    """
    from dbaudit.migrate.options import ApplyOptions, state_dir
    from dbaudit.migrate.outcome import require_no_failure, result_document
    from dbaudit.migrate.rollback import rollback as run

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    if ledger_id is not None and dsn is None and _is_dsn(ledger_id):
        ledger_id, dsn = None, ledger_id
    confirm(f"Undo {ledger_id or 'the last apply'}?", yes=yes)
    options = ApplyOptions(
        state_dir=state_dir(os.environ, Path.home()),
        statement_timeout_ms=timeout_ms(timeout, config),
        wait_ms=bounds.wait_ms(max_wait, config),
        maintenance_work_mem_bytes=config.maintenance_work_mem_bytes,
        parallel_workers=config.parallel_workers,
    )
    with open_target(dsn, dsn_option, target, config) as found, drawn_events(said) as on_event:
        result = run(found, ledger_id, options, on_event)
    deliver(result_document(result), destinations, said)
    require_no_failure(result)


def _is_dsn(text: str) -> bool:
    """A ledger id is twelve hex digits; whatever names a database has a colon or an equals sign."""
    return ":" in text or "=" in text
