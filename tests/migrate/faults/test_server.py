"""The server stops in the middle, has no room left, or is a standby."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbaudit.targets.binaries import server_user
from dbaudit.targets.cluster import Cluster
from tests.conftest import SETTINGS, create_database
from tests.migrate.faults.phases import building_index
from tests.migrate.faults.scene import (
    DOCS,
    HELD_INDEX,
    assert_left_clean,
    assert_survived,
    left_invalid,
    stage,
)
from tests.migrate.plans import HASH_INDEX, index_entry, plan_document
from tests.standby import standby_of

#: An index of some 3 MB on keys that do not compress.
_LARGE = """
create table large (id int, key text);
insert into large select i, (select string_agg(md5((i * 16 + j)::text), '') from
    generate_series(1, 12) j) from generate_series(1, 6000) i;
vacuum analyze large;
"""
_LARGE_INDEX = index_entry("large_key_idx", "large", "USING btree (key)")
_LIMIT_BYTES = 2_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server that a test may stop; no file of its log is as long as _LIMIT_BYTES."""
    with Cluster(settings=SETTINGS, initdb=("--wal-segsize=1",)) as cluster:
        yield cluster


def test_it_stops_fast_and_comes_back(server: Cluster, tmp_path: Path) -> None:
    """As for a minor upgrade: dbaudit connects again and cleans up, if it is back soon enough."""
    dsn = create_database(server, DOCS)
    scene = stage(dsn, tmp_path, plan_document([HASH_INDEX, HELD_INDEX]), ["--no-verify"])
    with building_index(dsn) as reach:
        running = scene.start()
        reach()
        server.stop(signal.SIGINT)
    server.start()
    done = running.done()
    assert done.status == 4
    assert "lost the connection" in done.err
    assert_survived(scene, left_invalid=left_invalid(scene))


def test_it_stops_at_once_and_stays_away(server: Cluster, tmp_path: Path) -> None:
    """As in a crash: the next apply cleans up."""
    dsn = create_database(server, DOCS)
    scene = stage(dsn, tmp_path, plan_document([HASH_INDEX, HELD_INDEX]), ["--no-verify"])
    with building_index(dsn) as reach:
        running = scene.start()
        reach()
        server.stop(signal.SIGQUIT)
    done = running.done()
    assert done.status == 4
    assert "apply again later" in done.err
    server.start()
    assert_survived(scene, left_invalid=["docs_held"])


def test_the_disk_is_full(server: Cluster, tmp_path: Path) -> None:
    """As far as the builder can tell: no file of its may grow any more (RLIMIT_FSIZE)."""
    dsn = create_database(server, DOCS + _LARGE)
    document = plan_document([HELD_INDEX, _LARGE_INDEX])
    scene = stage(dsn, tmp_path, document, ["--no-verify"])
    with building_index(dsn) as reach:
        running = scene.start()
        _limit_files(reach())
    done = running.done()
    assert done.status == 4
    assert "could not" in done.err
    assert_left_clean(scene)
    assert_survived(scene)


def _limit_files(pid: int) -> None:
    """Whoever runs a process may lower its limits, the soft ones without a privilege."""
    user = server_user()
    subprocess.run(
        ["prlimit", f"--pid={pid}", f"--fsize={_LIMIT_BYTES}:"],
        check=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def test_it_is_a_standby(server: Cluster, tmp_path: Path) -> None:
    dsn = create_database(server, DOCS, name="replicated")
    scene = stage(dsn, tmp_path, plan_document([HASH_INDEX]), ["--no-verify"])
    with standby_of(server) as standby:
        standby.catch_up(server)
        done = scene.apply(dsn=standby.dsn("replicated"))
        assert done.status == 4
        assert "standby" in done.err
        assert_left_clean(scene)
        standby.catch_up(server)
        assert_survived(scene)
