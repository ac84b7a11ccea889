"""A session that changes the target: nothing that a role or database is set to ends a build."""

from __future__ import annotations

from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.writer import connect_writer
from tests.conftest import create_database, run_sql

TIMEOUTS = """
select 'alter database ' || quote_ident(current_database()) || ' set ' || name || ' = ''10min'''
from pg_settings
where name in ('statement_timeout', 'idle_session_timeout', 'transaction_timeout')
"""


def test_no_timeout_of_the_database_ends_a_build(any_pg: Cluster) -> None:
    dsn = create_database(any_pg)
    with connect_writer(PostgresTarget(dsn), lock_timeout_ms=1) as writer:
        limits = [statement for (statement,) in writer.execute(TIMEOUTS)]
    run_sql(dsn, "".join(f"{statement};\n" for statement in limits))
    with connect_writer(PostgresTarget(dsn), lock_timeout_ms=1) as writer:
        shown = (
            "select setting from pg_settings where name like '%\\_timeout' and setting = '600000'"
        )
        assert limits
        assert writer.execute(shown) == []
