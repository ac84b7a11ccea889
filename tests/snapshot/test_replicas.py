"""Index scans of the replicas that the configuration names. Any database serves as one here."""

from __future__ import annotations

from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.replicas import with_replicas
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.replica import Replica
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, run_sql

ORDERS = """
create table orders (id int primary key, "Odd ""note"" 😀" text);
create index "Odd ""index"" 😀" on orders ("Odd ""note"" 😀");
insert into orders select i, i from generate_series(1, 100) i;
"""
SCAN = """
set enable_seqscan = off;
select * from orders where "Odd ""note"" 😀" = '7';
select pg_stat_force_next_flush();
"""


def test_scans_of_replicas_are_added_up(new_database: NewDatabase) -> None:
    dsn, one, other = (new_database(ORDERS) for _ in range(3))
    for replica in (one, other, other):
        run_sql(replica, SCAN)
    replicas = [Replica("one", PostgresTarget(one)), Replica("other", PostgresTarget(other))]
    with connect(PostgresTarget(dsn)) as session:
        at_first = collect(session)
    found = with_replicas(at_first, replicas)
    indexes = found.frame("indexes").set_index("indexname")["replica_idx_scan"].to_dict()
    assert indexes == {'Odd "index" 😀': 3, "orders_pkey": 0}
    told = found.frame("replication").set_index("name")
    assert told["kind"].to_dict() == {"one": "replica", "other": "replica"}
    assert all(told["is_active"])
    assert all(told["stats_age_seconds"] > 0)
    assert found.notes == at_first.notes


def test_one_that_cannot_be_asked_is_told(new_database: NewDatabase) -> None:
    dsn = new_database(ORDERS)
    nowhere = PostgresTarget("postgresql://me:secret@/nowhere?host=/nowhere/at/all")
    with connect(PostgresTarget(dsn)) as session:
        at_first = collect(session)
    found = with_replicas(at_first, [Replica("standby:5433", nowhere)])
    (note,) = [note for note in found.notes if note not in at_first.notes]
    assert note.table == "indexes"
    assert "the replica standby:5433 cannot be asked" in note.reason
    assert "secret" not in note.reason
    assert not found.frame("replication").set_index("name").loc["standby:5433", "is_active"]
    assert with_replicas(at_first, []) is at_first
