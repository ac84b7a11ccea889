"""A made-up application of any size: its tables, and a workload of joins, ranges, sorts and jsonb.

The same numbers give the same schema and queries. Table 0 is filled with random() from a fixed
seed; the others repeat its rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

_COLUMNS = """
    id bigint primary key, parent_id bigint, tenant_id int, kind int, status text,
    created_at timestamptz, amount numeric, email text, deleted boolean, metadata jsonb
"""
_ROWS = """
select g, 1 + (random() * 3999)::int, (random() * 300)::int, (random() * 12)::int,
    (array['new', 'paid', 'paid', 'paid', 'sent', 'sent', 'lost'])[1 + (random() * 6)::int],
    timestamptz '2025-01-01' + random() * interval '300 days', round((random() * 900)::numeric, 2),
    'User' || (random() * 2000)::int || '@example.com', random() < 0.1,
    jsonb_build_object('source', (random() * 40)::int, 'lang', (random() * 5)::int, 'ref', g)
from generate_series(1, 4000) as g
"""

#: Each with the weight that it has beside the others. {t} and {u} are tables, the rest values.
_TEMPLATES = (
    (20, "select * from {t} where tenant_id = {n} order by created_at desc limit 20"),
    (20, "select id, amount from {t} where tenant_id = {n} and status = '{status}'"),
    (9, "select count(*) from {t} where created_at >= '{day}' and created_at < '{next}'"),
    (9, "select kind, sum(amount) from {t} where created_at >= '{day}' group by kind"),
    (8, "select id from {t} where kind in ({k}, {l}) and amount > {high} order by amount"),
    (8, 'select * from {t} where metadata @> \'{{"source": {k}, "lang": 3}}\''),
    (8, "select id from {t} where metadata->>'ref' = '{n}'"),
    (8, "select * from {t} where lower(email) = 'user{n}@example.com'"),
    (9, "select * from {t} where not deleted and parent_id = {n}"),
    (
        15,
        "select t.id, u.amount from {t} t join {u} u on u.parent_id = t.id "
        "where t.tenant_id = {n} and u.created_at >= '{day}' order by u.created_at limit 50",
    ),
    (
        9,
        "select t.status, count(*) from {t} t join {u} u on u.id = t.parent_id "
        "where u.kind = {k} and t.amount < {low} group by t.status",
    ),
    (6, "select * from {t} where exists (select from {u} where parent_id = {t}.id and kind = {k})"),
    (5, "update {t} set status = 'sent' where parent_id = {n}"),
    (4, "delete from {t} where created_at < '{early}' and status = '{status}'"),
    (
        4,
        "insert into {t} (id, parent_id, tenant_id, created_at, metadata) "
        "values ({fresh}, {n}, {k}, now(), '{{}}')",
    ),
)


def schema(first: int, last: int) -> Iterator[str]:
    """Statements that make and fill the tables from `first` up to but without `last`."""
    if first == 0:
        yield "select setseed(0.5)"
    for number in range(first, last):
        yield f"create table {_table(number)} ({_COLUMNS})"
        yield f"insert into {_table(number)} " + (_ROWS if number == 0 else f"table {_table(0)}")
    yield "vacuum analyze"


def workload(queries: int, tables: int) -> str:
    """A query file of so many queries, over every table in turn."""
    chance = random.Random(1)
    weights = [weight for weight, _ in _TEMPLATES]
    chosen = chance.choices([text for _, text in _TEMPLATES], weights, k=queries)
    return "\n".join(
        f"-- name: q{number}\n-- weight: {chance.randint(1, 50)}\n"
        f"{text.format_map(_values(number % tables, tables, chance))};"
        for number, text in enumerate(chosen)
    )


def _values(table: int, tables: int, chance: random.Random) -> dict[str, object]:
    month, day = chance.randint(7, 9), chance.randint(1, 27)
    return {
        "t": _table(table),
        "u": _table((table + chance.randint(1, tables - 1)) % tables),
        "n": chance.randint(1, 300),
        "k": chance.randint(0, 5),
        "l": chance.randint(6, 12),
        "low": chance.randint(5, 50),
        "high": chance.randint(800, 890),
        "status": chance.choice(("new", "paid", "lost")),
        "day": f"2025-{month:02}-{day:02}",
        "next": f"2025-{month:02}-{day + 1:02}",
        "early": f"2025-01-{chance.randint(2, 20):02}",
        "fresh": 1_000_000 + chance.randint(1, 1_000_000),
    }


def _table(number: int) -> str:
    return f"t{number}"
