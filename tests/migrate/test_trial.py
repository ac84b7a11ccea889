"""Drops in two steps: watched first, and dropped only where nobody scanned the index meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbaudit.migrate.events import Event, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult, require_success, result_document
from dbaudit.migrate.status import status
from dbaudit.migrate.trial.trial import Judgement, Trial, Verdict, judge
from dbaudit.migrate.trial.usage import PRIMARY, Counted, Usage
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.replica import Replica, replica_of
from dbaudit.targets.session import connect
from tests.conftest import SETTINGS, NewDatabase, create_database, run_sql
from tests.migrate.plans import (
    BY_HASH,
    DOCS,
    HASH_INDEX,
    index_definitions,
    plan_document,
    select,
    statement_entry,
)
from tests.migrate.test_apply import run, undo
from tests.migrate.test_drops import drop_entry
from tests.standby import Standby, standby_of

OLD = DOCS + "create index docs_old on docs (owner);\n"
DROP_OLD = plan_document(drops=[drop_entry("docs_old")])
#: One scan of docs_old, counted before the next statement is answered.
SCAN = """
set enable_seqscan = off;
select count(*) from docs where owner = 'o7';
select pg_stat_force_next_flush();
"""
KEY = ("public", "docs_old")
BEFORE = Usage(7, 10, None, "0", "00000001")
TRIAL = Trial(
    KEY,
    60.0,
    "2026-01-01T10:00:00.000000Z",
    "2026-01-01T10:01:00.000000Z",
    {PRIMARY: BEFORE, "replica": replace(BEFORE, timeline=None)},
)
EARLY, LATE = "2026-01-01T10:00:59.000000Z", "2026-01-01T10:01:00.000000Z"


@pytest.fixture
def week(options: ApplyOptions) -> ApplyOptions:
    """A trial that does not end during a test."""
    return replace(options, trial_seconds=7 * 86_400.0)


@pytest.fixture
def moment(options: ApplyOptions) -> ApplyOptions:
    """A trial that is over when it has begun."""
    return replace(options, trial_seconds=0.001)


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    with Cluster(settings=SETTINGS) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Standby]:
    with standby_of(primary) as standby:
        yield standby


def reason_of(result: ApplyResult) -> str:
    (drop,) = result.drops
    return f"{drop.outcome}: {drop.reason}"


def read_status(dsn: str, options: ApplyOptions) -> dict[str, Any]:
    with connect(PostgresTarget(dsn)) as session:
        return status(session, options.state_dir, options.replicas)


def judged(
    now: str = LATE,
    primary: Usage | None = BEFORE,
    replica: Usage | None = TRIAL.usages["replica"],
    problem: str = "",
    **more: Counted,
) -> Judgement:
    usages: Mapping[str, Usage | None] = {PRIMARY: primary, "replica": replica}
    counted = [
        Counted(
            server,
            {KEY: usage} if usage else {},
            problem if server == "replica" else "",
        )
        for server, usage in usages.items()
    ]
    return judge(TRIAL, [*counted, *more.values()], now)


def test_nobody_scanned_it() -> None:
    assert judged(EARLY).verdict is Verdict.WAIT
    assert judged(EARLY).reason == "on trial until 2026-01-01 10:01 UTC: 0 scans so far"
    found = judged()
    assert found.verdict is Verdict.DROP
    assert found.reason == "not scanned since 2026-01-01 10:00 UTC on primary, replica"
    assert found.scans == {PRIMARY: 0, "replica": 0}


@pytest.mark.parametrize(
    ("given", "verdict", "reason"),
    [
        ({"primary": replace(BEFORE, idx_scan=11)}, Verdict.USED, "1 on primary since 2026-01-01"),
        (
            {"replica": Usage(7, 13, "2026-01-01T10:00:30Z", "0", None), "now": EARLY},
            Verdict.USED,
            "3 on replica since 2026-01-01 10:00 UTC, last at 2026-01-01 10:00 UTC; it stays",
        ),
        ({"replica": None, "problem": "no route"}, Verdict.WAIT, "replica cannot be asked: no ro"),
        ({"replica": None}, Verdict.WAIT, "replica has no such index"),
        ({"primary": replace(BEFORE, oid=8)}, Verdict.ANEW, "on primary it is another index"),
        ({"primary": replace(BEFORE, idx_scan=9)}, Verdict.ANEW, "counters of primary were reset"),
        ({"primary": replace(BEFORE, counted_since="1")}, Verdict.ANEW, "of primary were reset"),
        ({"primary": replace(BEFORE, timeline="00000002")}, Verdict.ANEW, "another server by now"),
        ({"replica": replace(BEFORE, timeline="00000002")}, Verdict.ANEW, "or was promoted"),
        ({"new": Counted("new", {KEY: BEFORE})}, Verdict.ANEW, "new was not watched until now"),
        ({"new": Counted("new", problem="down")}, Verdict.WAIT, "new cannot be asked: down"),
        (
            {"primary": replace(BEFORE, idx_scan=9), "replica": None, "problem": "gone"},
            Verdict.WAIT,
            "replica cannot be asked: gone",
        ),
    ],
)
def test_what_comes_of_a_trial(given: dict[str, Any], verdict: Verdict, reason: str) -> None:
    found = judged(**given)
    assert found.verdict is verdict
    assert reason in found.reason


def test_a_replica_that_is_not_named_any_more_is_not_forgotten() -> None:
    found = judge(TRIAL, [Counted(PRIMARY, {KEY: BEFORE})], LATE)
    assert found.verdict is Verdict.WAIT
    assert "replica was watched too and is not among the replicas now" in found.reason


def test_a_replica_is_named_without_its_password() -> None:
    replica = replica_of("postgresql://me:secret@10.0.0.2:5433/shop", "replica 1")
    assert replica.name == "10.0.0.2:5433"
    assert "secret" not in repr(replica)


def test_a_trial_on_every_version(any_pg: Cluster, week: ApplyOptions) -> None:
    dsn = create_database(any_pg, OLD)
    at_first = index_definitions(dsn)
    query = statement_entry("by_owner", "select * from docs where owner = 'o7'")
    document = plan_document([HASH_INDEX], [BY_HASH, query], [drop_entry("docs_old")])
    begun = run(dsn, document, week)
    require_success(begun)
    assert begun.indexes[0].outcome == "kept"
    assert reason_of(begun).startswith("skipped: on trial until ")
    trial = result_document(begun)["drops"][0]["trial"]
    assert trial["scans"] == {PRIMARY: 0}
    # The superuser's own reading, before and after, is not counted.
    later = run(dsn, document, replace(week, trial_seconds=None))
    assert reason_of(later) == reason_of(begun)
    (listed,) = read_status(dsn, week)["trials"]
    assert (listed["name"], listed["next"], listed["scans"]) == ("docs_old", "wait", {PRIMARY: 0})
    assert index_definitions(dsn).keys() == at_first.keys() | {"docs_hash_idx"}
    run_sql(dsn, SCAN)
    used = run(dsn, document, week)
    require_success(used)
    assert "it was scanned while on trial: 1 on primary since" in reason_of(used)
    ((tells_when,),) = select(dsn, "select current_setting('server_version_num')::int >= 160000")
    assert ("last at" in reason_of(used)) == tells_when
    assert read_status(dsn, week)["trials"] == []
    # It is not dropped behind the trial's back, but another trial may begin.
    without = run(dsn, document, replace(week, trial_seconds=None))
    assert "--trial begins another trial" in reason_of(without)
    assert reason_of(run(dsn, document, week)).startswith("skipped: on trial until ")


def test_one_that_nobody_scanned_is_dropped(
    new_database: NewDatabase, moment: ApplyOptions
) -> None:
    dsn = new_database(OLD)
    at_first = index_definitions(dsn)
    run(dsn, DROP_OLD, moment)
    assert index_definitions(dsn) == at_first
    (listed,) = read_status(dsn, moment)["trials"]
    assert listed["next"] == "drop"
    dropped = run(dsn, DROP_OLD, replace(moment, trial_seconds=None))
    require_success(dropped)
    assert reason_of(dropped).startswith("kept: dropped; not scanned since ")
    assert list(index_definitions(dsn)) == ["docs_pkey"]
    assert read_status(dsn, moment)["trials"] == []
    assert undo(dsn, moment).drops[0].outcome == "rolled_back"
    assert index_definitions(dsn) == at_first


def test_one_that_a_query_misses_is_put_back_after_its_trial(
    new_database: NewDatabase, moment: ApplyOptions
) -> None:
    dsn = new_database(DOCS + "create index docs_old on docs (hash);\n")
    at_first = index_definitions(dsn)
    document = plan_document([], [BY_HASH], [drop_entry("docs_old")])
    run(dsn, document, moment)
    assert "by_hash is slower without it" in reason_of(run(dsn, document, moment))
    assert index_definitions(dsn) == at_first


def test_rollback_ends_a_trial(new_database: NewDatabase, week: ApplyOptions) -> None:
    dsn = new_database(OLD)
    at_first = index_definitions(dsn)
    run(dsn, DROP_OLD, week)
    assert reason_of(undo(dsn, week)) == "rolled_back: its trial is ended, and it stays"
    document = read_status(dsn, week)
    assert document["trials"] == []
    assert document["applied"][0]["drops"][0]["reason"].endswith(
        "that trial is ended by a rollback"
    )
    assert index_definitions(dsn) == at_first
    without = run(dsn, DROP_OLD, replace(week, trial_seconds=None))
    assert without.drops[0].outcome == "kept"


def test_counters_that_were_reset_begin_the_trial_anew(
    new_database: NewDatabase, moment: ApplyOptions
) -> None:
    dsn = new_database(OLD)
    run(dsn, DROP_OLD, moment)
    run_sql(dsn, "select pg_stat_reset()")
    assert "starts anew: the counters of primary were reset; on trial until" in reason_of(
        run(dsn, DROP_OLD, moment)
    )
    run_sql(dsn, "reindex index concurrently docs_old")
    assert "on primary it is another index of this name by now" in reason_of(
        run(dsn, DROP_OLD, moment)
    )
    assert "docs_old" in index_definitions(dsn)
    assert run(dsn, DROP_OLD, moment).drops[0].outcome == "kept"


def test_what_must_stay_and_what_is_not_there_get_no_trial(
    new_database: NewDatabase, week: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    drops = [drop_entry("docs_pkey"), drop_entry("nowhere")]
    result = run(dsn, plan_document(drops=drops), week)
    assert [drop.outcome for drop in result.drops] == ["failed", "skipped"]
    assert read_status(dsn, week)["trials"] == []


def test_an_invalid_index_needs_no_trial(new_database: NewDatabase, week: ApplyOptions) -> None:
    dsn = new_database(OLD)
    run_sql(dsn, "update pg_index set indisvalid = false where indexrelid = 'docs_old'::regclass")
    assert run(dsn, DROP_OLD, week).drops[0].outcome == "kept"
    assert list(index_definitions(dsn)) == ["docs_pkey"]


def test_a_role_without_a_schema_of_its_own_and_without_track_counts(
    new_database: NewDatabase, pg18: Cluster, week: ApplyOptions
) -> None:
    """The trial lives in the local ledger, and what the role should be granted is told."""
    dsn = new_database(OLD, name="trial_of_a_tenant")
    run_sql(dsn, "create role trial_tenant login;\nalter table docs owner to trial_tenant;\n")
    tenant = pg18.dsn("trial_of_a_tenant", "trial_tenant")
    events: list[Event] = []
    begun = run(tenant, DROP_OLD, week, events)
    assert Path(begun.ledger_at).is_relative_to(week.state_dir)
    told = [event.message for event in events if isinstance(event, Warned)]
    assert any("GRANT SET ON PARAMETER track_counts TO trial_tenant" in line for line in told)
    (listed,) = read_status(tenant, week)["trials"]
    assert listed["ledger_id"] == begun.ledger_id
    run_sql(dsn, SCAN)
    assert "it was scanned while on trial" in reason_of(run(tenant, DROP_OLD, week))
    run_sql(dsn, "drop owned by trial_tenant cascade;\ndrop role trial_tenant;\n")


def test_a_drop_that_rests_on_nothing_is_advised_a_trial(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(OLD + "create index docs_old_too on docs (owner);\n")
    replaced = drop_entry("docs_old_too", replaced_by={"schema": "public", "name": "docs_old"})
    events: list[Event] = []
    require_success(run(dsn, plan_document(drops=[replaced]), options, events))
    assert [event for event in events if isinstance(event, Warned)] == []
    require_success(run(dsn, DROP_OLD, options, events))
    (warned,) = [event.message for event in events if isinstance(event, Warned)]
    assert "--trial 7d" in warned


def test_scans_on_a_standby_keep_the_index(
    primary: Cluster, standby: Standby, moment: ApplyOptions
) -> None:
    dsn = create_database(primary, OLD, name="replicated")
    standby.catch_up(primary)
    replica = Replica("standby", PostgresTarget(standby.dsn("replicated")))
    watched = replace(moment, replicas=(replica,))
    begun = run(dsn, DROP_OLD, watched)
    assert begun.drops[0].trial is not None
    assert begun.drops[0].trial.scans == {PRIMARY: 0, "standby": 0}
    run_sql(standby.dsn("replicated"), SCAN)
    (listed,) = read_status(dsn, watched)["trials"]
    assert (listed["next"], listed["scans"]) == ("keep", {PRIMARY: 0, "standby": 1})
    assert "1 on standby since" in reason_of(run(dsn, DROP_OLD, watched))
    assert "docs_old" in index_definitions(dsn)


def test_a_standby_that_cannot_be_asked_or_lost_its_counters(
    primary: Cluster, standby: Standby, moment: ApplyOptions
) -> None:
    dsn = create_database(primary, OLD, name="unreached")
    standby.catch_up(primary)
    replica = Replica("standby", PostgresTarget(standby.dsn("unreached")))
    watched = replace(moment, replicas=(replica,))
    run(dsn, DROP_OLD, watched)
    standby.cluster.stop(signal.SIGQUIT)
    try:
        down = run(dsn, DROP_OLD, watched)
        assert "skipped: on trial, and not dropped: standby cannot be asked" in reason_of(down)
        (listed,) = read_status(dsn, watched)["trials"]
        assert listed["next"] == "wait"
        assert "not among the replicas now" in reason_of(run(dsn, DROP_OLD, moment))
        other = replace(moment, replicas=(replica,))
        run_sql(dsn, "create index docs_other on docs (hash)")
        refused = run(dsn, plan_document(drops=[drop_entry("docs_other")]), other)
        assert "failed: its trial cannot begin: standby cannot be asked" in reason_of(refused)
    finally:
        standby.cluster.start()
    standby.catch_up(primary)
    assert "starts anew: the counters of standby were reset" in reason_of(
        run(dsn, DROP_OLD, watched)
    )
    assert "docs_old" in index_definitions(dsn)
    dropped = run(dsn, DROP_OLD, watched)
    assert "not scanned since" in reason_of(dropped)
    assert "docs_old" not in index_definitions(dsn)


def test_the_primary_crashes_and_loses_its_counters(moment: ApplyOptions) -> None:
    with Cluster(settings=SETTINGS) as cluster:
        dsn = create_database(cluster, OLD)
        run(dsn, DROP_OLD, moment)
        cluster.stop(signal.SIGQUIT)
        cluster.start()
        assert "starts anew: the counters of primary were reset" in reason_of(
            run(dsn, DROP_OLD, moment)
        )
        with psycopg.connect(dsn) as connection:
            assert connection.execute("select to_regclass('docs_old') is not null").fetchone()
