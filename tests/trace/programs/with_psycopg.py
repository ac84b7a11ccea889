"""A bookshop on psycopg 3 alone: each function is one job, on a connection of its own.

A line with `# planted:` is where a pattern must be found, with its kind; functions without one are
near misses. Run: python with_psycopg.py DSN TRACE
"""

from __future__ import annotations

import asyncio
import sys

import psycopg
from psycopg import sql

from dbaudit import trace

Connection = psycopg.Connection[tuple]


def lookup_each(connection: Connection) -> list[str]:
    names = []
    query = "SELECT name FROM author WHERE id = %s"
    for (key,) in connection.execute("SELECT author_id FROM book").fetchall():
        row = connection.execute(query, (key,)).fetchone()  # planted: n-plus-one
        names.append(row[0])
    return names


def named_lookup_each(connection: Connection) -> int:
    total = 0
    with connection.cursor() as cursor:
        for (key,) in connection.execute("SELECT id FROM book").fetchall():
            query = "SELECT stars FROM review WHERE book_id = %(book)s"
            total += len(cursor.execute(query, {"book": key}).fetchall())  # planted: n-plus-one
    return total


def literal_each(connection: Connection) -> int:
    total = 0
    for (name,) in connection.execute("SELECT name FROM author").fetchall():
        query = f"SELECT count(*) FROM author WHERE name = '{name}'"
        total += connection.execute(query).fetchone()[0]  # planted: n-plus-one
    return total


def array_of_one_each(connection: Connection) -> int:
    total = 0
    for (key,) in connection.execute("SELECT id FROM book").fetchall():
        query = "SELECT stars FROM review WHERE book_id = ANY (%s)"
        total += len(connection.execute(query, ([key],)).fetchall())  # planted: n-plus-one
    return total


def lookup_with_writes_between(connection: Connection) -> None:
    for (key,) in connection.execute("SELECT id FROM book").fetchall():
        query = "SELECT avg(stars)::int FROM review WHERE book_id = %s"
        (stars,) = connection.execute(query, (key,)).fetchone()  # planted: n-plus-one
        query = "UPDATE book SET price = %s WHERE id = %s"
        connection.execute(query, (stars, key))  # planted: n-plus-one


def insert_each(connection: Connection) -> None:
    query = "INSERT INTO review (book_id, stars) VALUES (%s, 1)"
    for number in range(20):
        connection.execute(query, (1 + number,))  # planted: writes


def same_each_time(connection: Connection) -> int:
    total = 0
    query = "SELECT name FROM author WHERE id = %s"
    for _ in range(20):
        total += len(connection.execute(query, (3,)).fetchall())  # planted: repeated
    return total


def one_join(connection: Connection) -> int:
    query = "SELECT b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id"
    return len(connection.execute(query).fetchall())


def array_of_all(connection: Connection) -> int:
    keys = [key for (key,) in connection.execute("SELECT id FROM book").fetchall()]
    query = "SELECT stars FROM review WHERE book_id = ANY (%s)"
    return len(connection.execute(query, (keys,)).fetchall())


def ranges_of_keys(connection: Connection) -> int:
    query = "SELECT id FROM book WHERE id >= %s AND id < %s"
    return sum(
        len(connection.execute(query, (start, start + 5)).fetchall()) for start in range(1, 37, 5)
    )


def rows_given_at_once(connection: Connection) -> None:
    with connection.cursor() as cursor:
        rows = ((1 + number, 2) for number in range(20))
        cursor.executemany("INSERT INTO review (book_id, stars) VALUES (%s, %s)", rows)


def rows_copied(connection: Connection) -> None:
    query = "COPY review (book_id, stars) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for number in range(20):
            copy.write_row((1 + number, 3))


def composed(connection: Connection) -> int:
    tables = ("author", "book", "review")
    query = sql.SQL("SELECT count(*) FROM {}")
    counts = [connection.execute(query.format(sql.Identifier(name))) for name in tables]
    return sum(each.fetchone()[0] for each in counts)


async def async_lookup_each(connection: psycopg.AsyncConnection[tuple]) -> int:
    total = 0
    cursor = await connection.execute("SELECT id FROM book")
    for (key,) in await cursor.fetchall():
        query = "SELECT stars FROM review WHERE book_id = %s"
        found = await connection.execute(query, (key,))  # planted: n-plus-one
        total += len(await found.fetchall())
    return total


PAGES = (
    lookup_each,
    named_lookup_each,
    literal_each,
    array_of_one_each,
    lookup_with_writes_between,
    insert_each,
    same_each_time,
    one_join,
    array_of_all,
    ranges_of_keys,
    rows_given_at_once,
    rows_copied,
    composed,
)


def main(dsn: str, path: str) -> None:
    tracer = trace.to(path)
    for page in PAGES:
        with psycopg.connect(dsn, application_name=page.__name__) as connection:
            tracer.psycopg(connection)
            with tracer.request(page.__name__):
                page(connection)
    asyncio.run(_async_main(dsn, tracer))


async def _async_main(dsn: str, tracer: trace.Tracer) -> None:
    name = async_lookup_each.__name__
    async with await psycopg.AsyncConnection.connect(dsn, application_name=name) as connection:
        tracer.psycopg(connection)
        with tracer.request(name):
            await async_lookup_each(connection)


if __name__ == "__main__":
    main(*sys.argv[1:])
