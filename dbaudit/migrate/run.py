"""One run of `apply` or `rollback`: its session, its ledger, and the lock that keeps it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dbaudit.errors import ApplyError, QueryError, UsageError
from dbaudit.migrate.events import OnEvent
from dbaudit.migrate.ledger.entries import Entry, Ledger, State, Step
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import TargetFacts
from dbaudit.targets.session import Session
from dbaudit.targets.writer import Writer

#: "dbaudit" as the key of an advisory lock, which PostgreSQL keeps for each database.
ADVISORY_LOCK_KEY = int.from_bytes(b"dbaudit")

_HOLDER = """
select l.pid from pg_catalog.pg_locks l
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and l.database = (select d.oid from pg_catalog.pg_database d
                      where d.datname = current_database())
    and (l.classid::int8 << 32) | l.objid::int8 = %s
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What every step of a run needs."""

    writer: Writer
    ledger: Ledger
    options: ApplyOptions
    on_event: OnEvent
    ledger_id: str

    @property
    def session(self) -> Session:
        """The session to read with."""
        return self.writer.session

    @contextmanager
    def step(
        self, step: Step, schema: str, name: str, detail: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Write the step down before and after; the block adds to what is written after.

        When the connection is lost nothing more can be written: a step without an end tells the
        next run to look.
        """
        self._append(step, State.BEGUN, (schema, name), detail)
        after: dict[str, Any] = dict(detail)
        try:
            yield after
        except (QueryError, UsageError, KeyboardInterrupt) as error:
            reason = str(error) or "interrupted"
            self._append(step, State.FAILED, (schema, name), {**after, "reason": reason})
            raise
        self._append(step, State.DONE, (schema, name), after)

    def _append(
        self, step: Step, state: State, name: tuple[str, str], detail: Mapping[str, Any]
    ) -> None:
        self.ledger.append(Entry(self.ledger_id, step, state, *name, detail))


@contextmanager
def alone(writer: Writer) -> Iterator[None]:
    """Hold the advisory lock. Raises ApplyError when another run holds it.

    The lock belongs to the session: it goes when the session goes, however it goes. It is given up
    before, as the server takes a moment to end a session and the next run may begin at once.
    """
    ((is_ours,),) = writer.execute("SELECT pg_try_advisory_lock(%s)", (ADVISORY_LOCK_KEY,))
    if not is_ours:
        pid = process_at_work(writer.session)
        who = f" (process {pid})" if pid else ""
        raise ApplyError(
            f"another dbaudit is changing {writer.session.database}{who}; "
            "run it again when that is done"
        )
    try:
        yield
    finally:
        if not writer.session.is_lost:
            writer.execute("SELECT pg_advisory_unlock(%s)", (ADVISORY_LOCK_KEY,))


def process_at_work(session: Session) -> int | None:
    """The process of the server that works for the `apply` or `rollback` at work, if there is one.

    So it is seen by the lock that `alone` holds.
    """
    rows = session.rows(_HOLDER, (ADVISORY_LOCK_KEY,))
    return int(rows[0][0]) if rows else None


def target_facts(session: Session) -> TargetFacts:
    """The target as the documents name it."""
    return TargetFacts(session.version, session.database, session.host)
