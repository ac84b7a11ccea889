"""The share of rows that each condition lets pass, against a table that is counted out."""

from __future__ import annotations

import pytest

from dbaudit.audit.scan import ScanOptions, planned_snapshot
from dbaudit.audit.steps import SilentSteps
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import parse_queries
from tests.conftest import NewDatabase

_SETUP = '''
create schema "Odd ""Schema""";
create table "Odd ""Schema"""."T x" (id int, "Day of" int, note text);
insert into "Odd ""Schema"""."T x" select i, i % 4, 'n' || i from generate_series(1, 10000) as i;
analyze "Odd ""Schema"""."T x";
'''
_QUERIES = '''
-- name: given
-- param: day = 3
-- param: least = 9001
select note from "Odd ""Schema"""."T x" as o
where o."Day of" = :day and o.id >= :least and lower(note) = 'x';
-- name: open
select note from "Odd ""Schema"""."T x" where id = :unknown + 1;
'''


def test_selectivity_is_of_one_condition_alone(new_database: NewDatabase) -> None:
    with connect(PostgresTarget(new_database(_SETUP))) as session:
        options = ScanOptions(counted=False, propose=None)
        queries = parse_queries(_QUERIES)
        snapshot, _ = planned_snapshot(session, queries, options, SilentSteps())
    frame = snapshot.frame("query_predicates")
    rows = frame[frame["clause"] == "where"].to_dict("records")
    shares = {(row["query"], row["expression"]): row["selectivity"] for row in rows}
    assert shares["given", '"Day of"'] == pytest.approx(0.25, abs=0.01)
    assert shares["given", "id"] == pytest.approx(0.1, abs=0.01)
    assert shares["given", "lower(note)"] is None
    assert shares["open", "id"] is None
