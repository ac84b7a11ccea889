"""Differences of pg_stat_statements' counters, made up and real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dbaudit.errors import UsageError
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo, frame_of
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import parse_dsn
from dbaudit.targets.session import connect
from dbaudit.traffic.counted import counted_between, counted_since_reset
from tests.conftest import create_database, needs_version, run_sql

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)
TARGET = TargetInfo("postgresql", "18.6", "shop", "db")
HOUR = 3600.0


def _snapshot(hours: float, *rows: dict[str, object], **info: object) -> Snapshot:
    empty = dict.fromkeys(schema()["statements"].column_names)
    frame = frame_of("statements", [{**empty, "toplevel": True, **info, **row} for row in rows])
    return Snapshot(TARGET, MIDNIGHT + timedelta(hours=hours), {"statements": frame})


def _row(query: str, calls: int, ms: float, **more: object) -> dict[str, object]:
    known = {"queryid": hash(query) % 1000, "rolname": "app"}
    return {**known, "query": query, "calls": calls, "total_exec_time": ms, "rows": calls, **more}


def test_what_was_counted_between_is_the_difference() -> None:
    first = _snapshot(0, _row("SELECT $1", 10, 5.0), _row("SELECT 1 + $1", 3, 1.0))
    second = _snapshot(8, _row("SELECT $1", 15, 9.0), _row("SELECT 1 + $1", 3, 1.0))
    counted = counted_between(first, second)
    assert counted.seconds == 8 * HOUR
    assert [(s.text, s.counters.calls, s.counters.total_exec_time) for s in counted.statements] == [
        ("select ?", 5, 4.0)
    ]
    assert counted.notes == ()


def test_roles_and_forms_of_one_statement_are_summed() -> None:
    rows = [
        _row("SELECT $1", 1, 1.0),
        _row("SELECT $1", 2, 2.0, rolname="batch"),
        _row("select  $1 /* x */", 4, 4.0, queryid=77),
        _row("SELECT $1", 99, 99.0, toplevel=False),
        _row("<insufficient privilege>", 99, 99.0, queryid=None),
    ]
    counted = counted_since_reset(_snapshot(0, *rows, reset_age_seconds=60.0))
    assert [(s.text, s.counters.calls) for s in counted.statements] == [("select ?", 7)]
    assert counted.seconds == 60.0


def test_a_reset_of_all_counters_is_noticed() -> None:
    first = _snapshot(0, _row("SELECT $1", 10, 5.0), reset_age_seconds=9 * HOUR)
    second = _snapshot(8, _row("SELECT $1", 12, 6.0), reset_age_seconds=HOUR)
    counted = counted_between(first, second)
    assert counted.statements[0].counters.calls == 12
    assert "reset 60 min before the second" in counted.notes[0]


@pytest.mark.parametrize("now", [_row("SELECT $1", 4, 2.0), _row("SELECT $1", 12, 2.0)])
def test_counters_that_fell_began_anew(now: dict[str, object]) -> None:
    counted = counted_between(_snapshot(0, _row("SELECT $1", 10, 5.0)), _snapshot(8, now))
    assert counted.statements[0].counters.calls == now["calls"]
    assert counted.notes == ("the counters of 1 statements began anew between the snapshots",)


def test_a_statement_that_was_thrown_out_and_came_back_began_anew() -> None:
    first = _snapshot(0, _row("SELECT $1", 10, 5.0, stats_age_seconds=9 * HOUR))
    second = _snapshot(8, _row("SELECT $1", 30, 15.0, stats_age_seconds=HOUR))
    assert counted_between(first, second).statements[0].counters.calls == 30


def test_statements_that_were_thrown_out_are_told() -> None:
    first = _snapshot(0, _row("SELECT $1", 10, 5.0), _row("SELECT 2 + $1", 1, 1.0), dealloc=3)
    second = _snapshot(8, _row("SELECT $1", 11, 6.0), dealloc=5)
    assert "1 statements of the first snapshot are not in the second" in "".join(
        counted_between(first, second).notes
    )


def test_snapshots_that_do_not_go_together_are_refused() -> None:
    first, second = _snapshot(0, _row("SELECT $1", 1, 1.0)), _snapshot(8)
    with pytest.raises(UsageError, match="older first"):
        counted_between(second, first)
    with pytest.raises(UsageError, match="two databases, shop on db and other on db"):
        counted_between(first, replace(second, target=replace(TARGET, database="other")))
    without = Snapshot(TARGET, MIDNIGHT, {}, (Note("statements", "not installed"),))
    with pytest.raises(UsageError, match="nothing was counted of shop: not installed"):
        counted_since_reset(without)


def test_a_real_server_counts_what_ran_between(pg18: Cluster) -> None:
    needs_version(pg18.dsn(), 14)  # pg_stat_statements_info
    dsn = create_database(pg18, "CREATE EXTENSION pg_stat_statements;\nCREATE TABLE t (id int);")
    with connect(parse_dsn(dsn, "test")) as session, psycopg.connect(dsn, autocommit=True) as app:
        app.execute("SELECT id FROM t WHERE id = 1")
        first = collect(session)
        for number in range(5):
            app.execute(f"SELECT id FROM t WHERE id = {number}".encode())
        counted = counted_between(first, collect(session))
        ours = [s for s in counted.statements if s.text == "select id from t where id = ?"]
        assert [s.counters.calls for s in ours] == [5]
        run_sql(dsn, "SELECT pg_stat_statements_reset();")
        app.execute("SELECT id FROM t WHERE id = 1")
        second = collect(session)
    later = replace(second, collected_at=second.collected_at + timedelta(seconds=0))
    anew = counted_between(
        replace(first, collected_at=first.collected_at - timedelta(hours=1)), later
    )
    ours = [s for s in anew.statements if s.text == "select id from t where id = ?"]
    assert [s.counters.calls for s in ours] == [1]
    assert "the counters were reset 0 min before" in anew.notes[0]
