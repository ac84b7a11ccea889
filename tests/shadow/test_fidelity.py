"""The shadow's plans and costs against the target's own, without and with indexes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery, Query
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from tests.conftest import create_database
from tests.shadow.agreement import QUERIES, Agreement, bound, compare, real_plan, shape

SHOP = Path(__file__).with_name("data").joinpath("shop.sql").read_text()
TABLES = [
    ("public", n) for n in ("country", "customer", "orders", "item", "article", "paid_orders")
]


def index(table: str, *keys: str | IndexKey, method: str = "btree", **more: str) -> IndexDefinition:
    parts = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys)
    return IndexDefinition("public", table, parts, method, where=more.get("where"))


CANDIDATES = [
    index("orders", "customer_id", IndexKey("created_at", descending=True)),
    index("orders", "status", "total"),
    index("orders", "created_at"),
    index("orders", IndexKey("meta", opclass="jsonb_path_ops"), method="gin"),
    index("orders", "tags", method="gin"),
    index("article", "body", method="gin"),
    index("orders", IndexKey("note", opclass="gin_trgm_ops"), method="gin"),
    index("customer", IndexKey("email", opclass="text_pattern_ops")),
    index("item", "sku"),
    index("customer", "birthday", "id"),
    index("orders", "total", where="status = 'paid'"),
]


@pytest.fixture(scope="module")
def shop(pg18: Cluster) -> str:
    return create_database(pg18, SHOP)


@pytest.fixture(scope="module")
def shadow(shop: str) -> Iterator[Shadow]:
    with Shadow(PostgresTarget(shop), TABLES) as shadow:
        yield shadow


def test_everything_is_covered(shadow: Shadow) -> None:
    assert shadow.uncovered == {}
    assert [failure.message for failure in shadow.failures] == []


@pytest.mark.parametrize("name", QUERIES)
def test_existing_indexes_plan_alike_to_the_last_digit(
    shop: str, shadow: Shadow, name: str
) -> None:
    real, ours = real_plan(shop, QUERIES[name]), shadow.plan(bound(QUERIES[name]))
    assert list(shape(ours)) == list(shape(real))
    assert ours["Total Cost"] == real["Total Cost"]


def test_candidates_plan_like_indexes_really_built(
    pg18: Cluster, shop: str, shadow: Shadow
) -> None:
    assert shadow.prepare(CANDIDATES) == {}
    built = copy_of(pg18, shop)
    with psycopg.connect(built, autocommit=True) as connection:
        for candidate in CANDIDATES:
            connection.execute(candidate.ddl(concurrently=False).encode())
        for candidate in CANDIDATES:
            name = candidate.name
            row = connection.execute("select pg_relation_size(%s::regclass)", (name,)).fetchone()
            assert row is not None
            limit = 0.15 if candidate.method == "btree" else 0.4
            assert shadow.size_bytes(candidate) == pytest.approx(row[0], rel=limit), name
    agreements = [
        compare(name, real_plan(built, sql), shadow.plan(bound(sql), CANDIDATES))
        for name, sql in QUERIES.items()
    ]
    report(agreements)
    assert [a.name for a in agreements if not a.same_shape] == []
    assert [a.name for a in agreements if a.error > 0.04] == []
    check_shadow_of(built)


def check_shadow_of(dsn: str) -> None:
    """The same indexes again, now existing on the target; their heights are estimates."""
    with Shadow(PostgresTarget(dsn), TABLES) as shadow:
        agreements = [
            compare(name, real_plan(dsn, sql), shadow.plan(bound(sql)))
            for name, sql in QUERIES.items()
        ]
    report(agreements)
    assert [a.name for a in agreements if not a.same_shape] == []
    assert [a.name for a in agreements if a.error > 0.01] == []


def test_hidden_index_is_not_used_and_comes_back(shop: str, shadow: Shadow) -> None:
    query = bound(QUERIES["latest of one"])
    before = shadow.plan(query)
    hidden = shadow.plan(query, hidden=[("public", "orders_customer_id_idx")])
    assert hidden["Total Cost"] > before["Total Cost"]
    assert "Index Name" not in str(hidden)
    assert shadow.plan(query) == before


@pytest.mark.pg15
def test_older_target_plans_nearly_alike(pg15: Cluster) -> None:
    dsn = create_database(pg15, SHOP)
    with Shadow(PostgresTarget(dsn), TABLES) as shadow:
        assert shadow.uncovered == {}
        agreements = [
            compare(name, real_plan(dsn, sql), shadow.plan(bound(sql)))
            for name, sql in QUERIES.items()
        ]
    report(agreements)
    assert sum(a.error <= 0.05 for a in agreements) >= 0.9 * len(agreements)


def copy_of(cluster: Cluster, dsn: str) -> str:
    """A copy of the database with the very same statistics; its DSN."""
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute("drop database if exists built with (force)")
        connection.execute(f"create database built template {name}".encode())
    return cluster.dsn("built")


def report(agreements: list[Agreement]) -> None:
    """Printed when the test fails, or with pytest -s."""
    for a in sorted(agreements, key=lambda a: -a.error):
        print(f"{a.name:20} {a.real:12.2f} {a.shadow:12.2f} {a.error:7.2%} {a.same_shape}")


def test_generic_plan(shadow: Shadow) -> None:
    sql = "select * from customer where id = $1"
    plan = shadow.plan(BoundQuery(Query("q", sql, sql), sql, "generic"))
    assert plan["Node Type"] == "Index Scan"
