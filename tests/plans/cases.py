"""Statements whose plans hold, between them, the node kinds that PostgreSQL has."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, region int NOT NULL, name text NOT NULL);
INSERT INTO customers SELECT n, n % 10, 'customer ' || n FROM generate_series(1, 2000) n;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
    status text NOT NULL, amount int NOT NULL, note text NOT NULL);
INSERT INTO orders SELECT n, 1 + n % 2000, CASE WHEN n % 100 = 0 THEN 'open' ELSE 'done' END,
    n % 1000, repeat('x', 40) FROM generate_series(1, 60000) n;
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE INDEX orders_amount_idx ON orders (amount);
CREATE TABLE events (id int NOT NULL, month int NOT NULL, body text) PARTITION BY LIST (month);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
CREATE TABLE events_3 PARTITION OF events FOR VALUES IN (3);
INSERT INTO events SELECT n, 1 + n % 3, 'e' FROM generate_series(1, 3000) n;
CREATE INDEX events_id_idx ON events (id);
CREATE INDEX events_month_idx ON events (month);
CREATE TABLE months (month int NOT NULL, year int NOT NULL);
INSERT INTO months VALUES (2, 2024), (3, 2025);
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Tä.ble ""x"" 🐘" ("Sel ect" int);
INSERT INTO "Odd Schema"."Tä.ble ""x"" 🐘" SELECT generate_series(1, 100);
CREATE INDEX "In dex.""🐘"" i" ON "Odd Schema"."Tä.ble ""x"" 🐘" ("Sel ect");
VACUUM ANALYZE;
"""

_PARALLEL = (
    "SET parallel_setup_cost = 0",
    "SET parallel_tuple_cost = 0",
    "SET min_parallel_table_scan_size = 0",
    "SET min_parallel_index_scan_size = 0",
    "SET max_parallel_workers_per_gather = 2",
)
_ANALYZE = "ANALYZE, BUFFERS, SETTINGS"


@dataclass(frozen=True, slots=True)
class Case:
    """One EXPLAIN: the node types that its plan must hold, the settings it runs under."""

    sql: str
    expects: str
    settings: tuple[str, ...] = ()
    options: str = _ANALYZE


