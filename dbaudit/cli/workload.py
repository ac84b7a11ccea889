"""`dbaudit workload`: what applications really sent, and the N+1 in it."""

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
from dbaudit.cli.logs import read_options
from dbaudit.cli.setup import read_config, timeout_ms
from dbaudit.cli.workload_sources import sources_of
from dbaudit.findings import against_baseline
from dbaudit.units import parse_seconds

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dbaudit.audit.traffic import Traffic
    from dbaudit.cli.console import Streams
    from dbaudit.report.documents import ScanReport
    from dbaudit.report.publish import Renderings
    from dbaudit.snapshot.snapshot import Snapshot

SourceNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...",
        help="Logs (stderr, csvlog, jsonlog; also .gz and .zst), folders of logs, - for standard "
        "input, traces (.jsonl), one or two snapshots, or a database, whose pg_stat_statements is "
        "read. Without any: the database that --target or the environment names.",
        show_default=False,
    ),
]
Top = Annotated[int, typer.Option("--top", min=1, help="Show so many statements.")]
Sort = Annotated[
    str,
    typer.Option(
        "--sort",
        metavar="total|calls|mean|p95|rows|shared|temp",
        help="What the statements are sorted by, greatest first.",
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FILE",
        help="Compare with an earlier run: the file that --format json=FILE made.",
        show_default=False,
    ),
]
Register = Annotated[
    Path | None,
    typer.Option(
        "--register",
        metavar="DIR",
        help="Write the top statements as query files, with values that really ran (which may be "
        "personal data: see --no-values).",
        show_default=False,
    ),
]
NoValues = Annotated[
    bool, typer.Option("--no-values", help="With --register: leave the values out of the files.")
]
Sample = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="TIME",
        help="Watch pg_stat_activity for so long, such as 30s, where neither a log nor "
        "pg_stat_statements is to be had.",
        show_default=False,
    ),
]
Follow = Annotated[
    bool,
    typer.Option(
        "--follow", "-f", help="Go on reading a log that grows; tell each pattern at once."
    ),
]


def workload(
    sources: SourceNames = None,
    log: opt.Logs = None,
    log_line_prefix: opt.LogLinePrefix = None,
    since: opt.Since = None,
    until: opt.Until = None,
    follow: Follow = False,
    dsn: opt.DsnOption = None,
    target: opt.Target = None,
    sample: Sample = None,
    top: Top = 10,
    sort: Sort = "total",
    against: Against = None,
    register: Register = None,
    no_values: NoValues = False,
    config_file: opt.ConfigFile = None,
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
    """What applications really sent: the statements that cost most, and N+1 patterns.

    Reads logs, traces, snapshots or pg_stat_statements.
    """
    from dbaudit.cli.register import make_folder
    from dbaudit.cli.workload_gather import Gathering, gathered
    from dbaudit.cli.workload_report import read_earlier, workload_report
    from dbaudit.report.documents import ScanReport, SelectedRule
    from dbaudit.report.workload import check_sort
    from dbaudit.rules.load import about_traffic, chosen_rules

    config = read_config(config_file)
    said = streams(quiet=quiet, no_color=no_color)
    reporting = FindingsOutput.from_options(
        config, formats or (), output, fail_on, baseline, write_baseline, verbose=verbose
    )
    check_sort(sort)
    if register is not None:
        make_folder(register)
    earlier = read_earlier(against)
    chosen = about_traffic(chosen_rules(config, rules or (), only or (), ignore or ()))
    gathering = Gathering(
        sources=sources_of(sources or (), log or (), dsn),
        reading=read_options(log_line_prefix or config.log_line_prefix, since, until),
        target=target,
        timeout_ms=timeout_ms(timeout, config),
        sample_seconds=None if sample is None else parse_seconds(sample),
        follows=follow,
    )
    started = (datetime.now(UTC), time.monotonic())
    traffic, told, evaluation = gathered(gathering, chosen, config, said)
    findings = against_baseline(evaluation.findings, reporting.known_ids)
    made = ScanReport(
        target=told.target,
        started_at=started[0],
        seconds=time.monotonic() - started[1],
        findings=tuple(findings),
        rules=tuple(SelectedRule(rule.id, rule.category) for rule in chosen),
        skipped=evaluation.skipped,
    )
    report = workload_report(traffic, made, sort, top, earlier)

    def show(scan: ScanReport) -> tuple[RenderableType, Renderings]:
        from dbaudit.report.publish import workload_renderings
        from dbaudit.report.terminal_workload import WorkloadView

        shown = replace(report, scan=scan)
        view = WorkloadView(shown, everything=verbose > 0)
        return view, workload_renderings(shown, reporting.threshold)

    if register is not None:
        _register(register, traffic, told, top, said, has_values=not no_values)
    return reporting.finish(made, show, said)


def _register(
    folder: Path,
    traffic: Traffic,
    snapshot: Snapshot,
    most: int,
    said: Streams,
    *,
    has_values: bool,
) -> None:
    from dbaudit.audit.traffic_queries import traffic_queries, without_values
    from dbaudit.cli.register import registered_fingerprints, write_queries
    from dbaudit.workload.catalog import catalog_from_snapshot

    known = registered_fingerprints(folder)
    queries = traffic_queries(traffic, catalog_from_snapshot(snapshot), known, most)
    if not has_values:
        queries = [without_values(query) for query in queries]
    write_queries(queries, folder, said)
