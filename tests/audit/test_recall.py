"""What `apply` took back is not proposed again: on a real server, by the target's own planner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.advise.plan_file import advice_document
from dbaudit.advise.verdicts import Verdicts
from dbaudit.audit.advise import Advised, advise
from dbaudit.audit.propose import HYPOPG, SHADOW, ProposeOptions
from dbaudit.audit.recall import recall
from dbaudit.audit.scan import ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.migrate.apply import apply
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.outcome import ApplyResult
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.rollback import rollback
from dbaudit.report.json_values import json_safe
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import parse_queries
from tests.advise.workloads import bodies
from tests.conftest import NewDatabase, create_database, run_sql
from tests.migrate.plans import select

TABLES = """
create table visits (id int, place int, kind int, note text);
insert into visits select i, i % 2000, i % 700, md5(i::text) from generate_series(1, 30000) as i;
analyze visits;
"""
MONTH = 30 * 86_400.0
OF_PLACE = "-- name: of_place\nselect * from visits where place = 7;\n"
OF_BOTH = "-- name: of_both\nselect note from visits where place = 7 and kind = 7;\n"

MISSED = """
create index visits_place on visits (place);
create index visits_place_note on visits (place, note);
vacuum analyze visits;
"""
#: What writes is not executed: its plan's cost decides.
LEAVE = "-- name: leave\ndelete from visits where place = 7;\n"


@pytest.fixture
def dsn(pg15: Cluster) -> str:
    return create_database(pg15, "create extension hypopg;\n" + TABLES, "recalled")


@pytest.fixture
def strict(tmp_path: Path) -> ApplyOptions:
    """No index pays by so much: what is built is taken back."""
    return ApplyOptions(state_dir=tmp_path, min_gain=1e9)


def advised(dsn: str, state_dir: Path, queries: str, planner: str = HYPOPG) -> Advised:
    with connect(PostgresTarget(dsn)) as session:
        verdicts, problem = recall(session, state_dir, MONTH)
        assert problem == ""
        options = ProposeOptions(planner=planner, sample=False, verdicts=verdicts)
        registered = parse_queries(queries)
        return advise(session, registered, options, SilentSteps(), is_registered_only=True)


def proposed(dsn: str, state_dir: Path, queries: str) -> list[str]:
    return bodies(advised(dsn, state_dir, queries).advice)


def applied(dsn: str, made: Advised, options: ApplyOptions) -> ApplyResult:
    document: Any = json_safe(advice_document(made.advice, asdict(made.target), made.statements))
    plan = plan_of(document, "plan.json")
    return apply(PostgresTarget(dsn), plan, options, lambda _event: None)


def reasons(advice: Advice) -> dict[str, str]:
    return {rejected.ddl.split(" USING ")[-1]: rejected.reason for rejected in advice.rejected}


def missing(dsn: str, state_dir: Path, queries: str) -> Sequence[str]:
    """The indexes that a scan misses."""
    with connect(PostgresTarget(dsn)) as session:
        verdicts, _ = recall(session, state_dir, MONTH)
        options = ScanOptions(
            counted=False,
            propose=ProposeOptions(planner=HYPOPG, sample=False),
            verdicts=verdicts,
        )
        found = scan(session, parse_queries(queries), (), options, SilentSteps())
        return list(found.snapshot.frame("index_advice")["indexname"])


def test_what_was_taken_back_is_not_proposed_again(dsn: str, strict: ApplyOptions) -> None:
    folder = strict.state_dir
    first = advised(dsn, folder, OF_PLACE)
    assert bodies(first.advice) == ["visits (place)"]
    (index,) = applied(dsn, first, strict).indexes
    assert (index.outcome, index.table_rows) == ("rolled_back", 30000)
    again = advised(dsn, folder, OF_PLACE).advice
    assert bodies(again) == []
    assert f"took it back: {index.reason}" in reasons(again)["btree (place)"]
    assert missing(dsn, folder, OF_PLACE.replace("= 7", "= 8")) == []
    # A query that it was not measured by may have it, where it gains by it.
    other = "-- name: other\nselect sum(id) from visits where {} = 9;\n"
    assert proposed(dsn, folder, OF_PLACE + other.format("place")) == ["visits (place)"]
    assert proposed(dsn, folder, OF_PLACE + other.format("kind")) == ["visits (kind)"]
    run_sql(dsn, "update dbaudit.ledger set at = at - interval '31 days'")
    with connect(PostgresTarget(dsn)) as session:
        assert recall(session, folder, MONTH) == (Verdicts(), "")


def test_the_next_best_gets_its_chance(dsn: str, strict: ApplyOptions) -> None:
    made = advised(dsn, strict.state_dir, OF_BOTH)
    assert bodies(made.advice) == ["visits (place, kind)"]
    applied(dsn, made, strict)
    assert sorted(proposed(dsn, strict.state_dir, OF_BOTH)) == ["visits (kind)", "visits (place)"]


def test_a_rollback_is_no_verdict(dsn: str, strict: ApplyOptions) -> None:
    mild = replace(strict, verify=False)
    made = advised(dsn, strict.state_dir, OF_PLACE)
    assert [index.outcome for index in applied(dsn, made, mild).indexes] == ["kept"]
    rollback(PostgresTarget(dsn), None, mild, lambda _event: None)
    assert proposed(dsn, strict.state_dir, OF_PLACE) == ["visits (place)"]


def test_what_the_role_may_not_read_is_not_remembered(
    dsn: str, pg15: Cluster, strict: ApplyOptions
) -> None:
    applied(dsn, advised(dsn, strict.state_dir, OF_PLACE), strict)
    run_sql(dsn, "drop role if exists guest;\ncreate role guest login;\n")
    with connect(PostgresTarget(pg15.dsn("recalled", "guest"))) as session:
        assert recall(session, strict.state_dir, MONTH) == (Verdicts(), "")
    run_sql(dsn, "drop role guest")


def test_a_ledger_that_cannot_be_understood_is_told(dsn: str, strict: ApplyOptions) -> None:
    applied(dsn, advised(dsn, strict.state_dir, OF_PLACE), strict)
    before = select(dsn, "select count(*) from dbaudit.ledger")
    run_sql(dsn, "alter table dbaudit.ledger rename state to status")
    with connect(PostgresTarget(dsn)) as session:
        verdicts, problem = recall(session, strict.state_dir, MONTH)
    assert verdicts == Verdicts()
    assert 'what apply took back is not known: dbaudit.ledger cannot be read: column "state"' in (
        problem
    )
    assert select(dsn, "select count(*) from dbaudit.ledger") == before
    assert list(strict.state_dir.iterdir()) == []


def test_a_drop_that_was_missed_is_not_proposed_again(
    new_database: NewDatabase, strict: ApplyOptions
) -> None:
    dsn = new_database(TABLES + MISSED)
    made = advised(dsn, strict.state_dir, LEAVE, planner=SHADOW)
    assert [drop.name for drop in made.advice.drops] == ["visits_place"]
    (drop,) = applied(dsn, made, replace(strict, max_loss=0.5)).drops
    assert drop.outcome == "rolled_back"
    again = advised(dsn, strict.state_dir, LEAVE, planner=SHADOW).advice
    assert again.drops == ()
    ((ddl, reason),) = [(r.ddl, r.reason) for r in again.rejected if "DROP" in r.ddl]
    assert ddl == "DROP INDEX CONCURRENTLY public.visits_place"
    assert f"built it again: {drop.reason}" in reason
