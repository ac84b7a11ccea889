"""`--trial`: how long an index is watched before it is dropped."""

from __future__ import annotations

from typing import Annotated

import typer

from dbaudit.errors import UsageError
from dbaudit.units import parse_seconds

_LONGEST_SECONDS = 3650 * 86_400.0

Trial = Annotated[
    str | None,
    typer.Option(
        "--trial",
        metavar="TIME",
        help="Drop nothing yet: watch each index that would be dropped for this long, such as 7d. "
        "A later apply drops it if nobody scanned it, here or on a replica.",
        show_default=False,
    ),
]


def trial_seconds(trial: str | None) -> float | None:
    """How long a trial lasts; None for no trial. Raises UsageError."""
    if trial is None:
        return None
    seconds = parse_seconds(trial)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise UsageError(f"--trial {trial}: expected more than 0 and at most 3650d")
    return seconds
