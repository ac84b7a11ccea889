"""The `embedded:` target: a PostgreSQL that dbaudit starts itself and stops again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import EmbeddedTarget, PostgresTarget, TargetName

#: pg_stat_statements is there from the start, as on a well-kept server.
SETTINGS = {"shared_preload_libraries": "pg_stat_statements"}


@contextmanager
def reachable(target: TargetName) -> Iterator[PostgresTarget]:
    """The target as one that can be connected to; an embedded one runs meanwhile."""
    if not isinstance(target, EmbeddedTarget):
        yield target
        return
    with Cluster(target.data, settings=SETTINGS) as cluster:
        yield PostgresTarget(cluster.dsn())
