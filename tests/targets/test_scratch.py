"""Temporary folders go with their process, and never while it or its server lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbaudit.errors import TargetError
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.scratch import (
    LOCK,
    PREFIX,
    SERVER_PIDS,
    ScratchFolder,
    remove_leftovers,
    scratch_folder,
)

US = frozenset({os.geteuid()})


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def dead(root: Path) -> Path:
    """A folder as a dead process leaves it: the lock's file is there, nobody holds it."""
    folder = root / f"{PREFIX}dead"
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / "data").mkdir()
    return folder


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_folder_is_ours_alone_and_goes(root: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == root
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(root.iterdir()) == []


def test_removing_twice_does_no_harm(root: Path) -> None:
    folder = ScratchFolder()
    folder.remove()
    folder.path.mkdir()
    folder.remove()
    assert folder.path.exists()


def test_what_a_killed_process_left_goes_with_the_next_folder(root: Path) -> None:
    script = (
        "from dbaudit.targets.scratch import ScratchFolder; import os\n"
        "folder = ScratchFolder(); (folder.path / 'file').touch(); print(folder.path, flush=True)\n"
        f"os.kill(os.getpid(), {int(signal.SIGKILL)})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(root)},
    )
    left = Path(done.stdout.strip())
    assert left.parent == root
    assert (left / "file").exists()
    with scratch_folder() as folder:
        assert list(root.iterdir()) == [folder]


def test_a_living_process_keeps_its_folder(root: Path) -> None:
    with scratch_folder() as one, scratch_folder() as other:
        remove_leftovers(root, US)
        assert sorted(root.iterdir()) == sorted([one, other])


def test_a_dead_process_s_folder_goes(root: Path, dead: Path) -> None:
    remove_leftovers(root, US)
    assert not dead.exists()


def test_somebody_else_s_folder_stays(root: Path, dead: Path) -> None:
    remove_leftovers(root, {os.geteuid() + 1})
    assert dead.exists()


def test_a_folder_without_our_lock_stays(root: Path, dead: Path) -> None:
    (dead / LOCK).unlink()
    remove_leftovers(root, US)
    assert dead.exists()


def test_a_folder_of_another_name_stays(root: Path, dead: Path) -> None:
    other = dead.rename(root / "audit-dead")
    remove_leftovers(root, US)
    assert other.exists()


def test_what_is_no_folder_of_ours_stays(root: Path, dead: Path, tmp_path: Path) -> None:
    kept = dead.rename(tmp_path / "kept")
    link = root / f"{PREFIX}link"
    link.symlink_to(kept)
    file = root / f"{PREFIX}file"
    file.touch()
    remove_leftovers(root, US)
    assert link.is_symlink()
    assert (kept / LOCK).exists()
    assert file.exists()


@pytest.mark.parametrize("name", SERVER_PIDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_living_server_keeps_its_folder(root: Path, dead: Path, name: str, sign: int) -> None:
    (dead / name).write_text(f"{sign * os.getpid()}\n/data\n")
    remove_leftovers(root, US)
    assert dead.exists()


@pytest.mark.parametrize("name", SERVER_PIDS)
def test_a_dead_server_does_not(root: Path, dead: Path, name: str) -> None:
    (dead / name).write_text(f"{dead_pid()}\n/data\n")
    remove_leftovers(root, US)
    assert not dead.exists()


@pytest.mark.parametrize("text", ["", "starting", "9" * 40])
def test_a_damaged_process_id_is_no_server(root: Path, dead: Path, text: str) -> None:
    (dead / SERVER_PIDS[0]).write_text(text)
    remove_leftovers(root, US)
    assert not dead.exists()


def test_no_room_for_a_folder_is_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(root / "missing"))
    with pytest.raises(TargetError, match=r"No such file or directory; set TMPDIR to"):
        ScratchFolder()


def test_a_path_too_long_for_a_socket_is_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = root / ("l" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(TargetError, match=r"too long by \d+ bytes.*set TMPDIR"), Cluster():
        pass
    assert list(long.iterdir()) == []
