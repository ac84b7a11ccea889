"""A bookshop on psycopg2: each function is one job, on a connection of its own.

A line with `# planted:` is where a pattern must be found, with its kind; functions without one are
near misses. Run: python with_psycopg2.py DSN TRACE
"""

from __future__ import annotations

import sys

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extras import execute_values

from dbaudit import trace


def lookup_each(connection: Connection) -> list[str]:
    names = []
    cursor = connection.cursor()
    cursor.execute("SELECT author_id FROM book")
    for (key,) in cursor.fetchall():
        cursor.execute("SELECT name FROM author WHERE id = %s", (key,))  # planted: n-plus-one
        names.append(cursor.fetchone()[0])
    return names


def insert_each(connection: Connection) -> None:
    cursor = connection.cursor()
    query = "INSERT INTO review (book_id, stars) VALUES (%s, 2)"
    for number in range(20):
        cursor.execute(query, (1 + number,))  # planted: writes


def rows_of_values(connection: Connection) -> None:
    rows = [(1 + number, 2) for number in range(20)]
    execute_values(connection.cursor(), "INSERT INTO review (book_id, stars) VALUES %s", rows)


def one_join(connection: Connection) -> int:
    cursor = connection.cursor()
    cursor.execute("SELECT b.title, a.name FROM book AS b JOIN author AS a ON a.id = b.author_id")
    return len(cursor.fetchall())


PAGES = (lookup_each, insert_each, rows_of_values, one_join)


def main(dsn: str, path: str) -> None:
    tracer = trace.to(path)
    tracer.psycopg2()
    for page in PAGES:
        connection = psycopg2.connect(dsn, application_name=page.__name__)
        with tracer.request(page.__name__), connection:
            page(connection)
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
