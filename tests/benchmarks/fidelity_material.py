"""What the fidelity benchmark compares: databases, their queries and indexes written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dbaudit.demo.load import load
from dbaudit.demo.systems import System, list_systems
from dbaudit.query import BoundQuery
from dbaudit.workload.binding import bind, generic
from dbaudit.workload.lexer import statements
from dbaudit.workload.query_file import load_queries
from tests.benchmarks.tpch.material import TABLES as TPCH_TABLES
from tests.benchmarks.tpch.material import cache_folder
from tests.shadow.agreement import QUERIES, bound

_SHADOW_DATA = Path(__file__).parents[1] / "shadow" / "data"
_TPCH_SCHEMA = Path(__file__).parent / "tpch" / "schema.sql"

#: Of TPC-H's rows: a tenth keeps every plan's shape worth comparing, and loads in seconds.
_TPCH_SHARE = 0.1

Execute = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Material:
    """A database to compare on: how it is filled, its queries, and the indexes to try (DDL)."""

    name: str
    fill: Callable[[psycopg.Connection[tuple[object, ...]]], None]
    queries: Sequence[BoundQuery]
    indexes: Sequence[str]


def materials(scale: int) -> Iterator[Material]:
    """All that there is; example systems are filled with at most `scale` of their units."""
    yield _kinds()
    yield _shop()
    for system in list_systems():
        yield _example(system, scale)
    if (cache_folder() / "data").exists() and (cache_folder() / "queries").exists():
        yield _tpch()


def script(text: str) -> list[str]:
    """The statements of a script."""
    joined = ("".join(token.text for token in tokens).strip() for tokens in statements(text))
    return [statement for statement in joined if statement.strip("; \n")]


def _run(text: str) -> Callable[[psycopg.Connection[tuple[object, ...]]], None]:
    def fill(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        for statement in script(text):
            connection.execute(statement.encode())

    return fill


def _kinds() -> Material:
    folder = _SHADOW_DATA / "kinds"
    indexes = script((folder / "indexes.sql").read_text("utf-8"))
    fill = _run((folder / "schema.sql").read_text("utf-8"))
    return Material("kinds", fill, _bound(folder / "queries.sql"), indexes)


def _shop() -> Material:
    indexes = script((_SHADOW_DATA / "shop_indexes.sql").read_text("utf-8"))
    fill = _run((_SHADOW_DATA / "shop.sql").read_text("utf-8"))
    return Material("shop", fill, [bound(sql, name) for name, sql in QUERIES.items()], indexes)


def _example(system: System, scale: int) -> Material:
    def fill(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        rows = max(system.least_scale, min(scale, system.default_scale))
        load(system, lambda sql: connection.execute(sql.encode()), rows)

    indexes = script(system.hand_written_indexes.read_text("utf-8"))
    return Material(system.name, fill, _bound(system.queries), indexes)


def _tpch() -> Material:
    cache = cache_folder()

    def fill(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        for statement in script(_TPCH_SCHEMA.read_text("utf-8")):
            connection.execute(statement.encode())
        for table in TPCH_TABLES:
            _copy(connection, table, cache / "data" / f"{table}.csv")
        connection.execute("vacuum analyze")

    indexes = script((_SHADOW_DATA / "tpch_indexes.sql").read_text("utf-8"))
    return Material("tpch", fill, _bound(cache / "queries"), indexes)


def _copy(connection: psycopg.Connection[tuple[object, ...]], table: str, file: Path) -> None:
    """The first rows of the table; nation and region have few and are copied whole."""
    left = max(int(file.stat().st_size * _TPCH_SHARE), 65_536)
    statement = f"copy {table} from stdin (format csv, header)".encode()
    with connection.cursor().copy(statement) as copy, file.open("rb") as data:
        while left > 0 and (lines := data.readlines(1 << 20)):
            left -= sum(map(len, lines))
            copy.write(b"".join(lines))


def _bound(path: Path) -> list[BoundQuery]:
    return [
        bind(query) if all(p.has_value for p in query.parameters) else generic(query)
        for query in load_queries([path], path.parent)
    ]
