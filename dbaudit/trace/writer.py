"""Lines to a file, by a thread of their own: who sends statements never waits for the disk."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sys
import threading
import weakref

#: Lines wait for the disk up to so many bytes; what comes beyond them is lost, and counted.
MAX_WAITING_BYTES = 4 * 2**20
#: So often lines are written, in seconds, or when half of the room is taken.
WRITE_SECONDS = 0.5
#: A file grows up to this size by default: a trace must not fill the disk of a server.
MAX_FILE_BYTES = 2**30

_writers: weakref.WeakSet[FileWriter] = weakref.WeakSet()


class FileWriter:
    """Appends lines to one file, together with other processes: each write is of whole lines.

    The file is made readable by its owner alone. A file that was renamed or deleted is made again.
    No method raises OSError: what could not be written is counted in `lost`, logged once for each
    reason and said in the file as soon as it can be written again.
    """

    def __init__(self, path: str, max_bytes: int = MAX_FILE_BYTES) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100
        self.lost = 0
        self._max_bytes = max_bytes
        self._reasons: set[str] = set()
        self._unsaid = (0, "")
        self._torn = False
        self._fresh()
        _writers.add(self)

    def _fresh(self) -> None:
        """State of this process alone: a child of fork takes over nothing that its parent has."""
        # Reentrant: a signal handler or a finalizer may send a statement while a line is put.
        self._lock = threading.RLock()
        self._writing = threading.RLock()
        self._lines: list[bytes] = []
        self._size = 0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def put(self, line: bytes) -> None:
        """Write a line, which ends with a newline, soon."""
        with self._lock:
            if self._size + len(line) > MAX_WAITING_BYTES:
                self._lose(1, "statements come faster than they can be written")
                return
            self._lines.append(line)
            self._size += len(line)
            if self._thread is None and not self._is_closed:
                self._start()
        if self._size > MAX_WAITING_BYTES // 2:
            self._wake.set()

    def lose(self, reason: str) -> None:
        """A line could not be made."""
        with self._lock:
            self._lose(1, reason)

    def _start(self) -> None:
        # A process of multiprocessing (Celery's: billiard) ends without the interpreter's own exit.
        for name in ("multiprocessing.util", "billiard.util"):
            if name in sys.modules:
                sys.modules[name].Finalize(None, self.close, exitpriority=0)
        thread = threading.Thread(target=self._work, name="dbaudit-trace", daemon=True)
        # No thread can be started while the interpreter ends: close() writes the rest.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _work(self) -> None:
        while not self._is_closed:
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()
            self.flush()

    def flush(self) -> None:
        """Write what waits, now."""
        with self._writing:
            with self._lock:
                lines, self._lines, self._size = self._lines, [], 0
            if lines:
                self._append(lines)

    def close(self) -> None:
        """Write what waits and end the thread; lines may still be put, and wait for flush()."""
        self._is_closed = True
        self._wake.set()
        self.flush()

    def _append(self, lines: list[bytes]) -> None:
        data = memoryview(self._said() + b"".join(lines))
        written = 0
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(file).st_size + len(data) > self._max_bytes:
                    self._lose(len(lines), f"the file reached {self._max_bytes} bytes")
                    return
                while written < len(data):
                    written += os.write(file, data[written:])
            finally:
                os.close(file)
        except OSError as error:
            # What was cut is ended by the newline that the next write begins with.
            self._torn = self._torn or bool(written)
            rest = bytes(data[written:]).count(b"\n")
            self._lose(min(rest, len(lines)), error.strerror or "not written")
            return
        self._torn = False
        self._unsaid = (0, "")

    def _said(self) -> bytes:
        """What comes before the next lines: the end of a torn one, and how many were lost."""
        end = b"\n" if self._torn else b""
        lost, reason = self._unsaid
        if not lost:
            return end
        return end + json.dumps({"v": 1, "lost": lost, "reason": reason}).encode() + b"\n"

    def _lose(self, count: int, reason: str) -> None:
        self.lost += count
        self._unsaid = (self._unsaid[0] + count, reason)
        if reason in self._reasons:
            return
        self._reasons.add(reason)
        import logging  # noqa: PLC0415 - loaded only where there is something to say

        logging.getLogger("dbaudit.trace").warning(
            "%s: statements are not written to the trace: %s", self.path, reason
        )


def _in_child() -> None:
    for writer in _writers:
        writer._fresh()


def _at_exit() -> None:
    for writer in list(_writers):
        writer.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
atexit.register(_at_exit)
