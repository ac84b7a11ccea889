"""A snapshot as a DuckDB database, for the rules and for everything derived by SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files

import duckdb
import pandas as pd

from dbaudit.identifiers import KEYWORDS, quote_ident, quote_literal
from dbaudit.snapshot.schema import Table, schema
from dbaudit.snapshot.snapshot import Snapshot

_WORD = re.compile(r"\w+")
_CALL = re.compile(r"(\w+)\"?\s*\(")
_MACRO = re.compile(r"^create macro (\w+)", re.MULTILINE)


def open_database(
    snapshot: Snapshot, statements: Iterable[str] | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory database with every table of `schema.toml` and the macros of `macros.sql`.

    Tables that were not collected are empty. The macros over the tables are those of `misfits.sql`.
    Where it is for certain statements, what none of them names is left out: to fill tables and to
    bind macros takes longer than most statements.
    """
    misfits = _text("misfits.sql")
    text = "\n".join([*schema(), misfits] if statements is None else statements).lower()
    calls_misfits = not set(_CALL.findall(text)).isdisjoint(_MACRO.findall(misfits))
    words = set(_WORD.findall(text + misfits if calls_misfits else text))
    connection = duckdb.connect()
    connection.execute(_macros())
    connection.execute("SET threads = 1")
    connection.execute("SET python_scan_all_frames = false")
    for table in schema().values():
        if table.name in words:
            _add_table(connection, table, snapshot.frames.get(table.name))
    if calls_misfits:
        connection.execute(misfits)
    return connection


def _add_table(
    connection: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame | None
) -> None:
    connection.execute(create_table_sql(table))
    if frame is not None and len(frame):
        insert_frame(connection, table, frame)


def create_table_sql(table: Table) -> str:
    """CREATE TABLE with the types of `schema.toml`."""
    columns = ", ".join(f"{quote_ident(c.name)} {c.type}" for c in table.columns)
    return f"CREATE TABLE {quote_ident(table.name)} ({columns})"


def insert_frame(connection: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame) -> None:
    """Append the frame's rows, cast to the table's types."""
    connection.register("incoming", frame)
    names = ", ".join(quote_ident(name) for name in table.column_names)
    connection.execute(
        f"INSERT INTO {quote_ident(table.name)} ({names}) SELECT {names} FROM incoming"
    )
    connection.unregister("incoming")


def _macros() -> str:
    keywords = ", ".join(quote_literal(word) for word in sorted(KEYWORDS))
    return _text("macros.sql").replace("$keywords", f"[{keywords}]")


def _text(name: str) -> str:
    return files("dbaudit.snapshot").joinpath(name).read_text("utf-8")
