"""The shadow of a server that takes encrypted connections with a password only."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dbaudit.errors import ShadowError
from dbaudit.shadow.dump import dump
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.binaries import embedded_bin_dir
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.targets.tls_relay import without_tls
from tests.conftest import PG15_BIN
from tests.shadow.agreement import bound

pytestmark = pytest.mark.pg15  # the wheel's servers are built without TLS

PASSWORD = "s3cret pass"
HBA = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class TlsServer:
    dsn: str
    certificate: Path


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    cluster = Cluster(bin_dir=PG15_BIN)
    try:
        cluster.create()
        _make_certificate(cluster.data)
        (cluster.data / "pg_hba.conf").write_text(HBA)
        port = _free_port()
        options = f"-p {port} -h 127.0.0.1 -k {cluster.data} -c ssl=on -c fsync=off"
        log = cluster.data / "log"
        cluster.run("pg_ctl", "-D", str(cluster.data), "-l", str(log), "-o", options, "start")
        local = f"host={cluster.data} port={port} user=postgres dbname=postgres"
        with psycopg.connect(local, autocommit=True) as connection:
            connection.execute(f"alter role postgres password '{PASSWORD}'".encode())
            connection.execute("create table t (id int primary key)")
        certificate = tmp_path_factory.mktemp("tls") / "root.crt"
        certificate.write_bytes((cluster.data / "server.crt").read_bytes())
        dsn = f"host=localhost hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres"
        yield TlsServer(f"{dsn} password='{PASSWORD}'", certificate)
        cluster.run("pg_ctl", "-D", str(cluster.data), "-m", "fast", "stop")
    finally:
        cluster.remove()


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_shadow_of_a_tls_server(tls_server: TlsServer, mode: str) -> None:
    dsn = f"{tls_server.dsn} sslmode={mode} sslrootcert={tls_server.certificate}"
    with Shadow(PostgresTarget(dsn), [("public", "t")]) as shadow:
        assert shadow.uncovered == {}
        assert shadow.plan(bound("select * from t where id = 5"))["Index Name"] == "t_pkey"


def test_refused_dump_does_not_tell_the_password(tls_server: TlsServer) -> None:
    target = PostgresTarget(f"{tls_server.dsn} sslmode=disable")
    with pytest.raises(ShadowError, match="cannot copy the schema") as raised:
        dump(embedded_bin_dir(), target, [])
    assert PASSWORD not in str(raised.value)


def test_clients_that_fail_or_vanish_leave_nothing(tls_server: TlsServer) -> None:
    target = PostgresTarget(f"{tls_server.dsn} sslmode=require")
    with connect(target) as session, without_tls(session) as near:
        parameters = near.parameters
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(near.conninfo, password="wrong")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{parameters['host']}/.s.PGSQL.5432")
            client.sendall(b"\0\0")
        with psycopg.connect(near.conninfo) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        kept_open = psycopg.connect(near.conninfo)
    kept_open.close()
    gc.collect()
    assert not Path(parameters["host"]).exists()


def _make_certificate(folder: Path) -> None:
    key, certificate = folder / "server.key", folder / "server.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    owner = folder.stat()
    for file in (key, certificate):
        os.chown(file, owner.st_uid, owner.st_gid)
    key.chmod(0o600)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
