"""The batch gives the rows of all its executions: asked of a real server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest

from dbaudit.targets.cluster import Cluster
from dbaudit.workload.batched import batched
from dbaudit.workload.batched_reading import Batch, Repeated
from dbaudit.workload.batched_text import type_of_values
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.lexer import TokenKind, tokens
from tests.conftest import create_database

SCHEMA = """
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, k text);
CREATE TABLE "Odd Book" (id int PRIMARY KEY, "Author Id" int REFERENCES author, title text,
    price numeric);
CREATE TABLE stock (id int, place text, n int NOT NULL, tags text[], PRIMARY KEY (id, place));
INSERT INTO author SELECT g, 'a' || g, 'k' FROM generate_series(1, 20) g;
INSERT INTO "Odd Book" SELECT g, 1 + g % 20, 't' || g, g FROM generate_series(1, 200) g;
INSERT INTO stock SELECT g, p, g, ARRAY[p] FROM generate_series(1, 10) g, unnest(ARRAY['x', 'y']) p;
"""
CATALOG = Catalog(
    {
        ("public", "author"): {"id": "int4", "name": "text", "k": "text"},
        ("public", "Odd Book"): {
            "id": "int4", "Author Id": "int4", "title": "text", "price": "numeric",
        },
        ("public", "stock"): {"id": "int4", "place": "text", "n": "int4", "tags": "_text"},
    }
)  # fmt: skip

Values = Mapping[int, object]

#: statement, the values of each execution by parameter, the form expected, columns put before.
SELECTS: list[tuple[str, list[Values], str, int]] = [
    ("SELECT * FROM author WHERE id = $1", [{1: 1}, {1: 2}, {1: 99}], "any", 0),
    ("SELECT name FROM author WHERE $1 = id ORDER BY name", [{1: 1}, {1: 2}], "any", 1),
    ('SELECT "b"."title" FROM "Odd Book" AS "b" WHERE "b"."Author Id" = $1 LIMIT 21',
     [{1: 3}, {1: 4}], "any", 1),
    ("SELECT name FROM author WHERE id IN ($1) AND k = $2", [{1: 1, 2: "k"}, {1: 2, 2: "k"}],
     "any", 1),
    ("SELECT n FROM stock WHERE id = $1 AND n > 0 AND place = $2",
     [{1: 1, 2: "x"}, {1: 2, 2: "y"}], "any", 2),
    ('SELECT title FROM "Odd Book" WHERE "Author Id" = $1 ORDER BY price DESC LIMIT 2',
     [{1: 3}, {1: 4}], "lateral", 1),
    ('SELECT count(*), sum(price) FROM "Odd Book" WHERE "Author Id" = $1', [{1: 3}, {1: 4}],
     "group", 1),
    ("SELECT DISTINCT k FROM author WHERE id = $1", [{1: 1}, {1: 2}], "lateral", 1),
    ("SELECT name FROM author k WHERE k.id = $1 LIMIT 1", [{1: 1}, {1: 2}], "lateral", 1),
    ('SELECT name FROM author a WHERE EXISTS (SELECT 1 FROM "Odd Book" b WHERE b.id = $1 '
     'AND b."Author Id" = a.id)', [{1: 30}, {1: 31}], "lateral", 1),
    ('WITH x AS (SELECT * FROM author WHERE id = $1) SELECT name FROM x', [{1: 1}, {1: 2}],
     "lateral", 1),
    ('SELECT name FROM author WHERE id = $1 UNION ALL SELECT title FROM "Odd Book" WHERE id = $1',
     [{1: 1}, {1: 2}], "lateral", 1),
]  # fmt: skip

WRITES: list[tuple[str, list[Values], str]] = [
    ("DELETE FROM stock WHERE id = $1 AND place = 'x'", [{1: 1}, {1: 2}], "any"),
    ("DELETE FROM stock WHERE id = $1 AND place = $2", [{1: 1, 2: "x"}, {1: 2, 2: "y"}], "any"),
    ("UPDATE stock SET n = n + 1 WHERE id = $1", [{1: 1}, {1: 2}], "any"),
    ("UPDATE stock SET n = $1, tags = '{}' WHERE id = $2 AND place = 'x'",
     [{1: 70, 2: 1}, {1: 80, 2: 2}], "unnest"),
    ('UPDATE "Odd Book" SET title = upper($2) WHERE "Odd Book".id = $1',
     [{1: 1, 2: "a"}, {1: 2, 2: "b"}], "unnest"),
    ("INSERT INTO author (id, name) VALUES ($1, $2)", [{1: 50, 2: "a'b"}, {1: 51, 2: "\\"}],
     "unnest"),
    ("INSERT INTO author VALUES ($1, 'same' || lower(($2)), NULL) ON CONFLICT (id) DO NOTHING",
     [{1: 50, 2: "A"}, {1: 1, 2: "B"}], "unnest"),
]  # fmt: skip


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, SCHEMA)


@pytest.mark.parametrize(("statement", "executions", "form", "added"), SELECTS)
@pytest.mark.parametrize("catalog", [CATALOG, Catalog({})], ids=["catalog", "values"])
def test_a_select_gives_the_rows_of_all(
    dsn: str, statement: str, executions: list[Values], form: str, added: int, catalog: Catalog
) -> None:
    batch = _batch(statement, executions, catalog)
    assert batch.form == form
    with psycopg.connect(dsn) as connection:
        singly = [row for e in executions for row in _run(connection, statement, e)]
        together = _run(connection, batch.sql, _arrays(batch, executions))
    assert singly
    kept = [row[added:] for row in together]
    assert Counter(kept) == Counter(row for row in singly if row != (0, None))


@pytest.mark.parametrize(("statement", "executions", "form"), WRITES)
@pytest.mark.parametrize("catalog", [CATALOG, Catalog({})], ids=["catalog", "values"])
def test_a_write_leaves_what_all_would(
    dsn: str, statement: str, executions: list[Values], form: str, catalog: Catalog
) -> None:
    batch = _batch(statement, executions, catalog)
    assert batch.form == form
    before, singly, together = [
        _after(dsn, todo)
        for todo in (
            [],
            [(statement, execution) for execution in executions],
            [(batch.sql, _arrays(batch, executions))],
        )
    ]
    assert singly == together
    assert singly != before


@pytest.mark.parametrize(
    ("statement", "varying"),
    [
        ("INSERT INTO stock (id, tags) VALUES ($1, $2)", {1, 2}),
        ("INSERT INTO author VALUES ($1, DEFAULT)", {1}),
        ("INSERT INTO author SELECT $1", {1}),
        ("UPDATE author SET name = o.title FROM other o WHERE author.id = $1 AND o.n = $1", {1}),
        ("SELECT 1", set()),
        ("SELEC name FROM author WHERE id = $1", {1}),
        ("SELECT 'never ends", {1}),
        ("CALL nightly($1)", {1}),
    ],
)
def test_what_has_no_batch_has_none(statement: str, varying: set[int]) -> None:
    assert batched(Repeated(statement, frozenset(varying)), CATALOG) is None


def test_types_are_told_from_values() -> None:
    values: dict[str, Sequence[str | None]] = {
        "bigint": ["1", "-20", None],
        "numeric": ["1", "2.5"],
        "uuid": ["c56a4180-65aa-42ec-a945-5fd21dec0538"],
        "date": ["2026-01-31"],
        "timestamp": ["2026-01-31 10:00:00.5"],
        "timestamptz": ["2026-01-31 10:00:00+01"],
        "boolean": ["t", "f"],
        "text": ["1", "x"],
    }
    assert {name: type_of_values(seen) for name, seen in values.items()} == {n: n for n in values}
    assert type_of_values([]) == type_of_values([None]) == "text"


def _batch(statement: str, executions: list[Values], catalog: Catalog) -> Batch:
    varying = frozenset(n for n in executions[0] if len({str(e[n]) for e in executions}) > 1)
    types = {n: type_of_values([str(e[n]) for e in executions]) for n in executions[0]}
    found = batched(Repeated(statement, varying, types), catalog)
    assert found is not None
    return found


def _arrays(batch: Batch, executions: list[Values]) -> Values:
    return {
        n: [e[n] for e in executions] if n in batch.arrays else value
        for n, value in executions[0].items()
    }


def _after(dsn: str, todo: list[tuple[str, Values]]) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        for sql, values in todo:
            connection.execute(*_pyformat(sql, values))
        found = [
            connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2'.encode()).fetchall()
            for name in ("author", "Odd Book", "stock")
        ]
        connection.rollback()
    return found


def _run(connection: psycopg.Connection[Any], sql: str, values: Values) -> list[Any]:
    return connection.execute(*_pyformat(sql, values)).fetchall()


def _pyformat(sql: str, values: Values) -> tuple[bytes, dict[str, object]]:
    pieces = [
        f"%(p{token.text[1:]})s"
        if token.kind is TokenKind.NUMBERED_PARAMETER
        else token.text.replace("%", "%%")
        for token in tokens(sql)
    ]
    return "".join(pieces).encode(), {f"p{number}": value for number, value in values.items()}
