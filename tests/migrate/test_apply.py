"""The loop on real servers: build, measure, keep or take back, write down, undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbaudit.errors import ApplyError
from dbaudit.migrate.apply import apply
from dbaudit.migrate.events import BuildProgress, Event, Measuring, StepStarted, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult, require_success, result_document
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.rollback import rollback
from dbaudit.migrate.run import ADVISORY_LOCK_KEY
from dbaudit.migrate.status import status
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import SETTINGS, NewDatabase, create_database, run_sql
from tests.migrate.plans import (
    BY_HASH,
    DOCS,
    HASH_INDEX,
    LURED,
    LURING,
    index_definitions,
    index_entry,
    invalid_indexes,
    plan_document,
    select,
    statement_entry,
)


def run(
    dsn: str, document: object, options: ApplyOptions, events: list[Event] | None = None
) -> ApplyResult:
    told: list[Event] = [] if events is None else events
    return apply(PostgresTarget(dsn), plan_of(document, "plan.json"), options, told.append)


def undo(dsn: str, options: ApplyOptions, ledger_id: str | None = None) -> ApplyResult:
    return rollback(PostgresTarget(dsn), ledger_id, options, lambda event: None)


def test_the_whole_loop_on_every_version(any_pg: Cluster, options: ApplyOptions) -> None:
    dsn = create_database(any_pg, DOCS)
    at_first = index_definitions(dsn)
    events: list[Event] = []
    result = run(dsn, plan_document([HASH_INDEX], [BY_HASH]), options, events)
    require_success(result)
    (index,) = result.indexes
    assert (index.outcome, index.built, index.valid) == ("kept", True, True)
    assert index.used_by == ("by_hash",)
    assert index.gain is not None
    assert index.gain > 1  # by far, on a machine that is not busy
    assert index.size_bytes == select(dsn, "select pg_relation_size('docs_hash_idx')")[0][0]
    assert index_definitions(dsn).keys() == at_first.keys() | {"docs_hash_idx"}
    told = [(e.when, e.round) for e in events if isinstance(e, Measuring)]
    assert [when for when, number in told if number == 1] == ["before", "after"]
    assert {number for _, number in told} >= {1, 2, 3, 4}  # a warm-up, then three runs at least
    with connect(PostgresTarget(dsn)) as session:
        (applied,) = status(session, options.state_dir)["applied"]
    assert applied["indexes"] == result_document(result)["indexes"]
    assert not applied["interrupted"]
    undone = undo(dsn, options)
    assert [i.outcome for i in undone.indexes] == ["rolled_back"]
    assert index_definitions(dsn) == at_first
    with connect(PostgresTarget(dsn)) as session:
        (applied,) = status(session, options.state_dir)["applied"]
    assert applied["indexes"][0]["outcome"] == "rolled_back"
    with pytest.raises(ApplyError, match="nothing to roll back"):
        undo(dsn, options)
    again = undo(dsn, options, result.ledger_id)
    assert again.indexes == ()


def test_what_writes_is_measured_last(pg18: Cluster, options: ApplyOptions) -> None:
    """What it leaves in a GIN index's pending list, though rolled back, would slow the others."""
    dsn = create_database(pg18, DOCS)
    insert = statement_entry(
        "fill", "insert into docs (hash) select md5(i::text) from generate_series(1, 9) i"
    )
    events: list[Event] = []
    allowed = replace(options, allow_writes=True)
    result = run(dsn, plan_document([HASH_INDEX], [insert, BY_HASH]), allowed, events)
    told = [
        event.query
        for event in events
        if isinstance(event, Measuring) and event.round == 1 and event.when != "in turn"
    ]
    assert told == ["by_hash", "fill"] * 2
    assert [gain.query for gain in result.queries] == ["fill", "by_hash"]


def test_what_does_not_pay_is_taken_back(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS)
    at_first = index_definitions(dsn)
    useless = index_entry("docs_body_idx", "docs", "(body)")
    result = run(dsn, plan_document([useless], [BY_HASH]), options)
    assert [(i.outcome, i.reason) for i in result.indexes] == [
        ("rolled_back", "no registered query uses it")
    ]
    assert index_definitions(dsn) == at_first
    with pytest.raises(ApplyError, match="everything was taken back"):
        require_success(result)


