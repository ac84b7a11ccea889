"""The proof on real servers: noise, attribution, and figures of the final state.

Where a time matters, pg_sleep makes it: what sleeps ten times as long takes longer on any machine.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaudit.migrate.apply import apply
from dbaudit.migrate.events import Event, Warned
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult, QueryGain
from dbaudit.migrate.plan import plan_of
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import NewDatabase, create_database, run_sql
from tests.migrate.plans import (
    BY_HASH,
    DOCS,
    HASH_INDEX,
    LURED,
    LURING,
    index_definitions,
    index_entry,
    plan_document,
    select,
    statement_entry,
)


def run(
    dsn: str, document: object, options: ApplyOptions, events: list[Event] | None = None
) -> ApplyResult:
    told: list[Event] = [] if events is None else events
    return apply(PostgresTarget(dsn), plan_of(document, "plan.json"), options, told.append)


def outcomes(result: ApplyResult) -> dict[str, str]:
    return {index.name: index.outcome for index in result.indexes}


def gains(result: ApplyResult) -> dict[str, QueryGain]:
    return {gain.query: gain for gain in result.queries}


#: The server is disturbed from the 9th to the 16th execution on: all those after the build, as the
#: warm-up and 7 runs stood before it. A sequence remembers over transactions that are rolled back.
DISTURBED = """
create sequence runs;
grant usage on sequence runs to public;
create function disturbed() returns bool language plpgsql as $$ begin
    perform pg_sleep(case when nextval('runs') between 9 and 16 then 0.08 else 0.004 end)
    ; return true; end$$;
