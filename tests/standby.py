"""A streaming standby of a test's server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from dbaudit.targets.cluster import Cluster
from tests.conftest import SETTINGS


@dataclass(frozen=True, slots=True)
class Standby:
    """A hot standby; `cluster` is its server."""

    cluster: Cluster

    def dsn(self, database: str) -> str:
        return self.cluster.dsn(database)

    def catch_up(self, primary: Cluster) -> None:
        """Wait until it has replayed all that the primary has written."""
        with psycopg.connect(primary.dsn(), autocommit=True) as connection:
            (written,) = connection.execute("select pg_current_wal_lsn()::text").fetchone() or ("",)
        deadline = time.monotonic() + 60
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            while connection.execute(
                "select pg_last_wal_replay_lsn() >= %s::pg_lsn", (written,)
            ).fetchone() != (True,):
                assert time.monotonic() < deadline
                time.sleep(0.05)


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Standby]:
    """A standby on a copy of the primary, streaming from it."""
    cluster = Cluster(settings={**SETTINGS, "hot_standby": "on"})
    try:
        cluster.run(
            "pg_basebackup",
            *("--pgdata", str(cluster.data), "--write-recovery-conf", "--checkpoint=fast"),
            *("--no-sync", "--wal-method=stream", "--dbname", primary.dsn()),
        )
        cluster.start()
        yield Standby(cluster)
    finally:
        cluster.remove()
