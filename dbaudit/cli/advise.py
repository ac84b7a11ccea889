"""`dbaudit advise`: the best index set for the workload."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli import options as opt
from dbaudit.cli.console import Streams, streams
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.setup import (
    open_session,
    open_target,
    read_config,
    registered_queries,
    timeout_ms,
)
from dbaudit.errors import UsageError
from dbaudit.report.output import Format, check_destinations, parse_destinations, write_file
from dbaudit.units import parse_bytes, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = (Format.TERMINAL, Format.JSON, Format.MARKDOWN)
LATER_STYLES = ("alembic", "django")


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
    search_time: Annotated[
        str | None,
        typer.Option(
            "--search-time",
            metavar="TIME",
            help="End the search after this time, such as 30s, with the best set so far.",
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write migrations and plan.json here."),
    ] = None,
    style: Annotated[
        str, typer.Option("--style", metavar="sql", help="How migrations are written.")
    ] = "sql",
    registered_only: Annotated[
        bool,
        typer.Option("--registered-only", help="Leave out the statements of pg_stat_statements."),
    ] = False,
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
    from dbaudit.report.json_values import json_safe, json_text
    from dbaudit.report.markdown_advice import advice_markdown
    from dbaudit.report.publish import publish
    from dbaudit.report.terminal_advice import AdviceView

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    destinations = parse_destinations(formats or (), output, FORMATS)
    check_destinations(destinations)
    _check_style(style)
    proposing = propose_options(
        config,
        planner,
        parse_bytes(budget) if budget is not None else None,
        max_columns,
        no_sample=no_sample,
        search_seconds=parse_seconds(search_time) if search_time is not None else None,
    )
    registered = registered_queries(queries, config)
    with (
        open_target(dsn, dsn_option, target, config) as found,
        open_session(found, timeout_ms(timeout, config)) as session,
        said.progress() as progress,
    ):
        made = run(
            session,
            registered,
            proposing,
            DrawnSteps(progress),
            is_registered_only=registered_only,
        )
    document = json_safe(advice_document(made.advice, asdict(made.target), made.statements))
    renderings = {
        Format.JSON: lambda: json_text(document),
        Format.MARKDOWN: lambda: advice_markdown(made.advice),
    }
    publish(destinations, AdviceView(made.advice, everything=verbose > 0), renderings, said.out)
    if write is not None:
        _write(write, document, said)


def _check_style(style: str) -> None:
    if style in LATER_STYLES:
        raise UsageError(f"--style {style}: not in this version of dbaudit; known is sql")
    if style != "sql":
        raise UsageError(f"--style {style!r}: unknown; known is sql")


def _write(folder: Path, document: Mapping[str, object], said: Streams) -> None:
    from dbaudit.migrate.render import render

    folder.mkdir(parents=True, exist_ok=True)
    files = render(document, [path.name for path in folder.iterdir()])
    for name, text in files.items():
        write_file(folder / name, text)
        said.note(f"written  {folder / name}")
