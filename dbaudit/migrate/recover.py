"""After the connection was lost on the way: connect again and drop what was half built."""

from __future__ import annotations

import time

from dbaudit.errors import ApplyError, QueryError, TargetError
from dbaudit.migrate.build.build import drop_invalid
from dbaudit.migrate.build.partitioned import drop_invalid_members
from dbaudit.migrate.catalog import IndexFacts, find_index
from dbaudit.migrate.events import OnEvent
from dbaudit.migrate.ledger.entries import Step
from dbaudit.migrate.ledger.history import runs
from dbaudit.migrate.ledger.ledger import all_entries, open_ledger
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.run import Run, alone
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.writer import connect_writer

#: A session that was ended frees its advisory lock a moment after its client has heard of it, and
#: a server that restarts is back within seconds.
_PAUSES_SECONDS = (0.2, 1.0, 3.0)


def recover(
    target: PostgresTarget, ledger_id: str, options: ApplyOptions, on_event: OnEvent
) -> str:
    """Drop what a run left half built; one clause that says what became of it."""
    reason = ""
    for pause in _PAUSES_SECONDS:
        time.sleep(pause)
        try:
            return _dropped(target, ledger_id, options, on_event)
        except (TargetError, ApplyError) as error:
            reason = str(error)
    return (
        f"and it cannot be cleaned up now ({reason}); apply again later: it cleans up and goes on"
    )


def _dropped(
    target: PostgresTarget, ledger_id: str, options: ApplyOptions, on_event: OnEvent
) -> str:
    with connect_writer(target, lock_timeout_ms=options.lock_timeout_ms) as writer, alone(writer):
        ledger = open_ledger(writer, options.state_dir)
        run = Run(writer, ledger, options, on_event, ledger_id)
        known = runs(all_entries(writer.session, options.state_dir))
        begun = [key for found in known if found.ledger_id == ledger_id for key in found.begun]
        for schema, name in begun:
            facts = find_index(writer.session, schema, name)
            if facts is not None and facts.is_partitioned:
                _keep_what_is_whole(run, name, facts)
                continue
            if facts is not None and facts.is_valid:
                continue  # its build ended when nobody listened: the next apply takes it over
            with run.step(Step.TAKE_BACK, schema, name, {"reason": "the connection was lost"}):
                if left := drop_invalid(writer, schema, name, options, on_event):
                    raise QueryError(left.lstrip("; "))
    return "what was half built is dropped; apply again"


def _keep_what_is_whole(run: Run, name: str, facts: IndexFacts) -> None:
    """On a partitioned table the next run goes on from the partitions that are done."""
    if left := drop_invalid_members(run, name, facts):
        raise QueryError(left.lstrip("; "))
