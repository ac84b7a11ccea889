"""How far the shadow's plans are from the target's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from dbaudit.query import BoundQuery, Query

QUERIES = {
    "point": "select * from customer where id = 4711",
    "unique text": "select id from customer where email = 'user77@example.com'",
    "order by limit": "select * from orders order by id desc limit 10",
    "latest of one": "select * from orders where customer_id = 5 order by created_at desc limit 5",
    "foreign key join": "select * from customer c join orders o on o.customer_id = c.id"
    " where c.email = 'user9@example.com'",
    "three joins": "select c.email, sum(i.quantity * i.price) from customer c"
    " join orders o on o.customer_id = c.id join item i on i.order_id = o.id"
    " where c.id between 100 and 120 group by c.email",
    "composite key": "select * from item where order_id = 5000 and line = 2",
    "index only": "select count(*) from orders where customer_id between 100 and 9000",
    "aggregate": "select status, count(*), sum(total) from orders group by status",
    "group by joined": "select c.country, count(*) from customer c join orders o"
    " on o.customer_id = c.id group by c.country order by 2 desc",
    "status": "select * from orders where status = 'new' and total > 990",
    "time range": "select * from orders where created_at >= '2025-03-01'"
    " and created_at < '2025-03-02'",
    "jsonb contains": """select * from orders where meta @> '{"k": 5}'""",
    "array contains": "select * from orders where tags @> array[42]",
    "text search": "select id from article where body @@ to_tsquery('english', 'word21')",
    "like prefix": "select * from customer where email like 'user12345%'",
    "like infix": "select * from orders where note like '%d3d9446802%'",
    "lower": "select * from customer where lower(email) = 'user5@example.com'",
    "not exists": "select c.id from customer c where not exists"
    " (select from orders o where o.customer_id = c.id)",
    "in list": "select * from item where sku in ('sku-1', 'sku-2', 'sku-3')",
    "sort": "select * from customer order by birthday, id limit 100",
    "view": "select * from paid_orders where total = 12.34",
    "window": "select id, rank() over (partition by customer_id order by total) from orders"
    " where customer_id < 200",
    "nullable range": "select * from customer where birthday between '1970-01-01' and '1970-12-31'",
    "update": "update orders set status = 'sent' where customer_id = 7",
}

#: Of a plan, what makes its shape.
_SHAPE = ("Node Type", "Relation Name", "Alias", "Join Type", "Strategy", "Scan Direction")


@dataclass(frozen=True, slots=True)
class Agreement:
    """One query: the real cost, the shadow's, and whether the plans have one shape."""

    name: str
    real: float
    shadow: float
    same_shape: bool

    @property
    def error(self) -> float:
        """The share of the real cost by which the shadow is off."""
        return abs(self.shadow - self.real) / max(self.real, 0.01)


def bound(sql: str, name: str = "query", **fields: Any) -> BoundQuery:
    return BoundQuery(Query(name, sql, sql, **fields), sql)


def real_plan(dsn: str, sql: str) -> dict[str, Any]:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"explain (format json) {sql}".encode()).fetchone()
        assert row is not None
        plan: dict[str, Any] = row[0][0]["Plan"]
        return plan


def shape(plan: Any, indexes: dict[str, str] | None = None) -> Iterator[tuple[object, ...]]:
    """The nodes in order; `indexes` translates names of indexes."""
    name = plan.get("Index Name")
    yield (*(plan.get(key) for key in _SHAPE), (indexes or {}).get(name, name))
    for child in plan.get("Plans", ()):
        yield from shape(child, indexes)


def compare(name: str, real: Any, shadow: Any) -> Agreement:
    same = list(shape(real)) == list(shape(shadow))
    return Agreement(name, real["Total Cost"], shadow["Total Cost"], same)
