"""What functions ask of large tables is in the snapshot, their texts are not."""

from __future__ import annotations

import pytest

from dbaudit.audit import function_predicates
from dbaudit.audit.function_predicates import with_function_predicates
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.catalog import catalog_from_snapshot
from tests.conftest import create_database

SETUP = """
create table "Large one" (id int primary key, tags int[], note text);
insert into "Large one" select i, array[i], 'n' from generate_series(1, 2000) as i;
create table small (id int);
analyze;
create function forget(tag int) returns void language plpgsql as $$
declare kept text := 'the secret'; begin
delete from small where id = tag; delete from "Large one"
where tag = any (tags) and note <> kept; end
$$;
create function other() returns int language sql as $$ select count(*)::int from small $$;
create function broken() returns void language plpgsql as
$$ begin execute 'delete from "Large one" where'; end $$;
"""


def _read(dsn: str) -> Snapshot:
    with connect(PostgresTarget(dsn)) as session:
        snapshot = collect(session)
        return with_function_predicates(session, snapshot, catalog_from_snapshot(snapshot))


def test_conditions_on_large_tables_with_the_variables_names(any_pg: Cluster) -> None:
    frame = _read(create_database(any_pg, SETUP)).frame("function_predicates")
    rows = frame.to_dict("records")
    told = [(row["function_name"], row["statement"], row["expression"]) for row in rows]
    assert told == [("forget", 2, "tags"), ("forget", 2, "note")]
    assert [row["value"] for row in rows] == ["tag", "kept"]
    assert [row["is_sargable"] for row in rows] == [False, False]
    assert "secret" not in frame.to_json()


def test_it_says_when_it_has_not_read_all(any_pg: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_predicates, "_MAX_STATEMENTS", 1)
    sql = SETUP.replace("delete from small", 'delete from "Large one"')
    snapshot = _read(create_database(any_pg, sql))
    assert len(snapshot.frame("function_predicates")) == 1
    notes = [note.reason for note in snapshot.notes if note.table == "function_predicates"]
    assert notes == ["only the first 1 statements inside functions were read"]
