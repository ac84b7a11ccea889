"""The shadow on the web-cache example: its making, a what-if, and how near its costs are.

The baseline of the times is the same index really built in the same run, that of the costs the
server's own EXPLAIN.
"""

from __future__ import annotations

import time

import psycopg

from dbaudit.demo.load import load
from dbaudit.demo.run import SETTINGS
from dbaudit.demo.systems import find_system
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.workload.binding import bind
from dbaudit.workload.query_file import load_queries
from tests.shadow.agreement import compare, real_plan

TABLES = (("public", "document_chunks"), ("public", "document_collections"))
CANDIDATES = (
    IndexDefinition("public", "document_chunks", (IndexKey("collection_id"),)),
    IndexDefinition("public", "document_chunks", (IndexKey("created_at"), IndexKey("id"))),
    IndexDefinition(
        "public",
        "document_chunks",
        (IndexKey("collection_id"), IndexKey("created_at")),
        where="metadata->>'source_type' = 'web'",
    ),
)
WHAT_IFS = 20


def main() -> None:
    system = find_system("web-cache")
    queries = [bind(query) for query in load_queries([system.queries], system.folder)]
    with Cluster(settings=SETTINGS) as cluster:
        dsn = cluster.dsn()
        with psycopg.connect(dsn, autocommit=True) as connection:
            load(system, lambda sql: connection.execute(sql.encode()))
        begun = time.perf_counter()
        with Shadow(PostgresTarget(dsn), TABLES) as shadow:
            print(f"shadow made in {(time.perf_counter() - begun) * 1000:,.0f} ms")
            begun = time.perf_counter()
            shadow.prepare(CANDIDATES)
            prepared = (time.perf_counter() - begun) * 1000
            begun = time.perf_counter()
            for _ in range(WHAT_IFS):
                for query in queries:
                    shadow.plan(query, CANDIDATES)
            what_if = (time.perf_counter() - begun) * 1000 / (WHAT_IFS * len(queries))
            print(f"{len(CANDIDATES)} candidates prepared in {prepared:,.0f} ms, ", end="")
            print(f"one what-if in {what_if:.2f} ms")
            without = [compare(q.name, real_plan(dsn, q.sql), shadow.plan(q)) for q in queries]
            ours = {q.name: shadow.plan(q, CANDIDATES) for q in queries}
        begun = time.perf_counter()
        with psycopg.connect(dsn, autocommit=True) as connection:
            for candidate in CANDIDATES:
                connection.execute(candidate.ddl(concurrently=False).encode())
        built = (time.perf_counter() - begun) * 1000
        print(f"the same really built in {built:,.0f} ms: {built / prepared:.1f} times as long")
        built_too = [compare(q.name, real_plan(dsn, q.sql), ours[q.name]) for q in queries]
    for title, agreements in (("without indexes", without), ("with candidates", built_too)):
        same = sum(one.same_shape for one in agreements)
        print(f"{title}: {same} of {len(agreements)} plans alike")
        for one in sorted(agreements, key=lambda one: -one.error)[:3]:
            print(f"  {one.name}: cost {one.real:,.1f}, in the shadow {one.shadow:,.1f}")
