"""`dbaudit advise`: the best index set for the workload."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from dbaudit.cli import migration_files as files
from dbaudit.cli import options as opt
from dbaudit.cli.console import streams
from dbaudit.cli.logs import log_options, read_traffic
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.recalled import recalled
from dbaudit.cli.setup import (
    open_session,
    open_target,
    read_config,
    registered_queries,
    timeout_ms,
)
from dbaudit.report.output import Format, check_destinations, parse_destinations
from dbaudit.units import parse_bytes, parse_seconds

FORMATS = (Format.TERMINAL, Format.JSON, Format.MARKDOWN)


def advise(
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    queries: opt.QueryFiles = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget", metavar="SIZE", help="Most disk space of new indexes, such as 1GB."
        ),
    ] = None,
    max_columns: Annotated[
        int | None,
        typer.Option("--max-columns", min=1, max=32, help="Most keys of an index (default: 3)."),
    ] = None,
    planner: opt.PlannerName = None,
    no_sample: opt.NoSample = False,
    again: opt.Again = False,
    search_time: Annotated[
        str | None,
        typer.Option(
            "--search-time",
            metavar="TIME",
            help="End the search after this time, such as 30s, with the best set so far.",
        ),
    ] = None,
    loss_weight: Annotated[
        float | None,
        typer.Option(
            "--loss-weight",
            metavar="FACTOR",
            min=1,
            help="What a query may lose by the set counts so many times what others gain "
            "(default: 10; 1 weighs both alike).",
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="DIR", help="Write migrations here (SQL: and the plan.json too)."
        ),
    ] = None,
    style: files.StyleName = "sql",
    after: files.After = None,
    app: files.App = None,
    registered_only: Annotated[
        bool,
        typer.Option("--registered-only", help="Leave out the statements of pg_stat_statements."),
    ] = False,
    log: opt.Logs = None,
    log_line_prefix: opt.LogLinePrefix = None,
    since: opt.Since = None,
    until: opt.Until = None,
    formats: opt.Formats = None,
    output: opt.Output = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> None:
    """Propose the best index set for the workload.

    Each index is proved by the real planner before anything is built.

    The document of --format json is the plan file that `dbaudit apply` takes.
    """
    from dbaudit.advise.plan_file import advice_document
    from dbaudit.audit.advise import advise as run
    from dbaudit.audit.propose import propose_options
    from dbaudit.migrate.plan import plan_of
    from dbaudit.report.json_values import json_safe, json_text
    from dbaudit.report.markdown_advice import advice_markdown
    from dbaudit.report.publish import publish
    from dbaudit.report.terminal_advice import AdviceView

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    if write is None:
        files.check_unwritten(style, after, app)
    render = files.renderer(style, write, after, app) if write is not None else None
    proposing = propose_options(
        replace(config, loss_weight=loss_weight or config.loss_weight),
        planner,
        parse_bytes(budget) if budget is not None else None,
        max_columns,
        no_sample=no_sample,
        search_seconds=parse_seconds(search_time) if search_time is not None else None,
    )
    registered = registered_queries(queries, config)
    logs = log_options(log, log_line_prefix, since, until, config)
    with (
        open_target(dsn, dsn_option, target, config) as found,
        open_session(found, timeout_ms(timeout, config)) as session,
        said.progress() as progress,
    ):
        steps = DrawnSteps(progress)
        made = run(
            session,
            registered,
            replace(proposing, verdicts=recalled(session, config, said, again=again)),
            steps,
            is_registered_only=registered_only,
            traffic=None if logs is None else read_traffic(logs, steps),
        )
    document = json_safe(advice_document(made.advice, asdict(made.target), made.statements))
    renderings = {
        Format.JSON: lambda: json_text(document),
        Format.MARKDOWN: lambda: advice_markdown(made.advice),
    }
    publish(destinations, AdviceView(made.advice, everything=verbose > 0), renderings, said.out)
    if write is not None and render is not None:
        written = dict(render(plan_of(document, files.PLAN_FILE)))
        if style == "sql":
            written[write / files.PLAN_FILE] = json_text(document)
        files.write_files(written, said)