"""


@pytest.mark.parametrize("role", ["postgres", "lodger"])
def test_a_disturbed_server_takes_nothing_back(
    new_database: NewDatabase, pg18: Cluster, options: ApplyOptions, role: str
) -> None:
    """A superuser compares with the index hidden in turn, another role measures again."""
    dsn = new_database(DOCS + DISTURBED, name="disturbed")
    run_sql(
        dsn,
        "drop role if exists lodger;\ncreate role lodger login;\n"
        "alter table docs owner to lodger;\ngrant create on schema public to lodger;\n",
    )
    query = statement_entry("disturbed", "select 1 from docs, disturbed() where hash = md5('77')")
    allowed = replace(options, allow_writes=True)
    result = run(
        pg18.dsn("disturbed", role), plan_document([HASH_INDEX], [query, BY_HASH]), allowed
    )
    assert select(dsn, "select last_value > 16 from runs") == [(True,)]  # it was looked at again
    assert outcomes(result) == {"docs_hash_idx": "kept"}
    gain = gains(result)["disturbed"]
    assert not gain.became_slower
    assert role == "postgres" or not gain.interleaved
    assert gain.ms_after is not None
    assert gain.ms_after < 80
    run_sql(dsn, "drop owned by lodger;\ndrop role lodger;\n")


COSTLY = DOCS + (
    "create function costly(text) returns text language plpgsql immutable as"
    " $$begin perform pg_sleep(0.004); return $1; end$$;\n"
    "insert into docs (owner, hash, body)"
    " select 'seldom', md5(i::text), 'x' from generate_series(1, 3) i;\n"
    "analyze docs;\n"
)
COSTLY_INDEX = index_entry("docs_costly_idx", "docs", "(costly(hash)) where owner = 'seldom'")
BY_COSTLY = statement_entry(
    "by_costly", "select * from docs where owner = 'seldom' and costly(hash) = 'x'"
)
FILL = statement_entry(
    "fill",
    "insert into docs (owner, hash, body)"
    " select 'seldom', md5(i::text), 'x' from generate_series(1, 10) i",
)


def test_a_writes_cost_is_put_down_to_the_index_that_makes_it(
    any_pg: Cluster, options: ApplyOptions
) -> None:
    """By size it would be the other one: all but a few rows are outside the costly index."""
    dsn = create_database(any_pg, COSTLY)
    document = plan_document([HASH_INDEX, COSTLY_INDEX], [BY_HASH, BY_COSTLY, FILL])
    result = run(dsn, document, replace(options, allow_writes=True))
    assert outcomes(result) == {"docs_hash_idx": "kept", "docs_costly_idx": "rolled_back"}
    assert "fill became slower" in result.indexes[1].reason
    assert "docs_costly_idx" not in index_definitions(dsn)
    found = gains(result)
    assert not found["fill"].became_slower  # the figures are those of what is there now
    assert found["by_costly"].ms_after is not None
    assert found["by_costly"].ms_after > 4


def test_who_may_not_hide_an_index_shares_a_writes_cost_by_size(
    new_database: NewDatabase, pg18: Cluster, options: ApplyOptions
) -> None:
    dsn = new_database(COSTLY, name="shared_cost")
    run_sql(
        dsn,
        "drop role if exists cost_tenant;\ncreate role cost_tenant login;\n"
        "alter table docs owner to cost_tenant;\ngrant create on schema public to cost_tenant;\n",
    )
    document = plan_document(
        [HASH_INDEX, COSTLY_INDEX], [{**BY_HASH, "weight": 1000}, BY_COSTLY, FILL]
    )
    result = run(
        pg18.dsn("shared_cost", "cost_tenant"), document, replace(options, allow_writes=True)
    )
    assert outcomes(result) == {"docs_hash_idx": "kept", "docs_costly_idx": "kept"}
    assert gains(result)["fill"].became_slower  # which stays to be told
    run_sql(dsn, "drop owned by cost_tenant;\ndrop role cost_tenant;\n")


def test_what_lures_the_planner_goes_and_the_rest_stays(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(LURING)
    by_id = statement_entry("by_id", "select * from m where id = 5")
    by_at = statement_entry("by_at", "select * from m where at = 5")
    indexes = [index_entry("m_at", "m", "(at)"), index_entry("m_id", "m", "(id)")]
    result = run(dsn, plan_document(indexes, [LURED, by_id, by_at]), options)
    assert outcomes(result) == {"m_at": "rolled_back", "m_id": "kept"}
    assert "lured became slower" in result.indexes[0].reason
    assert result.indexes[1].used_by == ("by_id",)
    found = gains(result)
    assert not found["lured"].became_slower
    assert found["by_id"].gain > 5
    # No longer served, and so told: it reads the whole table, which no index scan is as slow as.
    assert found["by_at"].ms_after is not None
    assert found["by_id"].ms_after is not None
    assert found["by_at"].ms_after > 5 * found["by_id"].ms_after


def test_of_two_that_do_the_same_one_stays(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    dsn = new_database(DOCS)
    twin = index_entry("docs_hash_owner_idx", "docs", "(hash, owner)")
    result = run(dsn, plan_document([HASH_INDEX, twin], [BY_HASH]), options)
    assert sorted(outcomes(result).values()) == ["kept", "rolled_back"]
    (query,) = result.queries
    assert query.gain > 5
    assert query.is_beyond_noise


def test_the_time_for_the_proof_bounds_it(new_database: NewDatabase, options: ApplyOptions) -> None:
    """When it is used up, each statement still runs once, for a second at most."""
    dsn = new_database(DOCS)
    endless = statement_entry("endless", "select pg_sleep(600)")
    events: list[Event] = []
    hurried = replace(options, proof_ms=1)
    result = run(dsn, plan_document([HASH_INDEX], [endless, BY_HASH]), hurried, events)
    found = gains(result)
    assert (found["endless"].ms_before, found["endless"].ms_after) == (1000, 1000)
    assert not found["endless"].is_beyond_noise
    assert (found["by_hash"].runs_before, found["by_hash"].runs_after) == (1, 1)
    told = [event.message for event in events if isinstance(event, Warned)]
    assert any("--proof-time" in line and "by_hash" in line for line in told)


def test_writes_leave_no_pending_list_in_a_gin_index(
    new_database: NewDatabase, options: ApplyOptions
) -> None:
    """Rolled back or not, what they add is read by every search until somebody cleans it up."""
    dsn = new_database(
        "create extension pgstattuple;\n"
        "create table pages (id int, tags text[]) with (autovacuum_enabled = off);\n"
        "insert into pages select i, array['t' || i % 5000] from generate_series(1, 20000) i;\n"
        "analyze pages;\n"
    )
    gin = index_entry("pages_tags_idx", "pages", "using gin (tags)")
    tagged = statement_entry("tagged", "select * from pages where tags @> array['t77']")
    fill = statement_entry(
        "fill", "insert into pages select i, array['t' || i] from generate_series(1, 100) i"
    )
    result = run(
        dsn, plan_document([gin], [tagged, fill]), replace(options, allow_writes=True, max_loss=1e6)
    )
    assert outcomes(result) == {"pages_tags_idx": "kept"}
    assert select(dsn, "select pending_tuples from pgstatginindex('pages_tags_idx')") == [(0,)]
