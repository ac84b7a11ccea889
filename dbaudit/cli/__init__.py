"""The command line: one thin file a command. Heavy libraries are imported when a command runs."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback

import typer

from dbaudit import __version__
from dbaudit.cli.advise import advise
from dbaudit.cli.apply import apply
from dbaudit.cli.demo import demo
from dbaudit.cli.explain import explain
from dbaudit.cli.init import init
from dbaudit.cli.render import render
from dbaudit.cli.rollback import rollback
from dbaudit.cli.rules import rules_app
from dbaudit.cli.scan import scan
from dbaudit.cli.schema import schema
from dbaudit.cli.snapshot import snapshot
from dbaudit.cli.status import status
from dbaudit.cli.workload import workload
from dbaudit.errors import DbauditError

USAGE = 2
INTERRUPTED = 130
INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h

app = typer.Typer(
    name="dbaudit",
    help="Audit the performance of a PostgreSQL database, prove the indexes that mend it, "
    "apply them safely.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dbaudit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Print the help where no command is named."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


COMMANDS = (
    scan,
    explain,
    advise,
    workload,
    render,
    apply,
    rollback,
    status,
    snapshot,
    schema,
    init,
    demo,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(rules_app, name="rules")


#: What the libraries make when they are imported is kept: looking for cycles in it, as often as
#: Python does by itself, takes a fifth of a short command's time.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> None:
    """Run the command line and exit with the status that the contract names."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGTERM, _as_interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _as_interrupt)
    status_ = _run(sys.argv[1:])
    if _interrupts and status_ in (0, INTERNAL_ERROR):
        status_ = INTERRUPTED  # what the command still had to say, it has said
    if status_ == INTERRUPTED:  # whether typer made it of KeyboardInterrupt or we did
        _complain("interrupted")
    sys.exit(status_)


#: The signals that asked the command to end. A library may make another error of the interrupt
#: (DuckDB a RuntimeError), and `advise` goes on with the best set that it has found by then.
_interrupts: list[int] = []


def _as_interrupt(number: int, *_: object) -> None:
    """SIGTERM ends a command as Ctrl-C does: what was begun on the target is cancelled."""
    _interrupts.append(number)
    raise KeyboardInterrupt


def _run(arguments: list[str]) -> int:
    try:
        status_ = app(arguments, prog_name="dbaudit", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except typer.TyperException as error:
        at = getattr(error, "ctx", None)
        command = at.command_path if at is not None else " ".join(("dbaudit", *arguments[:1]))
        _complain(f"{error.format_message()} See: {command} --help")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except DbauditError as error:
        if _wants_traceback(arguments):
            traceback.print_exc()
        _complain(str(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (the last place that can turn a bug into one line)
        if _wants_traceback(arguments):
            traceback.print_exc()
        if not _interrupts:
            _complain(
                f"internal error: {type(error).__name__}: {error}; run with -vv and report it"
            )
        return INTERNAL_ERROR
    return status_ if isinstance(status_, int) else 0


def _complain(message: str) -> None:
    print(f"dbaudit: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201


def _wants_traceback(arguments: list[str]) -> bool:
    return "-vv" in arguments or arguments.count("-v") + arguments.count("--verbose") > 1
