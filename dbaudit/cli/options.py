"""The options that commands share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dsn = Annotated[
    str | None,
    typer.Argument(
        metavar="[DSN]",
        help="The database: a URL (postgresql://…), key=value pairs, service=…, or embedded:[DIR]. "
        "Without it: --target, DBAUDIT_DSN, DATABASE_URL, libpq's environment.",
        show_default=False,
    ),
]
DsnOption = Annotated[
    str | None,
    typer.Option("--dsn", help="The database, as the argument DSN.", show_default=False),
]
Target = Annotated[
    str | None,
    typer.Option("--target", help="A target named in the configuration.", show_default=False),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The configuration. Without it the nearest dbaudit.toml, or pyproject.toml with "
        "[tool.dbaudit].",
        show_default=False,
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="terminal, json, markdown or junit; may be repeated as --format json=out.json.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Write the report to this file.", show_default=False),
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="error|warning|info|never",
        help="Exit with 1 when a finding is at least this severe (default: error).",
        show_default=False,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", help="Findings in this file are known and do not fail.", show_default=False
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option("--write-baseline", help="Write all findings to this file.", show_default=False),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="RULE", help="Run only this rule (repeat).", show_default=False),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="RULE", help="Leave this rule out (repeat)."),
]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A folder with rules of your own (repeat)."),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="TIME",
        help="Limit of one statement on the target, such as 30s (default) or 5min.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours (also NO_COLOR).")]
Verbose = Annotated[
    int,
    typer.Option("-v", "--verbose", count=True, help="Show everything; -vv for tracebacks."),
]
QueryFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--queries",
        metavar="PATH",
        help="Registered query files: a file, folder or pattern (repeat). "
        "Default: queries/**/*.sql.",
        show_default=False,
    ),
]
Analyze = Annotated[
    bool,
    typer.Option("--analyze", help="Execute the registered queries, timed and rolled back."),
]
AllowWrites = Annotated[
    bool,
    typer.Option(
        "--allow-writes",
        help="With --analyze: execute statements that change data too, and roll them back.",
    ),
]
PlannerName = Annotated[
    str | None,
    typer.Option(
        "--planner",
        metavar="shadow|hypopg",
        help="What answers what-if questions: a shadow of the target's statistics (default), or "
        "the extension HypoPG on the target.",
        show_default=False,
    ),
]
NoSample = Annotated[
    bool,
    typer.Option(
        "--no-sample",
        help="Read no rows of the target's tables; index sizes are then estimated by its "
        "statistics alone.",
    ),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Propose also what `dbaudit apply` tried and took back."),
]
Migrations = Annotated[
    list[Path] | None,
    typer.Option(
        "--migrations",
        metavar="DIR",
        help="Check the migrations in this folder that are still to run: SQL, Alembic or Django "
        "(repeat).",
        show_default=False,
    ),
]
Logs = Annotated[
    list[str] | None,
    typer.Option(
        "--log",
        metavar="FILE",
        help="A log of the server or a trace: file (also .gz, .zst), folder, or - (repeat).",
        show_default=False,
    ),
]
LogLinePrefix = Annotated[
    str | None,
    typer.Option(
        "--log-line-prefix",
        metavar="PREFIX",
        help="The server's log_line_prefix, where it cannot be told from the log.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Leave out what ended earlier: 2026-01-31T08:00, or how long ago, such as 2h.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Leave out what ended later.", show_default=False),
]
