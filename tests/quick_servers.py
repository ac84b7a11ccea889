"""Servers that are made quickly: in memory, each from a copy of the first one's data folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import pytest

from dbaudit.targets.cluster import Cluster

#: A file system in memory (tmpfs(5)): a database's 300 files are made in a tenth of the time.
_MEMORY = Path("/dev/shm")
#: More than the servers of the workers ever take.
_ROOM_BYTES = 6 << 30


@contextmanager
def in_memory() -> Iterator[None]:
    """Temporary folders lie in memory, where there is room and nobody has named another place."""
    with pytest.MonkeyPatch.context() as patch:
        if "TMPDIR" not in os.environ and _room_in_memory() >= _ROOM_BYTES:
            patch.setenv("TMPDIR", str(_MEMORY))
            patch.setattr(tempfile, "tempdir", str(_MEMORY))
        yield


def _room_in_memory() -> int:
    if not _MEMORY.is_dir():
        return 0
    available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    free = int(available[1]) << 10 if available else 0
    return min(shutil.disk_usage(_MEMORY).free, free)


@contextmanager
def one_initdb(templates: Path) -> Iterator[None]:
    """initdb takes a second: a temporary cluster is a copy of the first that was made so."""
    made, lock = dict[object, Path](), Lock()
    create = Cluster.create

    def copy_or_create(cluster: Cluster) -> None:
        if not cluster._is_temporary or (cluster.data / "PG_VERSION").exists():
            create(cluster)
            return
        how = (cluster.bin_dir, cluster._initdb)
        with lock:
            if how in made:
                _copy(made[how], cluster.data)
                return
            create(cluster)
            template = templates / str(len(made))
            _copy(cluster.data, template)
            made[how] = template

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "create", copy_or_create)
        yield


def _copy(source: Path, target: Path) -> None:
    """With owners and permissions."""
    subprocess.run(["cp", "-Rp", source, target], check=True)
