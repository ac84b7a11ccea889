"""Servers of our own start, stop, and leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from dbaudit.errors import TargetError
from dbaudit.targets.cluster import Cluster, reason
from dbaudit.targets.scratch import scratch_folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's user may enter; root's `tmp_path` lets in nobody else."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_cluster_lives_in_its_context_and_leaves_nothing() -> None:
    with Cluster() as cluster:
        home = cluster.log.parent
        with psycopg.connect(cluster.dsn()) as connection:
            assert connection.info.server_version >= 180000
        cluster.stop()
        assert not cluster.is_running
        cluster.start()
        assert cluster.is_running
    assert not cluster.is_running
    assert not home.exists()


def test_data_in_a_named_folder_outlives_the_server(open_folder: Path) -> None:
    data = open_folder / "with space"
    with Cluster(data) as cluster, psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute("create table kept ()")
    with Cluster(data) as cluster, psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("select to_regclass('kept')::text").fetchone() == ("kept",)


def test_a_setting_the_server_refuses_is_named() -> None:
    with (
        pytest.raises(TargetError, match="no_such_setting"),
        Cluster(settings={"no_such_setting": "1"}),
    ):
        pass


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        (
            "creating configuration files ... ok\n"
            "2026-11-21 10:59:01.123 UTC [17] FATAL:  could not write to file: No space left\n"
            "child process exited with exit code 1\n"
            'initdb: removing contents of data directory "/tmp/x"\n',
            "FATAL:  could not write to file: No space left",
        ),
        ('initdb: error: invalid locale name "x"\n', 'initdb: error: invalid locale name "x"'),
        ("cannot execute\n", "cannot execute"),
        ("", "no message"),
    ],
)
def test_the_reason_is_the_error_and_not_what_follows(messages: str, why: str) -> None:
    assert reason(messages) == why


def test_the_server_dies_with_a_killed_parent(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any dbaudit tidies up behind a dead one, so this one's folders are apart from the others'.
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    monkeypatch.setenv("TMPDIR", str(open_folder))
    script = (
        "from dbaudit.targets.cluster import Cluster; import os, signal\n"
        "c = Cluster(); c.start(); print(c._process.pid, c.log.parent, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout.split()[0])
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
    left = Path(done.stdout.split()[1].decode())
    assert left.exists()  # only a killed parent leaves its folder
    with scratch_folder():
        assert not left.exists()  # and the next one of ours takes it away
