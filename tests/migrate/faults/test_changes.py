"""Others change the tables, the privileges or the same indexes meanwhile."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.conftest import needs_version, run_sql
from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import until
from tests.migrate.faults.roles import as_owner
from tests.migrate.faults.runs import HELD_QUERY, RUN_PHASES
from tests.migrate.faults.scene import DOCS, HELD_INDEX, assert_left_clean, assert_survived
from tests.migrate.plans import BY_HASH, HASH_INDEX, plan_document

#: What goes wrong during the first build meets the second.
_DOCUMENT = plan_document([HELD_INDEX, HASH_INDEX], [BY_HASH, HELD_QUERY])


def test_two_applies_at_once(new_scene: NewScene) -> None:
    """The second is refused and changes nothing, nor does a rollback; the first goes on."""
    scene = new_scene(DOCS, _DOCUMENT)
    with RUN_PHASES["building"](scene.dsn) as reach:
        first = scene.start()
        reach()
        for second in (scene.apply(), scene.rollback()):
            assert second.status == 4
            assert "another dbaudit" in second.err
    assert first.done().status == 0
    assert_survived(scene)


@pytest.mark.parametrize("phase", ["measuring_before", "measuring_after"])
@pytest.mark.parametrize(
    ("change", "undo"),
    [
        ("alter table docs rename to papers", "alter table papers rename to docs"),
        ("drop table docs", DOCS[: DOCS.index("create function")]),
    ],
)
def test_the_table_goes_away(new_scene: NewScene, phase: str, change: str, undo: str) -> None:
    scene = new_scene(DOCS, _DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        reach()
        run_sql(scene.dsn, change)
    assert running.done().status in (0, 4)
    assert_left_clean(scene)
    run_sql(scene.dsn, undo)
    assert_survived(scene)


def test_the_table_is_dropped_during_a_build(new_scene: NewScene) -> None:
    """Whoever drops it waits for the build, which waits for all who took a snapshot before: the
    server ends the wait of one of them, who tries again."""
    scene = new_scene(DOCS, _DOCUMENT, "--no-verify")
    with RUN_PHASES["building"](scene.dsn) as reach:
        running = scene.start()
        reach()
        dropping = threading.Thread(target=_drop_table, args=(scene.dsn,))
        dropping.start()
        until(
            scene.dsn,
            "select 1 from pg_stat_activity where datname = current_database()"
            " and query = 'drop table docs' and wait_event_type = 'Lock'",
        )
    running.done()
    dropping.join()
    assert_left_clean(scene)
    run_sql(scene.dsn, DOCS[: DOCS.index("create function")])
    assert_survived(scene)


def _drop_table(dsn: str) -> None:
    try:
        run_sql(dsn, "drop table docs")
    except psycopg.errors.DeadlockDetected:
        _drop_table(dsn)


_OTHERS_TABLE = ("alter table docs owner to postgres", "alter table docs owner to fault_owner")


@pytest.mark.parametrize(
    ("phase", "options", "take", "give", "message"),
    [
        ("measuring_before", (), *_OTHERS_TABLE, "own"),
        ("measuring_after", (), *_OTHERS_TABLE, "own"),
        # The build at hand has what it needs; the next one has not.
        (
            "building",
            ("--no-verify",),
            "revoke create on schema public from fault_owner",
            "grant create on schema public to fault_owner",
            "grant CREATE",
        ),
        # Nothing more is done without it, and the next apply sees what was.
        (
            "building",
            ("--no-verify",),
            "alter table dbaudit.ledger owner to postgres",
            "alter table dbaudit.ledger owner to fault_owner",
            "ledger",
        ),
    ],
    ids=["table before", "table after", "schema", "ledger"],
)
def test_the_role_may_no_longer(
    new_scene: NewScene, phase: str, options: tuple[str, ...], take: str, give: str, message: str
) -> None:
    scene = new_scene(DOCS, _DOCUMENT, *options)
    if "schema" in take:
        needs_version(scene.dsn, 15)  # before, everybody may create in public
    with as_owner(scene) as owned:
        with RUN_PHASES[phase](owned.dsn) as reach:
            running = owned.start()
            reach()
            run_sql(scene.dsn, take)
        done = running.done()
        assert done.status == 4
        assert message in done.err
        run_sql(scene.dsn, give)
        assert_survived(owned)
