"""dbaudit is killed, or asked to end once and twice, in each phase of its work."""

from __future__ import annotations

import signal

import pytest

from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import DROP, gate, until_alone, until_running
from tests.migrate.faults.phases import building_index
from tests.migrate.faults.runs import DOCUMENT, LEFT_INVALID, RUN_PHASES, SQL
from tests.migrate.faults.scene import (
    DOCS,
    HELD_INDEX,
    assert_left_clean,
    assert_rolled_back,
    assert_survived,
    left_invalid,
)
from tests.migrate.plans import HASH_INDEX, plan_document


@pytest.mark.parametrize("phase", RUN_PHASES)
def test_it_is_killed(new_scene: NewScene, phase: str) -> None:
    """The server notices by itself that nobody is there any more."""
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        reach()
        running.signal(signal.SIGKILL)
        until_alone(scene.dsn)
    assert running.done().status == -signal.SIGKILL
    left = [LEFT_INVALID[phase]] if phase in LEFT_INVALID else []
    assert_survived(scene, left_invalid=left)


@pytest.mark.parametrize("phase", ["building", "dropping"])
def test_it_is_killed_and_rolled_back(new_scene: NewScene, phase: str) -> None:
    """Without another apply in between."""
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        reach()
        running.signal(signal.SIGKILL)
        until_alone(scene.dsn)
    assert_rolled_back(scene)


@pytest.mark.parametrize(
    ("phase", "number"),
    [*((phase, signal.SIGINT) for phase in RUN_PHASES), ("building", signal.SIGTERM)],
)
def test_it_is_interrupted(new_scene: NewScene, phase: str, number: signal.Signals) -> None:
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        reach()
        running.signal(number)
        done = running.done()
    assert done.status == 130
    assert done.err.strip().endswith("interrupted")
    left = [LEFT_INVALID[phase]] if phase in ("taking_back", "dropping") else []
    assert_survived(scene, left_invalid=left)


@pytest.mark.parametrize("phase", ["building", "taking_back", "dropping"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_at_the_very_moment(
    new_scene: NewScene, phase: str, number: signal.Signals
) -> None:
    """Whoever comes first, the signal or the end of the statement."""
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        reach()
        running.signal(number)
    running.done()
    assert_survived(scene, left_invalid=left_invalid(scene))


def test_it_is_interrupted_while_it_cleans_up(new_scene: NewScene) -> None:
    """Whoever presses Ctrl-C again does not want to wait: what is left is written down."""
    scene = new_scene(DOCS, plan_document([HASH_INDEX, HELD_INDEX]), "--no-verify")
    with building_index(scene.dsn) as reach, gate(scene.dsn, DROP):
        running = scene.start()
        reach()
        running.signal(signal.SIGINT)
        until_running(scene.dsn, "drop index concurrently%")
        running.signal(signal.SIGINT)
        done = running.done()
    assert done.status == 130
    assert_survived(scene, left_invalid=["docs_held"])


def test_a_rollback_is_killed(new_scene: NewScene) -> None:
    scene = new_scene(DOCS, plan_document([HASH_INDEX, HELD_INDEX]), "--no-verify")
    assert scene.apply().status == 0
    with gate(scene.dsn, DROP):
        running = scene.start(command="rollback")
        until_running(scene.dsn, "drop index concurrently%")
        running.signal(signal.SIGKILL)
        until_alone(scene.dsn)
    assert_left_clean(scene)
    assert_rolled_back(scene)
