"""The loaded database: embedded PostgreSQL on a data folder that stays in the cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from dbaudit.targets.cluster import THROWAWAY, Cluster
from tests.benchmarks.tpch.material import data_files

_SCHEMA = Path(__file__).with_name("schema.sql")
_CHUNK_BYTES = 1 << 20

#: No setting that the planner looks at. Statistics must stay as they are between two runs.
SETTINGS: Mapping[str, str] = {
    **THROWAWAY,
    "autovacuum": "off",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
}

Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def loaded_cluster(cache: Path) -> Iterator[Cluster]:
    """A running server with TPC-H loaded, vacuumed and analysed, without other indexes."""
    with Cluster(cache / "pgdata", settings=SETTINGS) as cluster:
        with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
            if not _is_loaded(connection):
                _load(connection, data_files(cache))
            drop_indexes(connection)
        yield cluster


def build_indexes(connection: Connection, ddl: Iterable[str]) -> dict[str, int]:
    """Build the indexes; the bytes that each really takes, by its name."""
    for statement in ddl:
        connection.execute(statement.replace(" CONCURRENTLY", "", 1).encode())
    sizes = f"select indexes.relname, pg_relation_size(indexrelid) {_ADDED}"
    return {str(name): int(str(size)) for name, size in connection.execute(sizes.encode())}


def drop_indexes(connection: Connection) -> None:
    """Drop every index but those of the primary keys."""
    for (name,) in connection.execute(f"select indexrelid::regclass {_ADDED}".encode()).fetchall():
        connection.execute(f"drop index {name}".encode())


_ADDED = """
from pg_index join pg_class indexes on indexes.oid = indexrelid
where relnamespace = 'public'::regnamespace and not indisprimary
"""


def _is_loaded(connection: Connection) -> bool:
    """VACUUM ANALYZE of the last table is the load's last step."""
    query = "select 1 from pg_stats where schemaname = 'public' and tablename = 'lineitem'"
    return connection.execute(query).fetchone() is not None


def _load(connection: Connection, files: Mapping[str, Path]) -> None:
    tables = ", ".join(files)
    connection.execute(f"drop table if exists {tables}".encode())
    connection.execute(_SCHEMA.read_bytes())
    for table, file in files.items():
        statement = f"copy {table} from stdin (format csv, header)".encode()
        with connection.cursor().copy(statement) as copy, file.open("rb") as data:
            while chunk := data.read(_CHUNK_BYTES):
                copy.write(chunk)
    connection.execute(f"vacuum analyze {tables}".encode())
    # The load is no traffic: an index must not be judged by what COPY wrote once.
    connection.execute("select pg_stat_reset()")
