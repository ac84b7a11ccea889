"""What can be known of the host of a server that runs on this one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system: its number on this host, and its size and what is free for the server."""

    device: int
    total_bytes: int
    free_bytes: int


def volume_of(path: Path, server_pid: int) -> Volume | None:
    """The file system of a folder of the server, None where that cannot be known for certain.

    The server is on this host where its process is one of ours: behind a forwarded port, or in a
    container of its own, a folder of that name would be another one.
    """
    try:
        command = Path(f"/proc/{server_pid}/cmdline").read_bytes()
        if not command.startswith(b"postgres"):
            return None
        found, device = os.statvfs(path), path.stat().st_dev
    except OSError:  # no such process or folder here, or not for us to see
        return None
    block = found.f_frsize
    return Volume(device, found.f_blocks * block, found.f_bavail * block)
