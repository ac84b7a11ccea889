"""`dbaudit status`: what was applied and what it gained, what is on trial, what is left over."""

from __future__ import annotations

import os
from pathlib import Path

from dbaudit.cli import options as opt
from dbaudit.cli.apply_output import FORMATS, deliver
from dbaudit.cli.console import streams
from dbaudit.cli.setup import open_session, open_target, read_config, replicas_of, timeout_ms
from dbaudit.report.output import check_destinations, parse_destinations


def status(
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    formats: opt.Formats = None,
    output: opt.Output = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Show what was applied and what it gained, the newest first.

    Below it: the indexes on trial, what a run left over and what to do about it, and whether an
    apply is at work.
    """
    from dbaudit.migrate.options import state_dir
    from dbaudit.migrate.status import status as read

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    with (
        open_target(dsn, dsn_option, target, config) as found,
        open_session(found, timeout_ms(timeout, config)) as session,
    ):
        replicas = replicas_of(found, target, config)
        document = read(session, state_dir(os.environ, Path.home()), replicas)
    deliver(document, destinations, said)
