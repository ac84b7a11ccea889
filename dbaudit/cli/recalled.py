"""What `apply` measured before, for the commands that propose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dbaudit.cli.console import Streams
from dbaudit.config import Config

if TYPE_CHECKING:
    from dbaudit.advise.verdicts import Verdicts
    from dbaudit.targets.session import Session


def recalled(session: Session, config: Config, said: Streams, *, again: bool) -> Verdicts:
    """What the configuration says to remember, nothing with `--again`; a ledger that cannot be
    understood is told."""
    from dbaudit.audit.recall import recall
    from dbaudit.migrate.options import state_dir

    seconds = 0.0 if again else config.remember_seconds
    verdicts, problem = recall(session, state_dir(os.environ, Path.home()), seconds)
    if problem:
        said.note(f"note: {problem}")
    return verdicts
