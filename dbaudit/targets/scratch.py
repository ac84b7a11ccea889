"""Temporary folders of our own, and an end to those that a killed dbaudit left behind.

A folder is in use as long as its process holds a lock on a file in it; the kernel lets go of the
lock however the process dies (https://man7.org/linux/man-pages/man2/flock.2.html).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from dbaudit.errors import TargetError
from dbaudit.targets.binaries import server_user

PREFIX = "dbaudit-"
LOCK = "in-use"
#: Where a PostgreSQL server that uses the folder writes its process id.
SERVER_PIDS = (".s.PGSQL.5432.lock", "data/postmaster.pid")


class ScratchFolder:
    """A temporary folder that only we may enter, ours until `remove`.

    Making one first removes what dead processes of ours left. Raises TargetError where the system
    has no room for one.
    """

    def __init__(self) -> None:
        try:
            root = Path(tempfile.gettempdir())
            remove_leftovers(root, our_uids())
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
            self._lock: int | None = _claim(self.path)
        except OSError as error:
            raise TargetError(
                f"cannot make a temporary folder: {error.strerror}; "
                "set TMPDIR to a folder that has room"
            ) from error

    def remove(self) -> None:
        """Delete the folder with all that is in it; a second call does nothing."""
        lock, self._lock = self._lock, None
        if lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(lock)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for the time of the context."""
    folder = ScratchFolder()
    try:
        yield folder.path
    finally:
        folder.remove()


def our_uids() -> frozenset[int]:
    """The users that own our folders: ourselves, and for root the user of its servers."""
    user = server_user()
    return frozenset({os.geteuid()} | ({user.uid} if user else set()))


def remove_leftovers(root: Path, owners: Collection[int]) -> None:
    """Remove the owners' folders below `root` whose process is dead, and their server with it."""
    for folder in root.glob(f"{PREFIX}*"):
        if not _is_folder_of(folder, owners):
            continue
        with _taken_over(folder) as is_dead:
            if is_dead and not has_server(folder):
                shutil.rmtree(folder, ignore_errors=True)


def has_server(folder: Path) -> bool:
    """Whether a PostgreSQL server lives that has its socket or its data in the folder."""
    return any(_is_alive(folder / name) for name in SERVER_PIDS)


def _claim(folder: Path) -> int:
    """Lock a file before it gets its name, so that nobody ever sees it without the lock."""
    nameless = folder / f"{LOCK}.new"
    try:
        lock = os.open(nameless, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        nameless.rename(folder / LOCK)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return lock


@contextmanager
def _taken_over(folder: Path) -> Iterator[bool]:
    """Whether the folder's process is dead; if so, no other process removes it meanwhile."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # never claimed, or gone by now: not ours to remove
        yield False
        return
    try:
        yield _is_lock_free(lock)
    finally:
        os.close(lock)


def _is_lock_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_folder_of(path: Path, owners: Collection[int]) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners


def _is_alive(pid_file: Path) -> bool:
    """Whether the process lives that the file's first line names.

    Standalone servers write theirs negative (src/backend/utils/init/miscinit.c, CreateLockFile).
    """
    try:
        pid = abs(int(pid_file.read_text().partition("\n")[0]))
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):  # no such file, no such process, not yet written
        return False
    return True
