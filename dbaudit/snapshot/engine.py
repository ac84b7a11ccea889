"""A snapshot as a DuckDB database, for the rules and for everything derived by SQL."""

from __future__ import annotations

from importlib.resources import files

import duckdb
import pandas as pd

from dbaudit.identifiers import KEYWORDS, quote_ident, quote_literal
from dbaudit.snapshot.schema import Table, schema
from dbaudit.snapshot.snapshot import Snapshot


def open_database(snapshot: Snapshot) -> duckdb.DuckDBPyConnection:
    """An in-memory database with every table of `schema.toml` and the macros of `macros.sql`.

    Tables that were not collected are empty. The macros over the tables are those of `misfits.sql`.
    """
    connection = duckdb.connect()
    connection.execute(_macros())
    connection.execute("SET threads = 1")
    connection.execute("SET python_scan_all_frames = false")
    for table in schema().values():
        connection.execute(create_table_sql(table))
        frame = snapshot.frames.get(table.name)
        if frame is not None and len(frame):
            insert_frame(connection, table, frame)
    connection.execute(_text("misfits.sql"))
    return connection


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
