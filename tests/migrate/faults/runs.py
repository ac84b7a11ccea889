"""A run that does all there is to do, each held open: measure, build, measure, take back, drop.

`docs_hash_idx` pays and stays, `docs_held` serves no query and is taken back, and `docs_old` is
dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

from tests.migrate.faults.holds import (
    DROP,
    DROP_OLD,
    QUERY,
    gate,
    transaction,
    until_phase,
    until_running,
)
from tests.migrate.faults.phases import Reach
from tests.migrate.faults.scene import DOCS, HELD_INDEX
from tests.migrate.plans import BY_HASH, HASH_INDEX, plan_document, statement_entry

SQL = (
    DOCS
    + """
create table notes (owner text);
create index docs_old on notes (owner);
"""
)
#: It locks no table, so that others can change it meanwhile.
HELD_QUERY = statement_entry("held", "select held(now()::text, 3)")
DOCUMENT = plan_document(
    [HASH_INDEX, HELD_INDEX],
    [BY_HASH, HELD_QUERY],
    [{"name": "docs_old", "ddl": "drop index public.docs_old"}],
)

DROP_DOCUMENT = plan_document(drops=DOCUMENT["drops"])

RunPhase = Callable[[str], AbstractContextManager[Reach]]


@contextmanager
def measuring_before(dsn: str) -> Iterator[Reach]:
    with gate(dsn, QUERY):
        yield partial(until_running, dsn, "%held(now()::text, 3)%")


@contextmanager
def building(dsn: str) -> Iterator[Reach]:
    with gate(dsn):
        yield partial(until_phase, dsn, "building index%")


@contextmanager
def measuring_after(dsn: str) -> Iterator[Reach]:
    with gate(dsn) as build, ExitStack() as held:

        def reach() -> int:
            until_phase(dsn, "building index%")
            held.enter_context(gate(dsn, QUERY))
            build.open()
            return until_running(dsn, "%held(now()::text, 3)%")

        yield reach


@contextmanager
def taking_back(dsn: str) -> Iterator[Reach]:
    with _dropped(dsn, "docs_held", DROP) as reach:
        yield reach


@contextmanager
def dropping(dsn: str) -> Iterator[Reach]:
    with _dropped(dsn, "docs_old", DROP_OLD) as reach:
        yield reach


@contextmanager
def _dropped(dsn: str, name: str, at: int) -> Iterator[Reach]:
    """The index is no longer valid, and somebody who reads the table is waited for."""
    with gate(dsn, at) as drop, transaction(dsn) as reader:

        def reach() -> int:
            until_running(dsn, f"drop index concurrently%{name}%")
            reader.execute("select from docs, notes limit 1")
            drop.open()
            return until_running(dsn, f"drop index concurrently%{name}%", wait="Lock")

        yield reach


RUN_PHASES: dict[str, RunPhase] = {
    phase.__name__: phase
    for phase in (measuring_before, building, measuring_after, taking_back, dropping)
}

#: What stays invalid when the process dies in a phase: PostgreSQL commits it so.
LEFT_INVALID = {"building": "docs_held", "taking_back": "docs_held", "dropping": "docs_old"}
