"""The connection is cut, in each phase of a concurrent build."""

from __future__ import annotations

import threading

import pytest

from tests.conftest import needs_version, run_sql
from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import gate, until, until_alone, until_phase
from tests.migrate.faults.phases import (
    HELD_GIN,
    INDEXES,
    PHASES,
    building_index,
    late_key,
    waiting_for_old_snapshots,
)
from tests.migrate.faults.relay import relay
from tests.migrate.faults.scene import (
    DOCS,
    HELD_INDEX,
    assert_left_clean,
    assert_survived,
    left_invalid,
)
from tests.migrate.plans import HASH_INDEX, plan_document, select

#: Ends a session as soon as it is past the phase in which it is held.
_STRIKE = """
do $$ begin loop perform pg_stat_clear_snapshot(); exit when exists
    (select from pg_stat_progress_create_index where pid = {0} and phase not like '%scanning index')
    ; end loop; perform pg_terminate_backend({0}); end $$;
"""


@pytest.mark.parametrize("phase", PHASES)
def test_the_server_ends_our_session(new_scene: NewScene, phase: str) -> None:
    scene = new_scene(DOCS + HELD_GIN, plan_document([INDEXES[phase]]), "--no-verify")
    with PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        select(scene.dsn, "select pg_terminate_backend(%s)", reach())
    done = running.done()
    assert done.status == 4
    assert "lost the connection" in done.err
    assert_survived(scene)


def test_the_server_ends_our_session_while_it_sorts(new_scene: NewScene) -> None:
    """The phase runs nobody's code and is over in no time: it is struck from a loop."""
    scene = new_scene(DOCS + HELD_GIN, plan_document([INDEXES["scanning_index"]]), "--no-verify")
    with waiting_for_old_snapshots(scene.dsn), late_key(scene.dsn) as (late, reach):
        running = scene.start()
        striker = threading.Thread(target=run_sql, args=(scene.dsn, _STRIKE.format(reach())))
        striker.start()
        until(scene.dsn, "select 1 from pg_stat_activity where query like '%pg_stat_clear%'")
        late.open()
        striker.join()
    assert running.done().status == 4
    assert_survived(scene)


@pytest.mark.parametrize("phase", ["building_index", "waiting_for_old_snapshots"])
def test_the_wire_is_cut_for_a_moment(new_scene: NewScene, phase: str) -> None:
    scene = new_scene(DOCS, plan_document([HELD_INDEX]), "--no-verify")
    needs_version(scene.dsn, 14)  # client_connection_check_interval
    with relay(scene.dsn) as wire, PHASES[phase](scene.dsn) as reach:
        running = scene.start(dsn=wire.dsn)
        reach()
        wire.cut()
        wire.mend()
        done = running.done()
    assert done.status == 4
    assert "what was half built is dropped" in done.err
    assert_survived(scene)


def test_the_wire_stays_cut(new_scene: NewScene) -> None:
    """What was begun cannot be cleaned up from here: the next apply does."""
    scene = new_scene(DOCS, plan_document([HELD_INDEX]), "--no-verify")
    needs_version(scene.dsn, 14)
    with relay(scene.dsn) as wire, building_index(scene.dsn) as reach:
        running = scene.start(dsn=wire.dsn)
        reach()
        wire.cut()
        done = running.done()
    assert done.status == 4
    assert "apply again later" in done.err
    assert_survived(scene, left_invalid=["docs_held"])


def test_a_build_ends_when_nobody_listens(new_scene: NewScene) -> None:
    """It is whole: it is not dropped, and belongs to the run that began it."""
    scene = new_scene(DOCS, plan_document([HELD_INDEX, HASH_INDEX]), "--no-verify")
    with relay(scene.dsn) as wire, gate(scene.dsn) as build:
        running = scene.start(dsn=wire.dsn)
        until_phase(scene.dsn, "building index%")
        wire.cut()
        build.open()
        until_alone(scene.dsn)
        wire.mend()
        done = running.done()
    assert done.status == 4
    assert_left_clean(scene, left_invalid=left_invalid(scene))
    assert_survived(scene, left_invalid=left_invalid(scene))
