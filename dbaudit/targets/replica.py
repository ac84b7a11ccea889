"""The replicas of a target that the configuration names."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.errors import UsageError
from dbaudit.targets.dsn import PostgresTarget, parse_dsn


@dataclass(frozen=True, slots=True)
class Replica:
    """A server that repeats the target; `name` tells people its host and port, no more."""

    name: str
    target: PostgresTarget


def replica_of(dsn: str, origin: str) -> Replica:
    """A replica from a DSN; `origin` names it in errors (UsageError), which never repeat it."""
    if not dsn.strip():
        raise UsageError(f"{origin} is empty; is its environment variable set?")
    target = parse_dsn(dsn, origin)
    if not isinstance(target, PostgresTarget):
        raise UsageError(f"{origin} is an embedded server, which has no replicas")
    given = target.parameters
    host = given.get("host") or given.get("hostaddr") or given.get("service") or "localhost"
    return Replica(f"{host}:{given['port']}" if "port" in given else host, target)
