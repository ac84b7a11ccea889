"""What `apply` has measured on the target before, for the advisor and the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dbaudit.advise.verdicts import Verdicts
from dbaudit.errors import ApplyError, UsageError
from dbaudit.migrate.ledger.history import runs
from dbaudit.migrate.ledger.ledger import all_entries
from dbaudit.migrate.ledger.verdicts import verdicts
from dbaudit.targets.session import Session


def recall(session: Session, state_dir: Path, seconds: float) -> tuple[Verdicts, str]:
    """The verdicts of the last so many seconds, and why there are none where that is strange.

    A ledger that is not there, or that the role may not read, holds none. Nothing is written.
    Raises TargetError when the connection is lost.
    """
    if not seconds:
        return Verdicts(), ""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    try:
        return verdicts(runs(all_entries(session, state_dir)), since), ""
    except (ApplyError, UsageError) as error:
        return Verdicts(), f"what apply took back is not known: {error}"
