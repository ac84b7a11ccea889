"""Which database is meant: every way of naming one, in the order in which they count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import conninfo

from dbaudit.errors import TargetError, UsageError

#: SQLAlchemy names a driver behind the scheme: postgresql+psycopg://, postgresql+asyncpg:// …
_POSTGRESQL_SCHEME = re.compile(r"\A(?:postgresql|postgres)(?:\+\w+)?://", re.IGNORECASE)
_SQLITE = re.compile(r"\Asqlite(?:\+\w+)?:|\.(?:sqlite3?|db)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PostgresTarget:
    """A PostgreSQL server reached through libpq; its repr never shows the conninfo's password."""

    conninfo: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """The connection parameters as given, password included."""
        given = conninfo.conninfo_to_dict(self.conninfo)
        return {name: str(value) for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class EmbeddedTarget:
    """A PostgreSQL that dbaudit starts itself, on a folder that is kept, or on a temporary one."""

    data: Path | None = None


TargetName = PostgresTarget | EmbeddedTarget


def resolve(
    given: str | None,
    target: str | None,
    targets: Mapping[str, str],
    environment: Mapping[str, str],
) -> TargetName:
    """The database that is meant.

    The first of: what was given on the command line, `--target NAME` from the configuration,
    DBAUDIT_DSN, DATABASE_URL, libpq's own environment.
    """
    if given is not None:
        return parse_dsn(given, "the database name given")
    if target is not None:
        if target not in targets:
            known = ", ".join(sorted(targets)) or "none"
            raise UsageError(f"no target {target!r} in the configuration; known targets: {known}")
        return parse_dsn(targets[target], f"the dsn of target {target!r}")
    for variable in ("DBAUDIT_DSN", "DATABASE_URL"):
        if environment.get(variable):
            return parse_dsn(environment[variable], f"the environment variable {variable}")
    return PostgresTarget("")


def parse_dsn(text: str, origin: str) -> TargetName:
    """A target from a URL, key/value pairs, `service=…`, `embedded:` or `embedded:DIR`.

    The text itself is never repeated in an error: it may hold a password.
    """
    if text.startswith("embedded:"):
        folder = text.removeprefix("embedded:")
        return EmbeddedTarget(Path(folder).absolute() if folder else None)
    if _SQLITE.search(text):
        raise UsageError(f"{origin} is a SQLite file; this version audits PostgreSQL only")
    text = _POSTGRESQL_SCHEME.sub("postgresql://", text)
    if "://" in text and not text.startswith("postgresql://"):
        raise UsageError(
            f"{origin} has the scheme {urlsplit(text).scheme!r}; expected postgresql://"
        )
    try:
        conninfo.conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        raise UsageError(
            f"{origin} cannot be read; expected postgresql://user@host:5432/database, "
            "or key=value pairs such as 'host=… dbname=…', or service=…"
        ) from None
    return PostgresTarget(text)


def is_same_database(one: TargetName, other: TargetName) -> bool:
    """Whether two targets name the same server and database, in the same words."""
    if not (isinstance(one, PostgresTarget) and isinstance(other, PostgresTarget)):
        return one == other
    names = ("host", "hostaddr", "port", "dbname", "service")
    return all(one.parameters.get(name) == other.parameters.get(name) for name in names)


def scrub(message: str, target: PostgresTarget) -> str:
    """The message on one line without the target's password."""
    line = " ".join(message.split())
    password = target.parameters.get("password")
    return line.replace(password, "***") if password else line


def connection_failed(error: psycopg.OperationalError, target: PostgresTarget) -> TargetError:
    """What to tell the person when no connection could be made."""
    reason = scrub(str(error), target) or "no reason given"
    return TargetError(f"cannot connect: {reason}; check host, port, database, user and password")
