"""A wire between dbaudit and the server that a test can cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import conninfo

_CHUNK_BYTES = 65_536


class Relay:
    """Passes bytes on between 127.0.0.1 and a server's Unix socket, until it is cut."""

    def __init__(self, dsn: str) -> None:
        parameters = conninfo.conninfo_to_dict(dsn)
        self._server = f"{parameters['host']}/.s.PGSQL.{parameters['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._is_down = False
        self.dsn = conninfo.make_conninfo(
            dsn, host="127.0.0.1", port=self._listener.getsockname()[1]
        )

    def cut(self) -> None:
        """Every connection ends at once; new ones find nobody until it is mended."""
        self._is_down = True
        while self._ends:
            _end(self._ends.pop())

    def mend(self) -> None:
        """New connections pass again."""
        self._is_down = False

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_down:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._server)
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def close(self) -> None:
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def relay(dsn: str) -> Iterator[Relay]:
    """A relay to a server; `dsn` of it leads through it."""
    wire = Relay(dsn)
    thread = threading.Thread(target=wire.serve, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            sink.sendall(chunk)
    _end(source)
    _end(sink)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
