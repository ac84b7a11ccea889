"""A statement of a migration, and how long it may wait for a lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: A concurrent build or drop waits for others; nobody waits for it (PostgreSQL's manual, CREATE
#: INDEX, "Building Indexes Concurrently").
PATIENT = "10s"

#: Whoever comes after a statement that waits for a strong lock waits behind it, readers too.
BRIEF = "2s"

#: A server's limit on statements would cancel a long build, and leave its index behind, invalid.
NO_STATEMENT_TIMEOUT = "SET statement_timeout = 0"
RESET_LOCK_TIMEOUT = "RESET lock_timeout"
RESETS = (RESET_LOCK_TIMEOUT, "RESET statement_timeout")


@dataclass(frozen=True, slots=True)
class Step:
    """A statement without a semicolon; `lock_timeout` as PostgreSQL writes it."""

    sql: str
    lock_timeout: str = PATIENT


def set_lock_timeout(value: str) -> str:
    """The statement that bounds how long the next ones wait for a lock."""
    return f"SET lock_timeout = '{value}'"


def with_lock_timeouts(steps: Iterable[Step], current: str | None = None) -> Iterator[str]:
    """The statements, with lock_timeout set wherever it is to be another than it was."""
    for step in steps:
        if step.lock_timeout != current:
            yield set_lock_timeout(step.lock_timeout)
            current = step.lock_timeout
        yield step.sql
