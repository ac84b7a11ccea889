"""Clocks that are set back: what came last is told by the ledger's order, not by its times."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

from tests.conftest import run_sql
from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import until_alone
from tests.migrate.faults.roles import as_owner
from tests.migrate.faults.runs import RUN_PHASES
from tests.migrate.faults.scene import DOCS, HELD_INDEX, Scene, assert_survived
from tests.migrate.plans import HASH_INDEX, index_definitions, plan_document

#: Each entry is of the day before the one that it follows, the first of next year.
_BACKWARDS = "update dbaudit.ledger set at = now() + interval '366 days' - entry * interval '1 day'"
_LOCALLY = "update ledger set at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', (366 - entry) || ' days')"


def test_the_servers_clock_is_set_back(new_scene: NewScene) -> None:
    scene = _applied_one_by_one(new_scene(DOCS, plan_document(), "--no-verify"))
    run_sql(scene.dsn, _BACKWARDS)
    _assert_last_comes_first(scene)


def test_the_clock_of_a_local_ledger_is_set_back(new_scene: NewScene) -> None:
    with as_owner(new_scene(DOCS, plan_document(), "--no-verify"), "temporary") as owned:
        scene = _applied_one_by_one(owned)
        (ledger,) = scene.folder.glob("dbaudit/ledger/*.sqlite")
        with closing(sqlite3.connect(ledger)) as connection, connection:
            connection.execute(_LOCALLY)
        _assert_last_comes_first(scene)


def test_the_clock_is_set_back_and_dbaudit_killed(new_scene: NewScene) -> None:
    """What was begun is found by the ledger's order too."""
    scene = new_scene(DOCS, plan_document([HASH_INDEX, HELD_INDEX]), "--no-verify")
    with RUN_PHASES["building"](scene.dsn) as reach:
        running = scene.start()
        reach()
        running.end()
        until_alone(scene.dsn)
    run_sql(scene.dsn, _BACKWARDS)
    assert_survived(scene, left_invalid=["docs_held"])


def _applied_one_by_one(scene: Scene) -> Scene:
    """Two plans applied one after the other; the scene with the second."""
    for number, index in enumerate((HASH_INDEX, HELD_INDEX)):
        scene = replace(scene, plan=scene.folder / f"{number}.json")
        scene.plan.write_text(json.dumps(plan_document([index])))
        assert scene.apply().status == 0
    return scene


def _assert_last_comes_first(scene: Scene) -> None:
    """In `status` and in `rollback`."""
    assert [run["indexes"][0]["name"] for run in scene.status()["applied"]] == [
        "docs_held",
        "docs_hash_idx",
    ]
    assert scene.rollback().status == 0
    assert list(index_definitions(scene.dsn)) == ["docs_hash_idx", "docs_pkey"]
    assert_survived(scene)