def test_an_index_below_the_least_gain_is_taken_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    strict = replace(options, min_gain=1e9)
    result = run(dsn, plan_document([HASH_INDEX], [BY_HASH]), strict)
    assert result.indexes[0].outcome == "rolled_back"
    assert "below 1e+09" in result.indexes[0].reason
    assert result.indexes[0].used_by == ("by_hash",)


def test_without_verification_everything_stays(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    useless = index_entry("docs_body_idx", "docs", "(body)")
    events: list[Event] = []
    document = plan_document([useless], [BY_HASH])
    result = run(dsn, document, replace(options, verify=False), events)
    assert (result.indexes[0].outcome, result.indexes[0].reason) == ("kept", "not verified")
    assert not [event for event in events if isinstance(event, Measuring)]


def test_one_that_is_there_already_is_skipped(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    expression = index_entry("odd", "docs", "((lower(owner))) where owner like 'o1%'")
    for outcome in ("kept", "skipped"):
        result = run(dsn, plan_document([HASH_INDEX, expression]), options)
        assert [i.outcome for i in result.indexes] == [outcome, outcome]
        require_success(result)


def test_a_name_taken_by_another_definition_fails(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_hash_idx on docs (hash desc);\n")
    at_first = index_definitions(dsn)
    result = run(dsn, plan_document([HASH_INDEX], [BY_HASH]), options)
    assert result.indexes[0].outcome == "failed"
    assert "taken by another definition" in result.indexes[0].reason
    assert index_definitions(dsn) == at_first
    taken = index_entry("docs", "docs", "(hash)")
    result = run(dsn, plan_document([taken]), options)
    assert "taken by a table" in result.indexes[0].reason


def test_an_invalid_left_over_is_replaced(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS)
    run_sql(dsn, "create index docs_hash_idx on docs (owner);\n")
    run_sql(
        dsn, "update pg_index set indisvalid = false where indexrelid = 'docs_hash_idx'::regclass"
    )
    result = run(dsn, plan_document([HASH_INDEX], [BY_HASH]), options)
    assert result.indexes[0].outcome == "kept"
    assert index_definitions(dsn)["docs_hash_idx"].endswith("(hash)")
    assert invalid_indexes(dsn) == []


def test_a_failed_unique_build_leaves_nothing(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    at_first = index_definitions(dsn)
    unique = index_entry("docs_owner_key", "docs", "(owner)")
    unique["ddl"] = unique["ddl"].replace("CREATE INDEX", "CREATE UNIQUE INDEX")
    result = run(dsn, plan_document([unique]), options)
    assert result.indexes[0].outcome == "failed"
    assert "could not create unique index" in result.indexes[0].reason
    assert index_definitions(dsn) == at_first
    with pytest.raises(ApplyError, match="could not create unique"):
        require_success(result)
    with pytest.raises(ApplyError, match="nothing to roll back"):
        undo(dsn, options)


@pytest.mark.parametrize(
    ("tail", "table", "reason"),
    [
        ("(nowhere)", "docs", 'column "nowhere" does not exist'),
        ("using gin (owner no_such_ops)", "docs", "no_such_ops"),
        ("(hash)", "gone", "there is no table"),
        ("(nowhere)", "parts", 'column "nowhere" does not exist'),
        ("(id)", "seen", "neither a table"),
    ],
)
def test_what_cannot_be_built_fails_before_anything_is_done(
    new_database: NewDatabase, options: ApplyOptions, tail: str, table: str, reason: str
) -> None:
    dsn = new_database(
        "create table docs (hash text, owner text);\n"
        "create table parts (id int) partition by range (id);\n"
        "create view seen as select 1 as id;\n"
    )
    events: list[Event] = []
    result = run(dsn, plan_document([index_entry("i", table, tail)]), options, events)
    assert result.indexes[0].outcome == "failed"
    assert reason in result.indexes[0].reason
    assert not [event for event in events if isinstance(event, StepStarted)]


def test_a_role_that_does_not_own_the_table(
    new_database: NewDatabase, pg18: Cluster, options: ApplyOptions, tmp_path: Path
) -> None:
    dsn = new_database(DOCS, name="not_owned")
    run_sql(dsn, "create role guest login; create role landlord login;\n")
    guest = pg18.dsn("not_owned", "guest")
    result = run(guest, plan_document([HASH_INDEX], [BY_HASH]), options)
    assert "does not own public.docs (postgres does)" in result.indexes[0].reason
    assert str(tmp_path) in result.ledger_at  # it may not create a schema here
    run_sql(
        dsn, "alter table docs owner to landlord;\ngrant create on schema public to landlord;\n"
    )
    landlord = pg18.dsn("not_owned", "landlord")
    result = run(landlord, plan_document([HASH_INDEX], [BY_HASH]), options)
    require_success(result)
    assert str(tmp_path) in result.ledger_at
    assert undo(landlord, options).indexes[0].outcome == "rolled_back"
    assert "docs_hash_idx" not in index_definitions(dsn)


def test_odd_names(new_database: NewDatabase, options: ApplyOptions) -> None:
    names = ['He said "no"', "a.b c", "😀 Größe", "x" * 63, "select", "%s"]
    for name in names:
        table = name.replace('"', '""')
        dsn = new_database(
            f'create table "{table}" ("{table}" int);\n'
            f'insert into "{table}" select generate_series(1, 20000);\nanalyze;\n'
        )
        index = index_entry(name[:-1] + "I", name, f'("{table}")')
        query = statement_entry(name, f'select * from "{table}" where "{table}" = 5')
        result = run(dsn, plan_document([index], [query]), options)
        require_success(result)
        assert result.indexes[0].used_by == (name,)
        undo(dsn, options)
        assert index_definitions(dsn) == {}


FAMILY = """
create table parent (id int primary key);
create table child (id int, parent_id int references parent on delete cascade);
insert into parent select generate_series(1, 1000);
insert into child select i, 1 + i % 1000 from generate_series(1, 60000) i;
analyze;
"""
FK_INDEX = index_entry(
    "child_fk_idx",
    "child",
    "(parent_id)",
    serves=[{"query": "delete_parent", "cost_before": 1, "cost_after": 1}],
)
DELETE_PARENT = statement_entry("delete_parent", "delete from parent where id = 7")


def test_a_foreign_keys_trigger_counts_as_use(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(FAMILY)
    document = plan_document([FK_INDEX], [DELETE_PARENT])
    result = run(dsn, document, replace(options, allow_writes=True))
    (index,) = result.indexes
    assert index.outcome == "kept"
    assert index.used_by == ("delete_parent",)
    assert index.gain is not None
    assert index.gain > 1  # by far, on a machine that is not busy
    assert select(dsn, "select count(*) from parent") == [(1000,)]


def test_a_write_that_was_not_allowed_proves_nothing(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(FAMILY)
    events: list[Event] = []
    result = run(dsn, plan_document([FK_INDEX], [DELETE_PARENT]), options, events)
    assert result.indexes[0].outcome == "kept"
    assert result.indexes[0].reason.startswith("not proven")
    assert any(isinstance(e, Warned) and "--allow-writes" in e.message for e in events)


def test_a_write_that_finds_its_rows_by_the_index_is_judged_by_cost(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    delete = statement_entry("delete_hash", "delete from docs where hash = 'x'")
    result = run(dsn, plan_document([HASH_INDEX], [delete]), options)
    (index,) = result.indexes
    assert index.outcome == "kept"
    assert "by the planner's cost" in index.reason
    assert index.queries[0].ms_before is None


def test_a_generic_statement_is_planned_only(any_pg: Cluster, options: ApplyOptions) -> None:
    dsn = create_database(any_pg, DOCS)
    generic = statement_entry(
        "by_hash", "select * from docs where hash = $1", parameters=["h"], variant="generic"
    )
    result = run(dsn, plan_document([HASH_INDEX], [generic]), options)
    assert result.indexes[0].outcome == "kept"
    assert "by the planner's cost" in result.indexes[0].reason


def test_an_index_that_slows_another_query_is_taken_back(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """Lesson of the example systems: an index on the order lures the planner from the filter."""
    dsn = new_database(LURING)
    other = statement_entry("served", "select * from m where at = 5")
    result = run(dsn, plan_document([index_entry("m_at", "m", "(at)")], [LURED, other]), options)
    (index,) = result.indexes
    assert set(index.used_by) == {"lured", "served"}
    assert index.outcome == "rolled_back"
    assert "lured became slower" in index.reason
    assert "m_at" not in index_definitions(dsn)


def test_a_query_that_cannot_run_stops_nothing(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    broken = statement_entry("broken", "select nothing from docs")
    fails = statement_entry("fails", "select 1 / (id - 1) from docs")
    stranger = statement_entry("stranger", "select 1", role="nobody_knows")
    events: list[Event] = []
    document = plan_document([HASH_INDEX], [broken, fails, stranger, BY_HASH])
    result = run(dsn, document, options, events)
    require_success(result)
    told = [event.message for event in events if isinstance(event, Warned)]
    assert any("broken" in line and "does not exist" in line for line in told)
    assert any("fails" in line and "division by zero" in line for line in told)
    assert any("nobody_knows" in line for line in told)


def test_a_query_at_its_time_limit_counts_as_that_long(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    slow = statement_entry(
        "slow", "select * from docs where hash = md5('77') and pg_sleep(0.001) is not null"
    )
    short = replace(options, statement_timeout_ms=150)
    run_sql(dsn, "alter function pg_sleep(float8) cost 0.0001;\n")
    result = run(dsn, plan_document([HASH_INDEX], [slow]), short)
    (gain,) = result.indexes[0].queries
    assert gain.timed_out
    assert gain.ms_before == 150.0
    assert "at least" in result.indexes[0].reason


def test_an_expression_index_gets_statistics(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    run(dsn, plan_document([index_entry("docs_lower", "docs", "(lower(owner))")]), options)
    assert select(dsn, "select count(*) from pg_stats where tablename = 'docs_lower'") == [(1,)]


def test_progress_is_told(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS)
    run_sql(
        dsn,
        "create function slow(text) returns text language plpgsql immutable as"
        " $$begin perform pg_sleep(0.001); return $1; end$$;\n",
    )
    events: list[Event] = []
    document = plan_document([index_entry("docs_slow", "docs", "(slow(hash)) where id < 600")])
    require_success(run(dsn, document, options, events))
    progress = [event for event in events if isinstance(event, BuildProgress)]
    assert progress
    assert any(event.phase == "reading the table" for event in progress)
    assert any(event.share is not None and 0 < event.share <= 1 for event in progress)


def test_a_role_that_may_only_read_is_refused(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    with pytest.raises(ApplyError, match="default_transaction_read_only"):
        run(
            f"{dsn} options='-c default_transaction_read_only=on'",
            plan_document([HASH_INDEX]),
            options,
        )


def test_a_standby_is_refused(options: ApplyOptions) -> None:
    with Cluster(settings=SETTINGS) as cluster:
        cluster.stop()
        (cluster.data / "standby.signal").touch()
        where = cluster.log.parent
        cluster.run(
            "pg_ctl",
            *(
                "start",
                "--wait",
                "--pgdata",
                str(cluster.data),
                "--log",
                str(where / "standby.log"),
            ),
            *("--options", f"-c listen_addresses='' -c unix_socket_directories='{where}'"),
        )
        try:
            with pytest.raises(ApplyError, match="is a standby"):
                run(cluster.dsn(), plan_document([HASH_INDEX]), options)
        finally:
            cluster.run("pg_ctl", "stop", "--mode=fast", "--pgdata", str(cluster.data))


def test_only_one_apply_at_a_time(new_database: NewDatabase, options: ApplyOptions) -> None:
    dsn = new_database(DOCS)
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (ADVISORY_LOCK_KEY,))
        pid = other.info.backend_pid
        with pytest.raises(ApplyError, match=rf"another dbaudit .* \(process {pid}\)"):
            run(dsn, plan_document([HASH_INDEX]), options)
    require_success(run(dsn, plan_document([HASH_INDEX]), options))
