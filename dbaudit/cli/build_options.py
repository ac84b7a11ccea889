"""The bounds that a user sets on builds and drops, from the options and the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dbaudit.config import MAX_PARALLEL_WORKERS, check_memory
from dbaudit.errors import UsageError
from dbaudit.units import parse_bytes, parse_seconds

if TYPE_CHECKING:
    from dbaudit.config import Config

MaxWait = Annotated[
    str | None,
    typer.Option(
        "--max-wait",
        metavar="TIME",
        help="Longest wait for others' transactions before and in a build or drop (default 1min); "
        "then it is given up and cleaned up.",
        show_default=False,
    ),
]
MaintenanceWorkMem = Annotated[
    str | None,
    typer.Option(
        "--maintenance-work-mem",
        metavar="SIZE",
        help="Memory for the sort of a build, such as 1GB (default: the server's).",
        show_default=False,
    ),
]
ParallelWorkers = Annotated[
    int | None,
    typer.Option(
        "--parallel-workers",
        metavar="N",
        help="Most parallel workers of a build, 0 for none (default: the server's).",
        show_default=False,
    ),
]


def wait_ms(given: str | None, config: Config) -> int:
    """The longest wait for others, in ms."""
    seconds = config.max_wait_seconds if given is None else parse_seconds(given)
    if seconds <= 0:
        raise UsageError(f"--max-wait {given}: expected more than 0")
    return max(1, round(seconds * 1000))


def memory_bytes(given: str | None, config: Config) -> int | None:
    """maintenance_work_mem of a build in bytes, None for the server's."""
    if given is None:
        return config.maintenance_work_mem_bytes
    try:
        return check_memory(parse_bytes(given))
    except UsageError as error:
        raise UsageError(f"--maintenance-work-mem: {error}") from None


def workers(given: int | None, config: Config) -> int | None:
    """The most parallel workers of a build, None for the server's."""
    if given is None:
        return config.parallel_workers
    if not 0 <= given <= MAX_PARALLEL_WORKERS:
        raise UsageError(f"--parallel-workers {given}: expected 0 to {MAX_PARALLEL_WORKERS}")
    return given
