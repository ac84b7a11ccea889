"""From options to what a command works with: configuration, target, queries, session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dbaudit.config import Config, load_config
from dbaudit.errors import UsageError
from dbaudit.units import parse_seconds

if TYPE_CHECKING:
    from dbaudit.query import Query
    from dbaudit.targets.dsn import PostgresTarget
    from dbaudit.targets.replica import Replica
    from dbaudit.targets.session import Session


def read_config(path: Path | None) -> Config:
    """The configuration that counts here."""
    return load_config(path, Path.cwd(), os.environ)


def timeout_ms(timeout: str | None, config: Config) -> int:
    """The limit of one statement on the target, in ms."""
    seconds = config.timeout_seconds if timeout is None else parse_seconds(timeout)
    if seconds <= 0:
        raise UsageError(f"--timeout {timeout}: expected more than 0")
    return max(1, round(seconds * 1000))


@contextmanager
def open_target(
    argument: str | None, option: str | None, target: str | None, config: Config
) -> Iterator[PostgresTarget]:
    """The database that is meant, reachable; an embedded one runs meanwhile."""
    from dbaudit.targets.dsn import resolve
    from dbaudit.targets.embedded import reachable

    if argument is not None and option is not None:
        raise UsageError("the database is named twice; give either the argument or --dsn")
    given = argument if argument is not None else option
    with reachable(resolve(given, target, config.targets, os.environ)) as found:
        yield found


def replicas_of(found: PostgresTarget, target: str | None, config: Config) -> tuple[Replica, ...]:
    """The replicas that the configuration names for the database that is meant.

    It is the target of that name, or each whose server and database are those found. Raises
    UsageError for one that cannot be read.
    """
    from dbaudit.targets.replica import replica_of

    return tuple(
        replica_of(dsn, f"replica {number} of target {name!r}")
        for name, dsns in config.replicas.items()
        if dsns and name in config.targets and (name == target or _is_same(found, name, config))
        for number, dsn in enumerate(dsns, 1)
    )


def _is_same(found: PostgresTarget, name: str, config: Config) -> bool:
    from dbaudit.targets.dsn import is_same_database, parse_dsn

    return is_same_database(found, parse_dsn(config.targets[name], f"the dsn of target {name!r}"))


@contextmanager
def open_session(target: PostgresTarget, statement_timeout_ms: int) -> Iterator[Session]:
    """A guarded session on the target."""
    from dbaudit.targets.session import Guards, connect

    with connect(target, Guards(statement_timeout_ms=statement_timeout_ms)) as session:
        yield session


def registered_queries(paths: Sequence[str] | None, config: Config) -> list[Query]:
    """The queries that the command or the configuration names, else queries/**/*.sql below here."""
    from dbaudit.workload.query_file import load_queries

    if paths:
        return load_queries(paths, Path.cwd())
    return load_queries(config.queries, config.folder)


def parse_parameters(given: Sequence[str] | None) -> dict[str, str]:
    """`--param name=value` as a mapping. Raises UsageError."""
    values = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--param {text!r}: expected name=value")
        values[name.lstrip("$:")] = value
    return values
