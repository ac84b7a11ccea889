"""The ledger: the order of its runs whatever the clocks say, and what it does when it is harmed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.ledger.entries import Entry, State, Step, entry_of
from dbaudit.migrate.ledger.history import runs
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import require_success
from dbaudit.migrate.status import status
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase, run_sql
from tests.migrate.plans import (
    BY_HASH,
    DOCS,
    HASH_INDEX,
    index_definitions,
    index_entry,
    plan_document,
    select,
)
from tests.migrate.test_apply import run, undo


def begun(ledger_id: str, at: str) -> Entry:
    return Entry(ledger_id, Step.APPLY, State.BEGUN, at=at)


@pytest.fixture
def landlord(new_database: NewDatabase, pg18: Cluster) -> Iterator[str]:
    """The DSN of a role that owns its table and may create no schema."""
    dsn = new_database(DOCS, name="rented")
    run_sql(
        dsn,
        "create role ledger_tenant login;\nalter table docs owner to ledger_tenant;\n"
        "grant create on schema public to ledger_tenant;\n",
    )
    yield pg18.dsn("rented", "ledger_tenant")
    run_sql(dsn, "drop owned by ledger_tenant cascade;\ndrop role ledger_tenant;\n")


def test_a_ledgers_own_order_counts_whatever_its_clock_did() -> None:
    back = [begun("a", "2026-01-01T10:00:00Z"), begun("b", "2026-01-01T09:00:00Z")]
    local = [begun("c", "2026-01-01T10:30:00Z")]
    assert [run.ledger_id for run in runs([("t", back), ("l", local)])] == ["a", "b", "c"]


def test_an_index_is_of_the_run_that_built_it_last_in_whichever_ledger() -> None:
    first = Entry("local", Step.BUILD, State.DONE, "s", "i", {}, "2026-01-01T10:00:00Z")
    second = Entry("target", Step.BUILD, State.DONE, "s", "i", {}, "2026-01-01T11:00:00Z")
    found = runs([("target", [second]), ("local", [first])])
    assert [(run.ledger_id, bool(run.built)) for run in found] == [
        ("local", False),
        ("target", True),
    ]


@pytest.mark.parametrize(
    ("step", "state", "detail", "reason"),
    [
        ("vacuum", "begun", "{}", "entry 7: 'vacuum' is not a valid Step: it is of a newer"),
        ("build", "paused", "{}", "'paused' is not a valid State: it is of a newer dbaudit"),
        ("build", "begun", "{", "its detail is not what dbaudit wrote"),
        ("build", "begun", "[]", "its detail is not what dbaudit wrote"),
    ],
)
def test_an_entry_that_is_not_understood(step: str, state: str, detail: str, reason: str) -> None:
    with pytest.raises(ApplyError, match=reason):
        entry_of((7, "id", step, state, "s", "i", detail, "2026-01-01T10:00:00Z"), "dbaudit.ledger")


def test_a_local_ledger_tells_the_targets_time(
    landlord: str, options: ApplyOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c timezone=Pacific/Apia")  # what a clock shows is no time
    result = run(landlord, plan_document([HASH_INDEX], [BY_HASH]), options)
    require_success(result)
    assert Path(result.ledger_at).is_file()
    assert Path(result.ledger_at).is_relative_to(options.state_dir)
    with closing(sqlite3.connect(result.ledger_at)) as ledger:
        times = [at for (at,) in ledger.execute("select at from ledger order by entry")]
    assert all("." in at for at in times)  # the server gives microseconds, SQLite's default none
    age = datetime.now(UTC) - datetime.fromisoformat(times[0])
    assert timedelta() <= age < timedelta(minutes=10)
    with connect(PostgresTarget(landlord)) as session:
        (applied,) = status(session, options.state_dir)["applied"]
    assert len(applied["at"]) == len("2026-01-01T10:00:00Z")
    assert [index.outcome for index in undo(landlord, options).indexes] == ["rolled_back"]
    assert list(index_definitions(landlord)) == ["docs_pkey"]


def test_the_last_run_is_the_last_one_although_the_clock_went_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    first = run(dsn, plan_document([HASH_INDEX]), options)
    last = run(dsn, plan_document([index_entry("docs_owner_idx", "docs", "(owner)")]), options)
    run_sql(
        dsn,
        "update dbaudit.ledger set at = at - interval '1 day'"
        f" where ledger_id = '{last.ledger_id}'",
    )
    with connect(PostgresTarget(dsn)) as session:
        applied = status(session, options.state_dir)["applied"]
    assert [entry["ledger_id"] for entry in applied] == [last.ledger_id, first.ledger_id]
    assert [index.name for index in undo(dsn, options).indexes] == ["docs_owner_idx"]
    assert list(index_definitions(dsn)) == ["docs_hash_idx", "docs_pkey"]


def test_a_ledger_of_a_newer_dbaudit_stops_everything_and_loses_nothing(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document([HASH_INDEX]), options)
    newer = "insert into dbaudit.ledger (ledger_id, step, state, schema_name, index_name, detail)"
    run_sql(dsn, f"{newer} values ('f00', 'repack', 'begun', 'public', 'docs_hash_idx', '{{}}')")
    at_first = index_definitions(dsn)
    for attempt in (
        lambda: run(dsn, plan_document([HASH_INDEX]), options),
        lambda: undo(dsn, options),
    ):
        with pytest.raises(ApplyError, match=r"dbaudit.ledger, entry \d+: 'repack' is not"):
            attempt()
    with (
        connect(PostgresTarget(dsn)) as session,
        pytest.raises(ApplyError, match="of a newer dbaudit"),
    ):
        status(session, options.state_dir)
    assert index_definitions(dsn) == at_first
    run_sql(dsn, "delete from dbaudit.ledger where step = 'repack'")
    assert [index.outcome for index in undo(dsn, options).indexes] == ["rolled_back"]


def test_a_ledger_that_lost_a_column_or_gained_one(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document([HASH_INDEX]), options)
    run_sql(
        dsn,
        "alter table dbaudit.ledger add noted_by text default 'a newer one';\n"
        "alter table dbaudit.ledger rename state to status;\n",
    )
    with pytest.raises(ApplyError, match=r'dbaudit.ledger cannot be read: column "state" does not'):
        undo(dsn, options)
    assert "docs_hash_idx" in index_definitions(dsn)
    run_sql(dsn, "alter table dbaudit.ledger rename status to state")
    assert [index.outcome for index in undo(dsn, options).indexes] == ["rolled_back"]


def test_a_role_that_loses_the_ledger_in_the_middle(
    landlord: str, pg18: Cluster, options: ApplyOptions
) -> None:
    admin = pg18.dsn("rented")
    run_sql(admin, "grant create on database rented to ledger_tenant")
    run(landlord, plan_document(), options)
    # As when the right is revoked between what is written before a step and after it.
    run_sql(
        admin,
        "alter schema dbaudit owner to postgres;\nalter table dbaudit.ledger owner to postgres;\n"
        "grant usage on schema dbaudit to ledger_tenant;\n"
        "grant select, insert on dbaudit.ledger to ledger_tenant;\n"
        "alter table dbaudit.ledger enable row level security;\n"
        "create policy p on dbaudit.ledger using (true)"
        " with check (not (step = 'build' and state = 'done'));\n",
    )
    with pytest.raises(ApplyError, match=r"cannot be written: .* what was done until now stands"):
        run(landlord, plan_document([HASH_INDEX]), options)
    assert "docs_hash_idx" in index_definitions(admin)
    run_sql(admin, "revoke all on dbaudit.ledger from ledger_tenant")
    with connect(PostgresTarget(landlord)) as session:
        document = status(session, options.state_dir)
    assert document["applied"] == []
    assert "may not read it; grant" in document["notes"][0]
    run_sql(
        admin,
        "grant select, insert on dbaudit.ledger to ledger_tenant;\n"
        "drop policy p on dbaudit.ledger;\n"
        "alter table dbaudit.ledger disable row level security;\n",
    )
    result = run(landlord, plan_document([HASH_INDEX]), options)
    assert (result.indexes[0].outcome, result.ledger_at) == ("kept", "dbaudit.ledger")
    assert [index.outcome for index in undo(landlord, options).indexes] == ["rolled_back"]


def test_entries_are_on_disk_although_the_role_commits_carelessly(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run_sql(
        dsn,
        "create schema dbaudit;\n"
        "create function told() returns text language sql stable"
        " as $$select current_setting('synchronous_commit')$$;\n",
    )
    run(dsn, plan_document(), options)
    run_sql(dsn, "alter table dbaudit.ledger add how text default told()")
    run(f"{dsn} options='-c synchronous_commit=off'", plan_document([HASH_INDEX]), options)
    how = select(dsn, "select distinct how from dbaudit.ledger where step = 'build'")
    assert how == [("local",)]
