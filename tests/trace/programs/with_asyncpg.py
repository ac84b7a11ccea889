"""A bookshop on asyncpg: each function is one job, on a pool of its own.

A line with `# planted:` is where a pattern must be found, with its kind; functions without one are
near misses. Run: python with_asyncpg.py SOCKET_FOLDER PORT DATABASE TRACE
"""

from __future__ import annotations

import asyncio
import sys

import asyncpg

from dbaudit import trace


async def lookup_each(pool: asyncpg.Pool) -> list[str]:
    names = []
    async with pool.acquire() as connection:
        for book in await connection.fetch("SELECT author_id FROM book"):
            query = "SELECT name FROM author WHERE id = $1"
            names.append(await connection.fetchval(query, book["author_id"]))  # planted: n-plus-one
    return names


async def prepared_each(pool: asyncpg.Pool) -> int:
    total = 0
    async with pool.acquire() as connection:
        prepared = await connection.prepare("SELECT stars FROM review WHERE book_id = $1")
        for book in await connection.fetch("SELECT id FROM book"):
            total += len(await prepared.fetch(book["id"]))  # planted: n-plus-one
    return total


async def insert_each(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for number in range(20):
            query = "INSERT INTO review (book_id, stars) VALUES ($1, 1)"
            await connection.execute(query, 1 + number)  # planted: writes


async def rows_given_at_once(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        rows = [(1 + number, 2) for number in range(20)]
        query = "INSERT INTO review (book_id, stars) VALUES ($1, $2)"
        await connection.executemany(query, rows)
        columns = ("book_id", "stars")
        await connection.copy_records_to_table("review", records=rows, columns=columns)


async def array_of_all(pool: asyncpg.Pool) -> int:
    async with pool.acquire() as connection:
        keys = [row["id"] for row in await connection.fetch("SELECT id FROM book")]
        query = "SELECT stars FROM review WHERE book_id = ANY ($1)"
        return len(await connection.fetch(query, keys))


PAGES = (lookup_each, prepared_each, insert_each, rows_given_at_once, array_of_all)


async def main(host: str, port: str, database: str, path: str) -> None:
    tracer = trace.to(path)
    tracer.asyncpg()
    where = {"host": host, "port": int(port), "user": "postgres", "database": database}
    for page in PAGES:
        named = {"application_name": page.__name__}
        async with asyncpg.create_pool(
            **where, min_size=1, max_size=1, server_settings=named
        ) as pool:
            with tracer.request(page.__name__):
                await page(pool)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
