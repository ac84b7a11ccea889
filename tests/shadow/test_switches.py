"""Only what differs from the plan before is written, and an interruption leaves nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbaudit.shadow import switches
from dbaudit.shadow.switches import IndexSwitches
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import connect_shadow, run
from tests.conftest import create_database

SCHEMA = """
create table t (a int, b int);
create index candidate_a on t (a);
create index candidate_b on t (b);
create index existing on t (a, b);
update pg_index set indisvalid = false
where indexrelid in ('candidate_a'::regclass, 'candidate_b'::regclass)
"""


@pytest.fixture
def session(pg18: Cluster) -> Iterator[Session]:
    with connect_shadow(create_database(pg18, SCHEMA)) as opened:
        yield opened


def valid(session: Session) -> set[str]:
    rows = run(
        session,
        "select indexrelid::regclass::text from pg_index where indisvalid "
        "and indrelid = 't'::regclass",
    )
    return {name for (name,) in rows}


def oid(session: Session, name: str) -> int:
    return int(run(session, "select %s::regclass::oid::int", (name,))[0][0])


def test_each_plan_sees_what_it_asks_for(session: Session) -> None:
    a, b, old = (oid(session, name) for name in ("candidate_a", "candidate_b", "existing"))
    seen = IndexSwitches()
    for on, hidden, expected in (
        ([a], [], {"candidate_a", "existing"}),
        ([a, b], [old], {"candidate_a", "candidate_b"}),
        ([b], [], {"candidate_b", "existing"}),
        ([], [old], set()),
        ([], [], {"existing"}),
    ):
        seen.set(session, on, hidden)
        assert valid(session) == expected


def test_what_stays_is_not_written_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = oid(session, "candidate_a"), oid(session, "candidate_b")
    written: list[list[int]] = []

    def spy(target: Session, statement: str, parameters: tuple[list[int], list[int]]) -> object:
        written.append(sorted(parameters[1]))
        return run(target, statement, parameters)

    monkeypatch.setattr(switches, "run", spy)
    seen = IndexSwitches()
    for on in ([a], [a], [a, b], [b]):
        seen.set(session, on)
    assert written == [[a], [b], [a]]


@pytest.mark.parametrize("was_written", [False, True])
def test_an_interrupted_switch_is_made_good_by_the_next(
    session: Session, monkeypatch: pytest.MonkeyPatch, was_written: bool
) -> None:
    a, b, old = (oid(session, name) for name in ("candidate_a", "candidate_b", "existing"))
    seen = IndexSwitches()
    seen.set(session, [a])

    def interrupted(target: Session, statement: str, parameters: tuple[object, ...]) -> object:
        if was_written:
            run(target, statement, parameters)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(switches, "run", interrupted)
        seen.set(session, [b], [old])
    seen.set(session, [a, b])
    assert valid(session) == {"candidate_a", "candidate_b", "existing"}
    with monkeypatch.context() as patch, pytest.raises(psycopg.Error):
        patch.setattr(switches, "run", _fails)
        seen.set(session)
    seen.set(session)
    assert valid(session) == {"existing"}


def _fails(_session: Session, _statement: str, _parameters: object) -> None:
    raise psycopg.OperationalError
