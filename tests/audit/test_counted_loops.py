"""A scan without a log tells of N+1 by pg_stat_statements' counts, where it has any."""

from __future__ import annotations

import psycopg

from dbaudit.audit.scan import Audit, ScanOptions, scan
from dbaudit.audit.steps import SilentSteps
from dbaudit.findings import Confidence, Severity
from dbaudit.rules.load import load_rules
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import parse_dsn
from dbaudit.targets.session import connect
from tests.conftest import create_database

SCHEMA = """
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int PRIMARY KEY, shop_id int);
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders, note text);
INSERT INTO orders SELECT n, n % 10 FROM generate_series(1, 200) n;
"""


def _scanned(dsn: str, options: ScanOptions) -> Audit:
    rules = [rule for rule in load_rules() if rule.counters_suffice]
    with connect(parse_dsn(dsn, "test")) as session:
        return scan(session, [], rules, options, SilentSteps())


def test_a_scan_tells_of_a_lookup_for_each_row(pg18: Cluster) -> None:
    dsn = create_database(pg18, SCHEMA)
    with psycopg.connect(dsn, autocommit=True) as application:
        for shop in range(10):
            rows = application.execute("SELECT id FROM orders WHERE shop_id = %s", [shop])
            for (order,) in rows.fetchall():
                application.execute("SELECT note FROM items WHERE order_id = %s", [order])
    [found] = _scanned(dsn, ScanOptions(propose=None)).evaluation.findings
    assert (found.rule, found.severity, found.confidence) == (
        "n-plus-one",
        Severity.INFO,
        Confidence.POSSIBLE,
    )
    assert "200 times for 200 rows of 10 calls" in found.message
    assert "told by counts alone" in found.message
    evidence = found.evidence
    assert (evidence["times"], evidence["parent_rows"], evidence["occurrences"]) == (200, 200, 10)
    assert found.remedy is not None
    assert "= ANY ($1)" in found.remedy.sql[0]
    left_out = _scanned(dsn, ScanOptions(propose=None, counted=False)).evaluation
    assert not left_out.findings


def test_where_nothing_is_counted_the_rules_are_skipped(pg18: Cluster) -> None:
    audit = _scanned(create_database(pg18), ScanOptions(propose=None))
    reasons = {skipped.rule: skipped.reason for skipped in audit.evaluation.skipped}
    assert set(reasons) == {"n-plus-one", "slow-query"}
    assert "nothing was counted" in reasons["n-plus-one"]
    assert "pg_stat_statements" in reasons["n-plus-one"]
