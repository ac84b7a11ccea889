"""Reports to render: a typical one, an empty one, one with hostile names."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate

import numpy as np

from dbaudit.advise.advice import (
    Advice,
    AdvisedDrop,
    AdvisedIndex,
    AdvisedQuery,
    CurvePoint,
    NotCovered,
    Rejected,
    SearchFacts,
    Served,
)
from dbaudit.findings import (
    Confidence,
    Finding,
    ObjectKind,
    ObjectRef,
    Remedy,
    Severity,
    SkippedRule,
)
from dbaudit.report.documents import QueryReport, ScanReport, SelectedRule
from dbaudit.snapshot.snapshot import Note, TargetInfo

STARTED = datetime(2026, 3, 1, 2, 30, 0, tzinfo=UTC)
SHOP = TargetInfo("postgresql", "18.6", "shop", "db.example.com")

PLAN = {
    "Node Type": "Limit",
    "Startup Cost": 9000.5,
    "Total Cost": 9000.6,
    "Plan Rows": 20,
    "Plan Width": 64,
    "Plans": [
        {
            "Node Type": "Sort",
            "Parent Relationship": "Outer",
            "Startup Cost": 9000.5,
            "Total Cost": 9002.1,
            "Plan Rows": 640,
            "Plan Width": 64,
            "Sort Key": ["created_at DESC"],
            "Plans": [
                {
                    "Node Type": "Seq Scan",
                    "Parent Relationship": "Outer",
                    "Relation Name": "orders",
                    "Alias": "orders",
                    "Startup Cost": 0.0,
                    "Total Cost": 8970.0,
                    "Plan Rows": 640,
                    "Plan Width": 64,
                    "Filter": "(customer_id = 42)",
                }
            ],
        }
    ],
}


def finding(
    rule: str,
    severity: Severity,
    ref: ObjectRef,
    message: str,
    *sql: str,
    confidence: Confidence = Confidence.CERTAIN,
) -> Finding:
    remedy = Remedy("Run this.", sql, ("SELECT 'undo'",)) if sql else None
    return Finding(rule, "index", severity, confidence, ref, message, remedy=remedy)


def typical() -> ScanReport:
    index = ObjectKind.INDEX
    findings = [
        Finding(
            "missing-index",
            "query",
            Severity.ERROR,
            Confidence.LIKELY,
            ObjectRef(ObjectKind.QUERY, "orders_of_customer"),
            "An index on public.orders lowers the cost from 9,000.6 to 24.3 (370 times).",
            {"cost_before": Decimal("9000.6"), "cost_after": np.float64(24.3)},
            Remedy(
                "Build the index.",
                (
                    "CREATE INDEX CONCURRENTLY orders_customer_id_created_at_idx"
                    " ON public.orders USING btree (customer_id, created_at DESC)",
                ),
                ("DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer_id_created_at_idx",),
            ),
        ),
        finding(
            "invalid-index",
            Severity.ERROR,
            ObjectRef(index, "orders_note_idx", "public", "orders"),
            "The index is not valid: a concurrent build was interrupted, writes still pay for it.",
            "DROP INDEX CONCURRENTLY public.orders_note_idx",
        ),
        Finding(
            "unused-index",
            "index",
            Severity.WARNING,
            Confidence.CERTAIN,
            ObjectRef(index, "customers_legacy_idx", "public", "customers"),
            "Known from the baseline.",
            new=False,
        ),
        Finding(
            "idle-in-transaction",
            "session",
            Severity.WARNING,
            Confidence.POSSIBLE,
            ObjectRef(ObjectKind.SESSION, "4711"),
            "The session has been idle in a transaction for 3,600 s and holds back vacuum.",
            {"age_seconds": 3600.0, "xid": np.int64(7), "nothing": float("nan")},
            Remedy("Find out what the application waits for; end the transaction."),
        ),
        *(
            finding(
                "unused-index",
                Severity.WARNING,
                ObjectRef(index, f"orders_old_{n:02}_idx", "public", "orders"),
                f"Never used in 42 days, and takes {n + 1} MB that every write maintains.",
                f"DROP INDEX CONCURRENTLY public.orders_old_{n:02}_idx",
                confidence=Confidence.LIKELY,
            )
            for n in range(15)
        ),
        *(
            finding(
                "sequence-overflow",
                Severity.INFO,
                ObjectRef(ObjectKind.COLUMN, "id", "public", table),
                "An integer key has used 31 % of its range.",
            )
            for table in ("orders", "customers")
        ),
    ]
    return ScanReport(
        SHOP,
        STARTED,
        1.94,
        tuple(findings),
        tuple(
            SelectedRule(rule, category)
            for rule, category in [
                ("duplicate-index", "index"),
                ("idle-in-transaction", "session"),
                ("index-bloat", "index"),
                ("invalid-index", "index"),
                ("missing-index", "query"),
                ("sequence-overflow", "index"),
                ("unused-index", "index"),
            ]
        ),
        (SkippedRule("index-bloat", "needs column_stats, which the role may not read"),),
        (
            QueryReport(
                "orders_of_customer",
                "0123456789abcdef",
                "queries/orders.sql",
                120,
                9000.6,
                12.3456,
                PLAN,
            ),
            QueryReport("broken", "fedcba9876543210", error="relation «ordres» does not exist"),
        ),
        (Note("column_stats", "permission denied for view pg_stats"),),
    )


def empty() -> ScanReport:
    target = TargetInfo("postgresql", "15.14", "postgres", "")
    return ScanReport(target, STARTED, 0.04, rules=(SelectedRule("unused-index", "index"),))


HOSTILE_NAMES = (
    "[red]bold[/red] :smile:",
    'a"b`c|d\\e',
    "new\nline\r\nand\ttab",
    "\x1b[31mescape\x07\x00",
    "😀👩‍👩‍👧 日本語のテーブル名",
    "</details><script>alert(1)</script>]]>&amp;",
    "x" * 63,
    "*_~#-@user $1 {b}",
    "\u202ereversed\ud800",
)


def hostile() -> ScanReport:
    findings = tuple(
        finding(
            "seq-scan-large-table",
            tuple(Severity)[number % 3],
            ObjectRef(ObjectKind.TABLE, name, name, None),
            f"The table {name} is read whole.",
            f"SELECT '{name}' FROM \"{name}\"",
        )
        for number, name in enumerate(HOSTILE_NAMES)
    )
    name = HOSTILE_NAMES[5]
    return ScanReport(
        TargetInfo("postgresql", "18.6", HOSTILE_NAMES[0], HOSTILE_NAMES[3]),
        STARTED,
        61.2,
        findings,
        (SelectedRule("seq-scan-large-table", name),),
        (SkippedRule("odd|rule", HOSTILE_NAMES[2]),),
        (QueryReport(HOSTILE_NAMES[1], "0" * 16, error=HOSTILE_NAMES[2]),),
        (Note("tables", HOSTILE_NAMES[3]),),
    )


def advice() -> Advice:
    name = "orders_customer_id_created_at_idx"
    return Advice(
        1_000_000.0,
        210_000.0,
        (
            AdvisedIndex(
                name,
                "public",
                "orders",
                "btree",
                f"CREATE INDEX CONCURRENTLY {name} ON public.orders USING btree"
                " (customer_id, created_at DESC) INCLUDE (status) WHERE deleted_at IS NULL",
                f"DROP INDEX CONCURRENTLY IF EXISTS public.{name}",
                47_185_920,
                "certain",
                (
                    Served("orders_of_customer", 9000.6, 24.3),
                    *(Served(f"report_{n}", 8000.0 + n, 4000.0) for n in range(6)),
                ),
                "Equality on customer_id, then the order that the queries ask for.",
            ),
        ),
        (
            AdvisedDrop(
                "orders_customer_id_idx",
                "public",
                "orders",
                "DROP INDEX CONCURRENTLY public.orders_customer_id_idx",
                "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)",
                9000,
                f"{name} begins with the same column.",
            ),
        ),
        (Rejected("CREATE INDEX CONCURRENTLY x ON public.orders (status)", "no query gains"),),
        (AdvisedQuery("orders_of_customer", 120, 9000.6, 24.3, PLAN, PLAN),),
        (NotCovered("nearby [shops]", "the type geography of postgis is not in the shadow"),),
        SearchFacts("shadow", "18.6", 120, 1.04),
        ("The target is PostgreSQL 15: the shadow's planner is newer.",),
    )


def advice_with_curve() -> Advice:
    """Five indexes, the last two of which hardly pay."""
    one = advice()
    names = [f"orders_{name}_idx" for name in ("status", "day", "total", "note | x", "z")]
    sizes = [megabytes * 2**20 for megabytes in (12, 45, 45, 158, 130)]
    costs = [620_000.0, 310_000.0, 240_000.0, 221_000.0, 210_000.0]
    points = map(CurvePoint, accumulate(sizes), costs, names)
    return replace(
        one,
        indexes=tuple(
            replace(one.indexes[0], name=name, size_bytes=size)
            for name, size in zip(names, sizes, strict=True)
        ),
        curve=(CurvePoint(0, one.cost_before), *points),
    )


APPLIED = {
    "schema_version": 1,
    "ledger_id": "20260301T023000-1",
    "indexes": [
        {
            "name": "orders_customer_id_created_at_idx",
            "schema": "public",
            "table": "orders",
            "ddl": "CREATE INDEX CONCURRENTLY orders_customer_id_created_at_idx ON public.orders"
            " USING btree (customer_id, created_at DESC)",
            "built": True,
            "valid": True,
            "used_by": ["orders_of_customer"],
            "build_ms": 1234.5,
            "size_bytes": 47_185_920,
            "queries": [
                {
                    "query": "orders_of_customer",
                    "ms_before": 61.2,
                    "ms_after": 0.12,
                    "gain": 510,
                    "runs_before": 7,
                    "runs_after": 7,
                    "ms_before_low": 60.1,
                    "ms_before_high": 63.9,
                    "ms_after_low": 0.11,
                    "ms_after_high": 0.14,
                    "is_beyond_noise": True,
                },
                {
                    "query": "orders_by_day",
                    "ms_before": 1430.0,
                    "ms_after": 1210.0,
                    "gain": 1.18,
                    "runs_before": 4,
                    "runs_after": 4,
                    "ms_before_low": 1250.0,
                    "ms_before_high": 1610.0,
                    "ms_after_low": 1110.0,
                    "ms_after_high": 1480.0,
                    "is_beyond_noise": False,
                    "interleaved": True,
                },
                {
                    "query": "new_order",
                    "ms_before": 2.0,
                    "ms_after": 2.7,
                    "gain": 0.74,
                    "runs_before": 7,
                    "runs_after": 7,
                    "ms_before_low": 1.9,
                    "ms_before_high": 2.1,
                    "ms_after_low": 2.6,
                    "ms_after_high": 2.8,
                    "is_beyond_noise": True,
                    "became_slower": True,
                },
                {"query": "report | all", "ms_before": 80.0, "ms_after": None, "gain": None},
                {
                    "query": "order_by_key",
                    "ms_before": 4.0,
                    "ms_after": 0.2,
                    "gain": 20.0,
                    "is_low_impact": True,
                },
                {
                    "query": "open_orders",
                    "ms_before": 0.3,
                    "ms_after": 0.3,
                    "gain": 1.0,
                    "is_low_impact": True,
                },
            ],
            "gain": 510.0,
            "outcome": "kept",
            "reason": "orders_of_customer is 510 times as fast",
        },
        {
            "name": "orders_status_idx",
            "schema": "public",
            "table": "orders",
            "ddl": "CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders (status)",
            "built": True,
            "valid": True,
            "used_by": [],
            "build_ms": None,
            "size_bytes": None,
            "queries": [],
            "gain": None,
            "outcome": "rolled_back",
            "reason": "no query used it",
        },
    ],
    "drops": [{"name": "old [idx]", "outcome": "skipped", "reason": "backs a constraint"}],
}
