"""Run a case: make the database, open its sessions, audit, and give the rule's findings."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbaudit.audit.migrations import MigrationOptions
from dbaudit.audit.propose import ProposeOptions
from dbaudit.audit.scan import ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.audit.traffic import traffic_of_counters
from dbaudit.audit.traffic_audit import with_traffic
from dbaudit.findings import Finding
from dbaudit.migration_files.folder import read_folder
from dbaudit.rules.evaluate import evaluate
from dbaudit.rules.load import RuleSettings, configured, is_about_traffic
from dbaudit.rules.rule import Rule, parse_rule
from dbaudit.share import shared_folder
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.engine import open_database
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import Snapshot, frame_of
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions
from dbaudit.targets.session import connect
from dbaudit.traffic.tables import traffic_frames
from dbaudit.traffic.totals import Totals
from dbaudit.workload.query_file import read_queries
from tests.conftest import create_database, drop_databases, split_script
from tests.rules.case_file import Case, Expected

_SESSION_SECONDS = 10.0


@dataclass(frozen=True)
class Prepared:
    """A case whose database exists and whose sessions are open."""

    case: Case
    dsn: str
    audit_dsn: str

    def expected(self) -> list[Expected]:
        """The case's expectations with the database's name in them."""
        name = conninfo_to_dict(self.dsn)["dbname"]
        return [
            replace(e, object=e.object.replace("{database}", str(name))) for e in self.case.expected
        ]

    def findings(self, *, after_remedy: bool = False) -> list[Finding]:
        """What the case's rule says of the database as it is now."""
        patches = self.case.patches
        if not after_remedy:
            patches += self.case.patches_before_remedy
        snapshot = patched(self._snapshot(), patches)
        evaluation = evaluate(snapshot, [case_rule(self.case)])
        assert not evaluation.skipped, evaluation.skipped
        return list(evaluation.findings)

    def _snapshot(self) -> Snapshot:
        """The audited database; where the rule is about a workload, with what was sent or none."""
        found = self._collected()
        if not is_about_traffic(case_rule(self.case)):
            return found
        if self.case.sent:
            return with_traffic(found, traffic_of_counters([("counted", found)]))
        return found.with_frames(traffic_frames(Totals(), ()))

    def _collected(self) -> Snapshot:
        case = self.case
        with connect(PostgresTarget(self.audit_dsn)) as session:
            if case.queries is None and case.migrations is None:
                return collect(session)
            is_advised = case.advise or "index_advice" in case_rule(case).needs
            options = ScanOptions(
                explain=ExplainOptions(analyze=case.analyze),
                counted=False,
                propose=ProposeOptions() if is_advised else None,
                migrations=_migrations(case),
            )
            queries = read_queries(case.queries) if case.queries else []
            return scan(session, queries, (), options, SilentSteps()).snapshot


@contextlib.contextmanager
def prepared(case: Case, cluster: Cluster) -> Iterator[Prepared]:
    """The case on a fresh database of the cluster."""
    dsn = create_database(cluster)
    audit_dsn = f"{dsn} user={case.role}" if case.role else dsn
    with contextlib.ExitStack() as stack:
        stack.callback(drop_databases, cluster, [str(conninfo_to_dict(dsn)["dbname"])])
        execute_script(dsn, case.setup)
        _send(dsn, case.sent)
        for sql in case.sessions:
            stack.enter_context(_open_session(dsn, sql))
        stack.callback(execute_statements, dsn, case.cleanup)
        yield Prepared(case, dsn, audit_dsn)


def _send(dsn: str, sent: Sequence[tuple[int, str]]) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for times, statement in sent:
            for n in range(times):
                connection.execute(statement.replace("{n}", str(n)).encode())


def _migrations(case: Case) -> MigrationOptions | None:
    if case.migrations is None:
        return None
    return MigrationOptions((read_folder(case.migrations, case.migrations),))


def case_rule(case: Case) -> Rule:
    (path,) = shared_folder("rules").rglob(f"{case.rule}.sql")
    rule = parse_rule(path.read_text("utf-8"), path)
    return configured([rule], {case.rule: RuleSettings(options=case.options)})[0]


def execute_script(dsn: str, script: str) -> None:
    """Run a script and have its statistics counted before anybody looks.

    A statement below a line `-- fails` is one that must fail.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in split_script(script):
            if statement.startswith("-- fails"):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement.encode())
            else:
                connection.execute(statement.encode())
        connection.execute("select pg_stat_force_next_flush()")


def execute_statements(dsn: str, statements: Sequence[str]) -> None:
    """Run each statement outside a transaction; none may wait long for a lock."""
    with psycopg.connect(dsn, autocommit=True, options="-c lock_timeout=5s") as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.execute("select pg_stat_force_next_flush()")


def patched(snapshot: Snapshot, patches: Sequence[str]) -> Snapshot:
    """The snapshot with DuckDB statements run over it; each must change something."""
    if not patches:
        return snapshot
    with open_database(snapshot) as database:
        for patch in patches:
            changed = database.execute(patch).fetchone()
            assert changed, f"gives no count: {patch}"
            assert changed[0], f"changes no row: {patch}"
        frames = {
            name: frame_of(name, database.execute(f'select * from "{name}"').fetchall())
            for name in schema()
            if name in snapshot.frames or any(f" {name} " in patch for patch in patches)
        }
    return replace(snapshot, frames=frames)


@contextlib.contextmanager
def _open_session(dsn: str, sql: str) -> Iterator[None]:
    """A session that has run the SQL, or waits in it; cancelled and closed at the end."""
    connection = psycopg.connect(dsn, autocommit=True)
    thread = threading.Thread(target=_run_until_cancelled, args=(connection, sql), daemon=True)
    thread.start()
    try:
        _until_idle_or_waiting(dsn, connection.info.backend_pid, thread)
        yield
    finally:
        if thread.is_alive():
            connection.cancel_safe()
            thread.join(_SESSION_SECONDS)
        connection.close()


def _run_until_cancelled(connection: psycopg.Connection, sql: str) -> None:
    with contextlib.suppress(psycopg.errors.QueryCanceled, psycopg.errors.AdminShutdown):
        connection.execute(sql.encode())


def _until_idle_or_waiting(dsn: str, pid: int, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _SESSION_SECONDS
    with psycopg.connect(dsn, autocommit=True) as watcher:
        while time.monotonic() < deadline and thread.is_alive():
            row = watcher.execute(
                "select wait_event_type from pg_stat_activity"
                " where pid = %s and state = 'active' and wait_event_type in ('Lock', 'Timeout')",
                (pid,),
            ).fetchone()
            if row:
                return
            time.sleep(0.02)
    assert not thread.is_alive(), "a session of the case neither ended nor waits"