CASES = {
    "seq_scan": Case("SELECT * FROM orders WHERE note LIKE '%y%'", "Seq Scan"),
    "parallel_seq_scan": Case(
        "SELECT * FROM orders WHERE note LIKE '%y%' AND id > 10",
        "Gather, Seq Scan",
        (*_PARALLEL, "SET enable_indexscan = off", "SET enable_bitmapscan = off"),
    ),
    "parallel_append": Case(
        "SELECT * FROM events WHERE body <> 'e'",
        "Gather, Append, Seq Scan",
        (*_PARALLEL, "SET enable_parallel_append = off"),
    ),
    "parallel_aggregate": Case(
        "SELECT status, count(*) FROM orders GROUP BY status", "Aggregate, Seq Scan", _PARALLEL
    ),
    "parallel_hash": Case(
        "SELECT count(*) FROM orders a JOIN orders b ON a.id = b.id + 0",
        "Gather, Hash Join, Hash",
        (*_PARALLEL, "SET enable_mergejoin = off", "SET enable_nestloop = off"),
    ),
    "gather_merge_init_plan": Case(
        "SELECT * FROM orders WHERE amount > (SELECT avg(region) FROM customers) ORDER BY note, id",
        "Gather Merge, Sort, Seq Scan, Aggregate",
        (*_PARALLEL, "SET enable_indexscan = off", "SET enable_bitmapscan = off"),
    ),
    "nested_loop": Case(
        "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.region = 3",
        "Nested Loop, Seq Scan",
        ("SET enable_hashjoin = off", "SET enable_mergejoin = off"),
    ),
    "semi_join": Case(
        "SELECT * FROM customers c WHERE EXISTS "
        "(SELECT FROM orders o WHERE o.customer_id = c.id AND o.amount < 900)",
        "Nested Loop",
        ("SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_hashagg = off"),
    ),
    "bitmap_and_or": Case(
        "SELECT * FROM orders WHERE (customer_id = 7 OR customer_id = 8) AND amount < 50",
        "Bitmap Heap Scan, Bitmap Index Scan",
    ),
    "bitmap_or": Case(
        "SELECT * FROM orders WHERE customer_id = 7 OR amount = 8", "BitmapOr, Bitmap Heap Scan"
    ),
    "hash_batches": Case(
        "SELECT count(*) FROM orders a JOIN orders b ON a.id = b.amount AND a.note = b.note",
        "Hash Join, Hash",
        ("SET work_mem = '64kB'", "SET enable_mergejoin = off", "SET enable_nestloop = off"),
    ),
    "hash_aggregate_spill": Case(
        "SELECT id + 0, count(*) FROM orders GROUP BY 1",
        "Aggregate, Seq Scan",
        ("SET work_mem = '64kB'", "SET enable_sort = off"),
    ),
    "external_sort": Case(
        "SELECT * FROM orders ORDER BY note, id", "Sort", ("SET work_mem='64kB'",)
    ),
    "cte": Case(
        "WITH big AS MATERIALIZED (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1)"
        " SELECT * FROM big a JOIN big b ON a.total = b.total + 1",
        "CTE Scan, Aggregate",
    ),
    "modifying_cte": Case(
        "WITH gone AS (DELETE FROM orders WHERE amount = 17 RETURNING id) SELECT 1",
        "ModifyTable, Result",
    ),
    "recursive": Case(
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " SELECT sum(i) FROM n",
        "Recursive Union, WorkTable Scan, CTE Scan",
    ),
    "init_plan": Case(
        "SELECT * FROM orders WHERE amount = (SELECT max(region) + 3 FROM customers) AND id > 2",
        "Aggregate",
    ),
    "sub_plan": Case(
        "SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
        "Seq Scan, Aggregate",
    ),
    "sub_plan_in_filter": Case(
        "SELECT * FROM customers c WHERE 10 < "
        "(SELECT max(amount) FROM orders o WHERE o.customer_id = c.id)",
        "Seq Scan, Aggregate",
    ),
    "hashed_sub_plan": Case(
        "SELECT * FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE amount > 5)",
        "Seq Scan",
    ),
    "append": Case("SELECT * FROM events WHERE body = 'e'", "Append, Seq Scan"),
    "runtime_pruning": Case(
        "SELECT * FROM months m, "
        "LATERAL (SELECT * FROM events e WHERE e.month = m.month OFFSET 0) s WHERE m.year = 2024",
        "Append, Nested Loop",
    ),
    "initial_pruning": Case(
        "SELECT * FROM events WHERE month <= (SELECT 2) AND month < extract(month FROM now()) + 20",
        "Append",
    ),
    "union_all": Case("SELECT id FROM customers UNION ALL SELECT id FROM orders", "Append"),
    "merge_append": Case("SELECT * FROM events ORDER BY id LIMIT 5", "Merge Append, Limit"),
    "memoize": Case(
        "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.amount < 100",
        "Memoize, Nested Loop",
        ("SET enable_hashjoin = off", "SET enable_mergejoin = off"),
    ),
    "incremental_sort": Case(
        "SELECT * FROM orders ORDER BY amount, note LIMIT 500", "Incremental Sort, Limit"
    ),
    "merge_join": Case(
        "SELECT * FROM customers c JOIN orders o ON o.id = c.id",
        "Merge Join",
        ("SET enable_hashjoin = off", "SET enable_nestloop = off"),
    ),
    "limit": Case("SELECT * FROM orders WHERE status = 'open' ORDER BY id LIMIT 3", "Limit"),
    "limit_sort": Case(
        "SELECT * FROM orders WHERE amount < 900 ORDER BY note LIMIT 3", "Limit, Sort"
    ),
    "triggers": Case("INSERT INTO orders VALUES (90000, 3, 'open', 1, '')", "ModifyTable"),
    "odd_names": Case(
        'SELECT * FROM "Odd Schema"."Tä.ble ""x"" 🐘" "al ias" WHERE "Sel ect" = 5',
        "Index Only Scan",
        ("SET enable_seqscan = off", "SET enable_bitmapscan = off"),
        "ANALYZE, VERBOSE, BUFFERS",
    ),
    "window": Case(
        "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY id) FROM orders",
        "WindowAgg",
    ),
    "functions": Case(
        "SELECT * FROM generate_series(1, 3) g, unnest(ARRAY[1, 2]) u", "Function Scan"
    ),
    "set_op": Case("SELECT id FROM customers EXCEPT SELECT customer_id FROM orders", "SetOp"),
    "no_analyze": Case(
        "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.region = 3",
        "Seq Scan",
        options="SETTINGS",
    ),
    "no_timing": Case("SELECT * FROM orders LIMIT 2", "Limit", options="ANALYZE, TIMING OFF"),
    "no_costs": Case("SELECT * FROM orders LIMIT 2", "Limit", options="COSTS OFF"),
    "never_executed": Case(
        "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.region = 77",
        "Nested Loop, Index Scan",
        ("SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_bitmapscan = off"),
    ),
}
