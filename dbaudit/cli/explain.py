"""`dbaudit explain`: the plans of one query, or of each in a file."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.cli import options as opt
from dbaudit.cli.console import streams
from dbaudit.cli.findings_report import FindingsOutput
from dbaudit.cli.migrations import without_migrations
from dbaudit.cli.progress import DrawnSteps
from dbaudit.cli.recalled import recalled
from dbaudit.cli.setup import (
    open_session,
    open_target,
    parse_parameters,
    read_config,
    registered_queries,
    timeout_ms,
)
from dbaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbaudit.config import Config
    from dbaudit.query import Query

FileArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|-",
        help="A file of queries, or - for standard input. Left out with --name.",
        show_default=False,
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="QUERY", help="A registered query by its name."),
]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="A parameter's value (repeat)."),
]
Role = Annotated[
    str | None,
    typer.Option("--role", help="Plan and execute as this role.", show_default=False),
]
Generic = Annotated[
    bool,
    typer.Option("--generic", help="The plan for any value, as prepared statements come to use."),
]


def explain(
    file: FileArgument = None,
    dsn: opt.Dsn = None,
    dsn_option: opt.DsnOption = None,
    target: opt.Target = None,
    config_file: opt.ConfigFile = None,
    name: Name = None,
    params: Param = None,
    role: Role = None,
    generic: Generic = False,
    analyze: opt.Analyze = False,
    allow_writes: opt.AllowWrites = False,
    no_advice: Annotated[
        bool, typer.Option("--no-advice", help="Do not look for missing indexes.")
    ] = False,
    planner: opt.PlannerName = None,
    again: opt.Again = False,
    queries: opt.QueryFiles = None,
    formats: opt.Formats = None,
    output: opt.Output = None,
    fail_on: opt.FailOn = None,
    baseline: opt.Baseline = None,
    rules: opt.RuleFolders = None,
    timeout: opt.Timeout = None,
    quiet: opt.Quiet = False,
    no_color: opt.NoColor = False,
    verbose: opt.Verbose = 0,
) -> int:
    """Explain queries: annotated plan, findings, proposals.

    Each index proposal comes with its what-if cost. Without values a parameter is tried with a
    common and a rare one from the column's statistics.
    """
    from dbaudit.audit.explain import explain as run
    from dbaudit.audit.propose import propose_options
    from dbaudit.audit.scan import ScanOptions
    from dbaudit.rules.load import chosen_rules
    from dbaudit.targets.explain import ExplainOptions
    from dbaudit.workload.binding import refuse_unknown

    if generic and analyze:
        raise UsageError("--generic plans without values, so there is nothing to --analyze")
    if name is not None and file is not None and dsn is None:
        file, dsn = None, file  # with --name the first argument is the database
    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    reporting = FindingsOutput.from_options(
        config, formats or (), output, fail_on, baseline, None, verbose=verbose
    )
    chosen = _queries(file, name, queries, config)
    if role is not None:
        chosen = [replace(query, role=role) for query in chosen]
    values = parse_parameters(params)
    refuse_unknown(chosen, values)
    selected = without_migrations(chosen_rules(config, rules or ()))
    options = ScanOptions(
        explain=ExplainOptions(analyze=analyze, allow_writes=allow_writes),
        values=values,
        counted=False,
        is_generic=generic,
        propose=None if no_advice else propose_options(config, planner),
    )
    started = (datetime.now(UTC), time.monotonic())
    with (
        open_target(dsn, dsn_option, target, config) as found,
        open_session(found, timeout_ms(timeout, config)) as session,
        said.progress() as progress,
    ):
        options = replace(options, verdicts=recalled(session, config, said, again=again))
        audit = run(session, chosen, selected, options, DrawnSteps(progress))
    return replace(reporting, shows_plans=True).deliver(audit, selected, started, said)


def _queries(
    file: str | None, name: str | None, paths: Sequence[str] | None, config: Config
) -> list[Query]:
    from dbaudit.workload.query_file import load_queries, parse_queries

    if name is not None:
        registered = registered_queries(paths, config)
        return [_named(name, registered)]
    if file is None:
        raise UsageError("name a file of queries, - for standard input, or --name QUERY")
    if file == "-":
        found = parse_queries(sys.stdin.read())
        if not found:
            raise UsageError("standard input holds no statement")
        return found
    return load_queries([file], Path.cwd())


def _named(name: str, queries: Sequence[Query]) -> Query:
    import difflib

    for query in queries:
        if query.name == name:
            return query
    near = difflib.get_close_matches(name, [query.name for query in queries], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"{len(queries)} queries are registered"
    raise UsageError(f"no registered query is named {name!r}; {hint}")
