"""The server refuses in the middle: cancelled, a key that is not unique, a deadlock, no room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import needs_version, run_sql
from tests.migrate.faults.commands import Done
from tests.migrate.faults.conftest import NewScene
from tests.migrate.faults.holds import START, gate, transaction, until, until_phase, until_running
from tests.migrate.faults.phases import building_index
from tests.migrate.faults.runs import DOCUMENT, LEFT_INVALID, RUN_PHASES, SQL
from tests.migrate.faults.scene import (
    DOCS,
    HELD_INDEX,
    Scene,
    assert_left_clean,
    assert_survived,
)
from tests.migrate.plans import HASH_INDEX, index_entry, plan_document, select

_UNIQUE = "CREATE UNIQUE INDEX CONCURRENTLY docs_held ON public.docs (public.held(hash, 1));\n"
_SECOND_KEY = "insert into docs (hash) select hash from docs where id = 7"

#: Whoever is in the way of a drop stays until that is cancelled.
_NOT_DROPPING = """
select 1 where not exists (select from pg_stat_activity where datname = current_database()
    and application_name = 'dbaudit' and state = 'active' and query ilike 'drop index%')
"""


@pytest.mark.parametrize("phase", ["building", "taking_back", "dropping"])
def test_a_dba_cancels_the_statement(new_scene: NewScene, phase: str) -> None:
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES[phase](scene.dsn) as reach:
        running = scene.start()
        select(scene.dsn, "select pg_cancel_backend(%s)", reach())
        until(scene.dsn, _NOT_DROPPING)
    done = running.done()
    assert done.status == 4
    assert "canceling statement due to user request" in done.err
    left = [LEFT_INVALID[phase]] if phase in ("taking_back", "dropping") else []
    assert_survived(scene, left_invalid=left)


def test_a_dba_cancels_a_measurement(new_scene: NewScene) -> None:
    """One query less is measured: the rest goes on."""
    scene = new_scene(SQL, DOCUMENT)
    with RUN_PHASES["measuring_before"](scene.dsn) as reach:
        running = scene.start()
        select(scene.dsn, "select pg_cancel_backend(%s)", reach())
    assert running.done().status == 0
    assert_survived(scene)


def test_a_key_is_there_twice(new_scene: NewScene) -> None:
    scene = new_scene(DOCS, plan_document(), "--no-verify")
    migration = scene.folder / "0001_unique.sql"
    migration.write_text(_UNIQUE)
    scene = replace(scene, plan=migration)
    run_sql(scene.dsn, _SECOND_KEY)
    _assert_not_unique(scene, scene.apply(), "could not create unique index")


def test_a_key_comes_a_second_time(new_scene: NewScene) -> None:
    """During the build, by somebody whose row the index is not told of yet."""
    unique = index_entry("docs_held", "docs", "", ddl=_UNIQUE.rstrip(";\n"))
    scene = new_scene(DOCS, plan_document([unique, HASH_INDEX]), "--no-verify")
    with building_index(scene.dsn) as reach:
        running = scene.start()
        reach()
        run_sql(scene.dsn, _SECOND_KEY)
    _assert_not_unique(scene, running.done(), "unique")


def _assert_not_unique(scene: Scene, done: Done, message: str) -> None:
    assert done.status == 4
    assert message in done.err
    assert_left_clean(scene)
    run_sql(scene.dsn, "delete from docs where id > 6000")
    assert_survived(scene)


def test_a_deadlock_with_another_build(new_scene: NewScene) -> None:
    """A migration that wrote to the table, and now builds an index in the same transaction.

    It waits for us, we wait for it: the server ends the wait of one, ours, and we try again.
    """
    scene = new_scene(DOCS, plan_document([HELD_INDEX]), "--no-verify")
    run_sql(scene.dsn, _SET.format("deadlock_timeout = ''2s''"))
    with gate(scene.dsn, START) as start, transaction(scene.dsn) as other:
        running = scene.start()
        until_running(scene.dsn, "create index concurrently%")
        other.execute("set local deadlock_timeout = '1h'")
        other.execute("insert into docs (hash) values ('theirs')")
        start.open()
        until_phase(scene.dsn, "waiting for writers before build")
        other.execute("create index docs_theirs on docs (owner)")
    assert running.done().status == 0
    assert_survived(scene)


#: For every session that comes later to the database.
_SET = "do $$ begin execute format('alter database %I set {}', current_database()); end $$"


def test_there_is_no_room_to_sort(new_scene: NewScene) -> None:
    """As of a quota: the server ends a sort that writes more than temp_file_limit."""
    scene = new_scene(DOCS, plan_document([HASH_INDEX]), "--no-verify")
    needs_version(scene.dsn, 17)  # so little maintenance_work_mem
    run_sql(scene.dsn, _SET.format("temp_file_limit = ''64kB''"))
    run_sql(scene.dsn, _SET.format("maintenance_work_mem = ''64kB''"))
    done = scene.apply()
    assert done.status == 4
    assert "temp_file_limit" in done.err
    assert_left_clean(scene)
    run_sql(scene.dsn, _SET.format("temp_file_limit = -1"))
    assert_survived(scene)
